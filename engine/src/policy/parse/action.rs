//! `action`: a word, or a mapping from the word to its settings.

use super::fields::Fields;
use super::{Findings, scalar};
use crate::policy::model::Action;
use crate::policy::span::Spanned;
use crate::policy::suggest;
use crate::policy::yaml::{Node, Value};

const WORDS: &[&str] = &["redact", "mask", "replace", "hash", "remove", "truncate_ip", "block", "observe"];

/// The status of a block that names none.
const BLOCK_STATUS: u16 = 403;
/// The most characters that a mask keeps at either end.
const MAX_KEPT: u32 = 64;
/// The longest replacement, in bytes.
const MAX_REPLACEMENT: usize = 256;

/// An action with settings that fit it.
pub(super) fn action(node: &Node, findings: &mut Findings) -> Option<Spanned<Action>> {
    let action = match &node.value {
        Value::Map(entries) => match entries.as_slice() {
            [(word, settings)] => with_settings(word, settings, findings),
            _ => {
                findings.error_hint(
                    node.span,
                    "an action is one word with its settings",
                    "as in `{mask: {keep_last: 4}}`",
                );
                None
            }
        },
        _ => {
            let word = scalar::text(node, findings)?;
            plain(&word, findings)
        }
    };
    action.map(|action| Spanned::new(action, node.span))
}

fn plain(word: &Spanned<String>, findings: &mut Findings) -> Option<Action> {
    Some(match word.value.as_str() {
        "redact" => Action::Redact,
        "mask" => Action::Mask { keep_first: 0, keep_last: 0, char: '*' },
        "hash" => Action::Hash { keep_domain: false },
        "remove" => Action::Remove,
        "truncate_ip" => Action::TruncateIp { v4: 24, v6: 48 },
        "block" => Action::Block { status: BLOCK_STATUS },
        "observe" => Action::Observe,
        "replace" => {
            findings.error_hint(word.span, "`replace` needs a text", "as in `{replace: \"[token]\"}`");
            return None;
        }
        _ => return unknown(word, findings),
    })
}

fn with_settings(word: &Spanned<String>, settings: &Node, findings: &mut Findings) -> Option<Action> {
    match word.value.as_str() {
        "mask" => {
            let fields = Fields::of(settings, "a mask", &["keep_first", "keep_last", "char"], findings)?;
            let kept = |key, findings: &mut Findings| {
                fields.read_or(key, 0, findings, |node, findings| scalar::integer(node, 0..=MAX_KEPT, findings))
            };
            let (keep_first, keep_last) = (narrow(kept("keep_first", findings)), narrow(kept("keep_last", findings)));
            Some(Action::Mask { keep_first, keep_last, char: fields.read_or("char", '*', findings, mask_char) })
        }
        "replace" => replacement(settings, findings).map(Action::Replace),
        "hash" => {
            let fields = Fields::of(settings, "a hash", &["keep_domain"], findings)?;
            Some(Action::Hash { keep_domain: fields.read_or("keep_domain", false, findings, scalar::boolean) })
        }
        "truncate_ip" => {
            let fields = Fields::of(settings, "an IP truncation", &["v4", "v6"], findings)?;
            let v4 = fields.read_or("v4", 24, findings, |node, findings| scalar::integer(node, 0..=32, findings));
            let v6 = fields.read_or("v6", 48, findings, |node, findings| scalar::integer(node, 0..=128, findings));
            Some(Action::TruncateIp { v4: u8::try_from(v4).ok()?, v6: u8::try_from(v6).ok()? })
        }
        "block" => {
            let fields = Fields::of(settings, "a block", &["status"], findings)?;
            let status = fields.read_or("status", u32::from(BLOCK_STATUS), findings, |node, findings| {
                scalar::integer(node, 400..=599, findings)
            });
            Some(Action::Block { status: narrow(status) })
        }
        "redact" | "remove" | "observe" => {
            findings.error_hint(word.span, format!("`{}` has no settings", word.value), "write the word alone");
            None
        }
        _ => unknown(word, findings),
    }
}

fn unknown(word: &Spanned<String>, findings: &mut Findings) -> Option<Action> {
    let hint = suggest::hint(word, WORDS.iter().copied());
    findings.error_hint(word.span, format!("`{}` is not an action", word.value), hint);
    None
}

/// Both callers have checked a bound far below.
fn narrow(int: u32) -> u16 {
    u16::try_from(int).unwrap_or(u16::MAX)
}

/// A character that every surface carries as it is: in JSON, in a URL, in a header.
fn mask_char(node: &Node, findings: &mut Findings) -> Option<char> {
    let text = scalar::text(node, findings)?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(char), None) if char.is_ascii_alphanumeric() || "*-._~#".contains(char) => Some(char),
        _ => {
            let message = format!("`{}` cannot be a mask character", text.value);
            findings.error_hint(node.span, message, "one letter or digit, or one of `*`, `-`, `.`, `_`, `~`, `#`");
            None
        }
    }
}

/// A text that a header may carry; it may be empty.
fn replacement(node: &Node, findings: &mut Findings) -> Option<String> {
    let text = match &node.value {
        Value::String(text) => text.clone(),
        _ => scalar::plain_text(node, findings)?,
    };
    if text.len() > MAX_REPLACEMENT {
        findings.error(node.span, format!("a replacement is at most {MAX_REPLACEMENT} bytes long"));
        return None;
    }
    if text.chars().any(char::is_control) {
        findings.error(node.span, "a replacement holds no control characters, which no header may carry");
        return None;
    }
    Some(text)
}
