//! Text, words, numbers, and lists of them.

use std::ops::RangeInclusive;

use super::Findings;
use crate::policy::span::Spanned;
use crate::policy::suggest;
use crate::policy::yaml::{Node, Value};

/// Text that is not empty.
pub(super) fn text(node: &Node, findings: &mut Findings) -> Option<Spanned<String>> {
    match &node.value {
        Value::String(text) if text.is_empty() => findings.error(node.span, "expected text, not an empty one"),
        Value::String(text) => return Some(Spanned::new(text.clone(), node.span)),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            findings.error_hint(node.span, format!("expected text, not {}", node.kind()), "put it into quotes");
        }
        _ => findings.error(node.span, format!("expected text, not {}", node.kind())),
    }
    None
}

/// Text without its place.
pub(super) fn plain_text(node: &Node, findings: &mut Findings) -> Option<String> {
    text(node, findings).map(|text| text.value)
}

/// The items of a list that is not empty, or one alone.
pub(super) fn items<'a>(node: &'a Node, findings: &mut Findings) -> &'a [Node] {
    match &node.value {
        Value::Seq(items) => {
            if items.is_empty() {
                findings.error_hint(node.span, "the list is empty", "remove it or put something in");
            }
            items
        }
        _ => std::slice::from_ref(node),
    }
}

/// A list of texts, or one alone.
pub(super) fn texts(node: &Node, findings: &mut Findings) -> Option<Vec<Spanned<String>>> {
    let items = items(node, findings);
    let texts: Vec<_> = items.iter().filter_map(|item| text(item, findings)).collect();
    (texts.len() == items.len()).then_some(texts)
}

/// A list of texts without their places.
pub(super) fn plain_texts(node: &Node, findings: &mut Findings) -> Option<Vec<String>> {
    Some(texts(node, findings)?.into_iter().map(|text| text.value).collect())
}

/// One of a few words; `what` names them, as in "a mode".
pub(super) fn word<T: Copy>(node: &Node, what: &str, words: &[(&str, T)], findings: &mut Findings) -> Option<T> {
    let text = text(node, findings)?;
    let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value);
    if found.is_none() {
        let hint = suggest::hint(&text, words.iter().map(|(word, _)| *word));
        findings.error_hint(node.span, format!("`{}` is not {what}", text.value), hint);
    }
    found
}

/// An integer within bounds.
pub(super) fn integer(node: &Node, bounds: RangeInclusive<u32>, findings: &mut Findings) -> Option<u32> {
    let Value::Int(int) = node.value else {
        findings.error(node.span, format!("expected a whole number, not {}", node.kind()));
        return None;
    };
    let fits = u32::try_from(int).ok().filter(|int| bounds.contains(int));
    if fits.is_none() {
        findings.error(node.span, format!("expected {} to {}, not {int}", bounds.start(), bounds.end()));
    }
    fits
}

/// true or false.
pub(super) fn boolean(node: &Node, findings: &mut Findings) -> Option<bool> {
    match node.value {
        Value::Bool(bool) => Some(bool),
        _ => {
            findings.error(node.span, format!("expected true or false, not {}", node.kind()));
            None
        }
    }
}

/// An id: lower-case words joined by dots, dashes and underscores, so that it can label a metric.
pub(super) fn id(node: &Node, findings: &mut Findings) -> Option<Spanned<String>> {
    let text = text(node, findings)?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if text.len() <= 64 && text.bytes().all(fits) && text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Some(text);
    }
    let message = format!("`{}` is not an id", text.value);
    findings.error_hint(node.span, message, "at most 64 of a-z, 0-9, `.`, `-` and `_`, the first a letter or digit");
    None
}

/// An entity's name, which stands in `[REDACTED:NAME]`.
pub(super) fn entity(node: &Node, findings: &mut Findings) -> Option<String> {
    let text = text(node, findings)?;
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if text.len() <= 64 && text.bytes().all(fits) && text.starts_with(|first: char| first.is_ascii_uppercase()) {
        return Some(text.value);
    }
    let message = format!("`{}` is not an entity", text.value);
    findings.error_hint(node.span, message, "at most 64 of A-Z, 0-9 and `_`, the first a letter, as in `US_SSN`");
    None
}

/// A name for people and for events: short, on one line.
pub(super) fn label(node: &Node, findings: &mut Findings) -> Option<Spanned<String>> {
    let text = text(node, findings)?;
    if text.chars().count() <= 64 && !text.chars().any(char::is_control) {
        return Some(text);
    }
    findings.error(node.span, "a name is one line of at most 64 characters");
    None
}
