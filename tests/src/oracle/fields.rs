//! Header and trailer fields: what is named in them, then what is found in the rest.
//!
//! A cookie or a URL has values of its own: they are read first, and their field as a whole behind them, but for what a
//! find owns in it. What refuses is looked for in the field as it came.

use inkseal_engine::policy::model::Place;

use super::named::{self, Reads, Stretch, Value};
use super::segment::{Kind, Segment};
use super::{Oracle, Run, form};

const HEADER: Reads = Reads::all(&[Place::Header, Place::Field, Place::Any]);
/// Trailers.
pub const TRAILER: Reads = Reads::all(&[Place::Trailer, Place::Field, Place::Any]);
const COOKIE: Reads = Reads { places: &[Place::Cookie, Place::Field, Place::Any], inner: true };
const URL_PATH: Reads = Reads { places: &[Place::Path, Place::Any], inner: true };
const URL_QUERY: Reads = Reads { places: &[Place::Query, Place::Field, Place::Any], inner: true };
const PATH: Reads = Reads::all(&[Place::Path, Place::Any]);
const QUERY: Reads = Reads::all(&[Place::Query, Place::Field, Place::Any]);

/// Fields whose value is a scheme and what it needs (RFC 9110, section 11.4).
const CREDENTIALS: &[&[u8]] = &[b"authorization", b"proxy-authorization"];
/// Fields whose value is a URL (RFC 9110, sections 8.7, 10.1.3 and 10.2.2).
const URLS: &[&[u8]] = &[b"location", b"content-location", b"referer"];
/// Fields of cookies (RFC 6265, sections 4.1 and 4.2).
const COOKIES: &[&[u8]] = &[b"cookie", b"set-cookie"];

/// What is left of a field; `None` if it is removed.
pub fn redact(run: &mut Run<'_>, name: &[u8], value: &[u8], trailer: bool) -> Option<Vec<u8>> {
    let reads = if trailer { TRAILER } else { HEADER };
    let path = run.oracle.called(name, reads.places, false);
    let kept = if CREDENTIALS.contains(&name) { scheme(value) } else { 0 };
    let (cookies, url) = (COOKIES.contains(&name), URLS.contains(&name));
    let kind = if cookies || url { Kind::Url } else { Kind::Header };
    let whole = |raw| Value { kept, ..Value::named(Segment::value(raw, name, kind), name, path.clone()) };
    let active = named::active(run, &whole(value), reads);
    let stretches = if cookies {
        let part = run.part;
        run.part = if trailer { part } else { "cookie" };
        let left = self::cookies(run, name, value);
        run.part = part;
        left?
    } else if url {
        self::url(run, value)
    } else {
        vec![Stretch::free(value)]
    };
    let rest = named::joined(&stretches);
    let rest = whole(&rest);
    named::selected(run, &rest, reads);
    run.refuses(&whole(value).segment, &active);
    if let Some(owner) = named::owner(run, &rest, reads) {
        return named::taken(run, owner, &rest, reads);
    }
    let mut out: Vec<u8> = Vec::new();
    for free in stretches.chunk_by(|one, other| one.owned == other.owned) {
        let bytes = named::joined(free);
        if free[0].owned {
            out.extend(bytes);
            continue;
        }
        let context = if out.is_empty() { name } else { &out };
        out.extend(run.segment(&Segment::value(&bytes, context, kind), &active, &path));
    }
    Some(out)
}

/// Whether finds name a header.
pub fn spells(oracle: &Oracle, name: &[u8]) -> bool {
    oracle.spells(name, HEADER.places, false)
}

/// The target of a request: a path and a query (RFC 9112, section 3.2.1).
pub fn target(run: &mut Run<'_>, target: &[u8]) -> Vec<u8> {
    named::joined(&path_and_query(run, target, [(PATH, "path"), (QUERY, "query")]))
}

