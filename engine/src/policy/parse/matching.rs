//! `match`: when a rule applies.

use super::fields::Fields;
use super::{Findings, scalar};
use crate::policy::model::{Direction, Match};
use crate::policy::span::Spanned;
use crate::policy::yaml::Node;

/// The words of `direction`.
pub(super) const DIRECTIONS: &[(&str, Direction)] =
    &[("request", Direction::Request), ("response", Direction::Response), ("any", Direction::Any)];

/// A match; every list in it is checked for what could never match.
pub(super) fn matching(node: &Node, findings: &mut Findings) -> Option<Match> {
    let known = ["direction", "host", "path", "method", "content_type", "route"];
    let fields = Fields::of(node, "a match", &known, findings)?;
    let direction =
        fields.read("direction", findings, |node, findings| scalar::word(node, "a direction", DIRECTIONS, findings));
    let mut list = |key: &str, check: fn(&str) -> Option<&'static str>| {
        fields.read_or(key, Vec::new(), findings, |node, findings| checked(node, check, findings))
    };
    Some(Match {
        direction,
        host: list("host", host),
        path: list("path", path),
        method: list("method", method),
        content_type: list("content_type", content_type),
        route: list("route", |_| None),
    })
}

/// Path globs, as for `match.path`.
pub(super) fn paths(node: &Node, findings: &mut Findings) -> Option<Vec<String>> {
    checked(node, path, findings)
}

/// Media type globs, as for `match.content_type`.
pub(super) fn content_types(node: &Node, findings: &mut Findings) -> Option<Vec<String>> {
    checked(node, content_type, findings)
}

/// Texts for which `check` has no complaint.
fn checked(node: &Node, check: fn(&str) -> Option<&'static str>, findings: &mut Findings) -> Option<Vec<String>> {
    let texts = scalar::texts(node, findings)?;
    for Spanned { value, span } in &texts {
        if let Some(hint) = check(value) {
            findings.error_hint(*span, format!("`{value}` can never match"), hint);
        }
    }
    Some(texts.into_iter().map(|text| text.value).collect())
}

fn host(glob: &str) -> Option<&'static str> {
    if glob.contains("://") || glob.contains('/') {
        return Some("a host stands alone, without scheme or path, as in `*.shop.example`");
    }
    let port = glob.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    (port && !glob.starts_with('[')).then_some("a host is matched without its port")
}

fn path(glob: &str) -> Option<&'static str> {
    if !glob.starts_with(['/', '*']) {
        return Some("a path starts with `/`");
    }
    glob.contains('?').then_some("a path is matched without its query; find parameters with `in: query`")
}

fn method(word: &str) -> Option<&'static str> {
    // RFC 9110 section 9.1: methods are case-sensitive tokens, upper case by convention.
    let fits = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    (!fits).then_some("methods are written in upper case, as in `POST`")
}

fn content_type(glob: &str) -> Option<&'static str> {
    if glob.contains(';') {
        return Some("a content type is matched without its parameters");
    }
    let halves = glob.split_once('/').is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty());
    (!halves).then_some("a content type is `type/subtype`, as in `application/json` or `text/*`")
}
