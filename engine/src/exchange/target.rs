//! The request target: path segments and query parameters (RFC 9112 section 3.2.1).

use super::half::Reader;
use super::stretch::Stretches;
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
    let new = rewrite(&path, &query, target, tally).joined();
    (new != target).then_some(new)
}

/// The target as logs may show it; `None` when no rule finds anything in it, whatever it would do with that.
pub(super) fn render(reader: &Reader<'_>, rules: &[usize], target: &[u8]) -> Option<Vec<u8>> {
    let path = reader.plan.surface(rules, Half::Request, Kind::Path, true);
    let query = reader.plan.surface(rules, Half::Request, Kind::Query, true);
    let (path, query) = (reader.for_logs(&path), reader.for_logs(&query));
    if quiet(&path, &query, target) {
        return None;
    }
    Some(rewrite(&path, &query, target, &mut Tally::default()).joined())
}

/// A URL, absolute or not, in its parts: what stands before the path, path and query, the fragment with its `#`.
fn parts(url: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let end = |text: &[u8], stops: &[u8]| text.iter().position(|byte| stops.contains(byte)).unwrap_or(text.len());
    let scheme = end(url, b":/?#");
    let slashes = url.get(scheme..).unwrap_or_default();
    let authority = match slashes.strip_prefix(b":").unwrap_or(slashes).strip_prefix(b"//") {
        Some(authority) => url.len() - authority.len() + end(authority, b"/?#"),
        None => 0,
    };
    let (origin, rest) = url.split_at_checked(authority).unwrap_or((b"", url));
    let (target, fragment) = rest.split_at_checked(end(rest, b"#")).unwrap_or((rest, b""));
    (origin, target, fragment)
}

/// The parameters of a fragment, if it has any: some flows of OAuth 2.0 put tokens there (RFC 6749 section 4.2.2).
fn parameters_of(fragment: &[u8]) -> Option<&[u8]> {
    fragment.strip_prefix(b"#").filter(|fragment| fragment.contains(&b'='))
}

/// Redacts path segments and parameters of a URL, absolute or not, those of its fragment too (RFC 3986 section 4.1);
/// `None` when nothing is found in them.
pub(super) fn url(path: &Reading<'_>, query: &Reading<'_>, url: &[u8], tally: &mut Tally) -> Option<Stretches> {
    let (origin, target, fragment) = parts(url);
    let parameters_of = parameters_of(fragment);
    if quiet(path, query, target) && parameters_of.is_none_or(|text| quiet_parameters(query, text)) {
        return None;
    }
    let mut out = Stretches::default();
    out.push(origin, false);
    path_and_query(path, query, target, &mut out, tally);
    match parameters_of {
        Some(text) => {
            out.push(b"#", false);
            parameters(query, text, b"", &mut out, tally);
        }
        None => out.push(fragment, false),
    }
    Some(out)
}

/// Whether nothing is found in path segments and parameters: most of them are not taken apart any further.
fn quiet(path: &Reading<'_>, query: &Reading<'_>, target: &[u8]) -> bool {
    let (segments, behind) = split(target);
    let quiet = |raw| Value { raw, syntax: Syntax::Path, ..Value::default() }.quiet(path);
    (!path.surface.any() || segments.split(|&byte| byte == b'/').all(quiet))
        && behind.strip_prefix(b"?").is_none_or(|text| quiet_parameters(query, text))
}

fn quiet_parameters(query: &Reading<'_>, text: &[u8]) -> bool {
    !query.surface.any() || text.split(|&byte| byte == b'&').all(|piece| Form::quiet(query, piece))
}

/// The path, and the query with its `?`.
fn split(target: &[u8]) -> (&[u8], &[u8]) {
    let mark = target.iter().position(|&byte| byte == b'?').unwrap_or(target.len());
    target.split_at_checked(mark).unwrap_or((target, b""))
}

fn rewrite(path: &Reading<'_>, query: &Reading<'_>, target: &[u8], tally: &mut Tally) -> Stretches {
    let mut out = Stretches::default();
    path_and_query(path, query, target, &mut out, tally);
    out
}

fn path_and_query(path: &Reading<'_>, query: &Reading<'_>, target: &[u8], out: &mut Stretches, tally: &mut Tally) {
    let (segments, behind) = split(target);
    for (index, raw) in segments.split(|&byte| byte == b'/').enumerate() {
        if index > 0 {
            out.push(b"/", false);
        }
        match (Value { raw, syntax: Syntax::Path, ..Value::default() }).redact(path, tally) {
            (Outcome::Same, owned) => out.push(raw, owned),
            (Outcome::Changed(new), owned) => out.push(&new, owned),
            (Outcome::Removed, _) => {}
        }
    }
    match behind.strip_prefix(b"?") {
        None => {}
        Some(b"") => out.push(b"?", false),
        Some(text) => parameters(query, text, b"?", out, tally),
    }
}

/// Redacts parameters, one by one; `mark` stands before those that are left, if any are.
fn parameters(query: &Reading<'_>, text: &[u8], mark: &[u8], out: &mut Stretches, tally: &mut Tally) {
    let mut before = mark;
    for piece in text.split(|&byte| byte == b'&') {
        let mut form = Form::default();
        let mut kept = Vec::with_capacity(piece.len());
        form.step(query, piece, true, &mut kept, tally);
        if kept.is_empty() && !piece.is_empty() {
            continue;
        }
        out.push(std::mem::replace(&mut before, b"&"), false);
        // What stands before the first `=` is the name; without one all of it is the value.
        let equals = kept.iter().position(|&byte| byte == b'=').map_or(0, |at| at + 1);
        let (name, value) = kept.split_at_checked(equals).unwrap_or((b"", &kept));
        out.push(name, false);
        out.push(value, form.owned());
    }
}
