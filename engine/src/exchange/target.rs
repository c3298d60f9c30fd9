//! The request target: path segments and query parameters (RFC 9112 section 3.2.1).

use super::half::Reader;
use crate::body::Reading;
use crate::body::form::Form;
use crate::redact::{Syntax, Tally};
use crate::surface::{Half, Kind};
use crate::value::{Outcome, Value};

/// Redacts a target; `None` when it stays as it is.
pub(super) fn redact(reader: &Reader<'_>, rules: &[usize], target: &[u8], tally: &mut Tally) -> Option<Vec<u8>> {
    let path = reader.plan.surface(rules, Half::Request, Kind::Path, false);
    let query = reader.plan.surface(rules, Half::Request, Kind::Query, false);
    if !path.any() && !query.any() {
        return None;
    }
    let (path, query) = (reader.reading(&path, "request.path"), reader.reading(&query, "request.query"));
    let new = rewrite(&path, &query, target, tally);
    (new != target).then_some(new)
}

/// The target as logs may show it.
pub(super) fn render(reader: &Reader<'_>, rules: &[usize], target: &[u8]) -> Vec<u8> {
    let path = reader.plan.surface(rules, Half::Request, Kind::Path, true);
    let query = reader.plan.surface(rules, Half::Request, Kind::Query, true);
    rewrite(&reader.for_logs(&path), &reader.for_logs(&query), target, &mut Tally::default())
}

/// Redacts path segments and parameters of a URL, absolute or not, those of its fragment too: some flows of OAuth 2.0
/// put tokens there (RFC 3986 section 4.1, RFC 6749 section 4.2.2).
pub(super) fn url(path: &Reading<'_>, query: &Reading<'_>, url: &[u8], tally: &mut Tally) -> Vec<u8> {
    let end = |text: &[u8], stops: &[u8]| text.iter().position(|byte| stops.contains(byte)).unwrap_or(text.len());
    let scheme = end(url, b":/?#");
    let slashes = url.get(scheme..).unwrap_or_default();
    let authority = match slashes.strip_prefix(b":").unwrap_or(slashes).strip_prefix(b"//") {
        Some(authority) => url.len() - authority.len() + end(authority, b"/?#"),
        None => 0,
    };
    let (origin, rest) = url.split_at_checked(authority).unwrap_or((b"", url));
    let (target, fragment) = rest.split_at_checked(end(rest, b"#")).unwrap_or((rest, b""));
    let mut out = origin.to_vec();
    out.extend(rewrite(path, query, target, tally));
    match fragment.strip_prefix(b"#").filter(|fragment| fragment.contains(&b'=')) {
        Some(parameters) => {
            out.push(b'#');
            Form::default().step(query, parameters, true, &mut out, tally);
        }
        None => out.extend_from_slice(fragment),
    }
    out
}

fn rewrite(path: &Reading<'_>, query: &Reading<'_>, target: &[u8], tally: &mut Tally) -> Vec<u8> {
    let mark = target.iter().position(|&byte| byte == b'?').unwrap_or(target.len());
    let (segments, parameters) = target.split_at_checked(mark).unwrap_or((target, b""));
    let mut out: Vec<u8> = Vec::with_capacity(target.len());
    for (index, segment) in segments.split(|&byte| byte == b'/').enumerate() {
        if index > 0 {
            out.push(b'/');
        }
        let value = Value { name: b"", raw: segment, lead: 0, syntax: Syntax::Path };
        match value.redact(path, tally) {
            Outcome::Same => out.extend_from_slice(segment),
            Outcome::Changed(new) => out.extend_from_slice(&new),
            Outcome::Removed => {}
        }
    }
    let Some(parameters) = parameters.strip_prefix(b"?") else { return out };
    if parameters.is_empty() {
        out.push(b'?');
        return out;
    }
    let mut kept = Vec::with_capacity(parameters.len());
    Form::default().step(query, parameters, true, &mut kept, tally);
    if !kept.is_empty() {
        out.push(b'?');
        out.extend(kept);
    }
    out
}