/// Cookies: of `set-cookie` the first part alone is one, the others are its attributes.
fn cookies(run: &mut Run<'_>, field: &[u8], value: &[u8]) -> Option<Vec<Stretch>> {
    let set = field == b"set-cookie";
    let mut left: Vec<Vec<Stretch>> = Vec::new();
    for (index, part) in value.split(|byte| *byte == b';').enumerate() {
        let equals = part.iter().position(|byte| *byte == b'=').filter(|_| index == 0 || !set);
        let Some(equals) = equals else {
            left.push(vec![Stretch::free(part)]);
            continue;
        };
        let (name, raw) = (part[..equals].trim_ascii(), &part[equals + 1..]);
        let path = run.oracle.called(name, COOKIE.places, false);
        let cookie = Value::named(Segment::value(raw, name, Kind::Path), name, path);
        match named::redact(run, &cookie, COOKIE) {
            Some(kept) => left.push(vec![Stretch::free(&part[..=equals]), kept]),
            None if set => return None,
            None => {}
        }
    }
    let mut left = left.join(&Stretch::free(b";"));
    if named::joined(&left) == value {
        return Some(left);
    }
    // A cookie that came behind another has a space before it.
    if let Some(first) = left.first_mut() {
        first.bytes = first.bytes.trim_ascii_start().to_vec();
    }
    (!named::joined(&left).is_empty()).then_some(left)
}

/// A URL, cut as RFC 3986 (appendix B) does: the path and the query behind the authority, and parameters in the
/// fragment (RFC 6749, section 4.2.2).
fn url(run: &mut Run<'_>, url: &[u8]) -> Vec<Stretch> {
    let until = |from: usize, stops: &[u8]| (from..url.len()).find(|at| stops.contains(&url[*at])).unwrap_or(url.len());
    let scheme = until(0, b":/?#");
    let colon = usize::from(url[scheme..].starts_with(b":"));
    let slashes = url[scheme + colon..].starts_with(b"//");
    let origin = if slashes { until(scheme + colon + 2, b"/?#") } else { 0 };
    let fragment = until(origin, b"#");
    let mut left = vec![Stretch::free(&url[..origin])];
    let part = run.part;
    left.extend(path_and_query(run, &url[origin..fragment], [(URL_PATH, part), (URL_QUERY, part)]));
    match url[fragment..].strip_prefix(b"#") {
        Some(parameters) if parameters.contains(&b'=') => {
            left.push(Stretch::free(b"#"));
            left.extend(form::parameters(run, parameters, URL_QUERY));
        }
        _ => left.push(Stretch::free(&url[fragment..])),
    }
    left
}

/// Segments between `/`, and parameters behind `?`, each with what findings call its surface.
fn path_and_query(run: &mut Run<'_>, text: &[u8], reads: [(Reads, &'static str); 2]) -> Vec<Stretch> {
    let [(path_reads, path), (query_reads, query)] = reads;
    let mark = text.iter().position(|byte| *byte == b'?').unwrap_or(text.len());
    let part = run.part;
    run.part = path;
    let mut left: Vec<Vec<Stretch>> = Vec::new();
    for segment in text[..mark].split(|byte| *byte == b'/') {
        // Segments have no name.
        let value = Value::named(Segment::value(segment, b"", Kind::Path), b"", "*".to_owned());
        left.push(named::redact(run, &value, path_reads).into_iter().collect());
    }
    let mut left = left.join(&Stretch::free(b"/"));
    run.part = query;
    match text[mark..].strip_prefix(b"?") {
        None => {}
        Some(b"") => left.push(Stretch::free(b"?")),
        Some(parameters) => {
            let kept = form::parameters(run, parameters, query_reads);
            if !kept.is_empty() {
                left.push(Stretch::free(b"?"));
                left.extend(kept);
            }
        }
    }
    run.part = part;
    left
}

/// Length of a scheme and the spaces behind it; 0 if nothing follows them.
fn scheme(value: &[u8]) -> usize {
    let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let letters = value.iter().take_while(token).count();
    let spaces = value[letters..].iter().take_while(|byte| **byte == b' ').count();
    let length = letters + spaces;
    if letters > 0 && spaces > 0 && length < value.len() { length } else { 0 }
}
