//! The request target: path segments and query parameters (RFC 9112 section 3.2.1).

use super::half::Reader;
use crate::body::Reading;
use crate::redact::{Encoding, Tally};
use crate::surface::{Half, Kind};
use crate::value::{Value, decode, redact as redact_value};

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

fn rewrite(path: &Reading<'_>, query: &Reading<'_>, target: &[u8], tally: &mut Tally) -> Vec<u8> {
    let mark = target.iter().position(|&byte| byte == b'?').unwrap_or(target.len());
    let (segments, parameters) = target.split_at_checked(mark).unwrap_or((target, b""));
    let mut out: Vec<u8> = Vec::with_capacity(target.len());
    for (index, segment) in segments.split(|&byte| byte == b'/').enumerate() {
        if index > 0 {
            out.push(b'/');
        }
        match redact_value(path, b"", segment, Encoding::Percent, tally) {
            Value::Same => out.extend_from_slice(segment),
            Value::Changed(new) => out.extend_from_slice(&new),
            Value::Removed => {}
        }
    }
    let Some(parameters) = parameters.strip_prefix(b"?") else { return out };
    let mut between = b'?';
    for parameter in parameters.split(|&byte| byte == b'&') {
        let equals = parameter.iter().position(|&byte| byte == b'=');
        let (name, value) = equals.and_then(|at| parameter.split_at_checked(at + 1)).unwrap_or((b"", parameter));
        let named = decode(name.strip_suffix(b"=").unwrap_or(name));
        let new = match redact_value(query, &named, value, Encoding::Percent, tally) {
            Value::Same => parameter.to_vec(),
            Value::Changed(new) => [name, &new].concat(),
            Value::Removed => continue,
        };
        out.push(between);
        out.extend_from_slice(&new);
        between = b'&';
    }
    out
}
