//! Header and trailer fields.

use std::borrow::Cow;
use std::rc::Rc;

use super::half::Reader;
use super::stretch::Stretches;
use super::{Bytes, Headers, media, target};
use crate::body::Reading;
use crate::plan::Plan;
use crate::redact::{Syntax, Tally};
use crate::surface::{Half, Kind, Surface};
use crate::value::{Outcome, Value};

/// Fields that frame the message or say where it goes: never rewritten.
const FRAMING: &[&[u8]] = &[
    b"host",
    b"content-length",
    b"content-encoding",
    b"content-type",
    b"transfer-encoding",
    b"connection",
    b"upgrade",
    b"te",
    b"trailer",
];

/// The first value of a name.
pub(super) fn first<'a, T: Bytes>(headers: &'a Headers<T>, name: &[u8]) -> Option<&'a [u8]> {
    headers.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
}

/// Sets a name to one value.
pub(super) fn set<T: Bytes>(headers: &mut Headers<T>, name: &[u8], value: &[u8]) {
    headers.retain(|(known, _)| **known != *name);
    headers.push((name.to_vec().into(), value.to_vec().into()));
}

/// The response's status; 0 when there is none.
pub(super) fn status<T: Bytes>(headers: &Headers<T>) -> u16 {
    first(headers, b":status").and_then(|value| std::str::from_utf8(value).ok()?.parse().ok()).unwrap_or(0)
}

/// Fields whose value is a URL (RFC 9110 sections 8.7, 10.1.3 and 10.2.2).
const URLS: &[&[u8]] = &[b"location", b"content-location", b"referer"];

/// What is looked for in the fields of one half, and in what they are made of.
struct Surfaces {
    fields: Rc<Surface>,
    cookies: Rc<Surface>,
    paths: Rc<Surface>,
    queries: Rc<Surface>,
}

impl Surfaces {
    fn new(plan: &Plan, rules: &[usize], half: Half, kind: Kind, as_enforced: bool) -> Self {
        let surface = |kind| plan.surface(rules, half, kind, as_enforced);
        Self {
            fields: surface(kind),
            cookies: surface(Kind::Cookie),
            paths: surface(Kind::UrlPath),
            queries: surface(Kind::UrlQuery),
        }
    }

    fn any(&self) -> bool {
        [&self.fields, &self.cookies, &self.paths, &self.queries].into_iter().any(|surface| surface.any())
    }

    /// What reads them; findings in a cookie are called `cookie`, all others `field`.
    fn read<'a>(&'a self, read: impl Fn(&'a Surface, &'static str) -> Reading<'a>, names: Names) -> Fields<'a> {
        Fields {
            whole: read(&self.fields, names.0),
            cookies: read(&self.cookies, names.1),
            paths: read(&self.paths, names.0),
            queries: read(&self.queries, names.0),
        }
    }
}

/// What findings call fields and cookies.
type Names = (&'static str, &'static str);

/// Reads fields.
struct Fields<'a> {
    whole: Reading<'a>,
    cookies: Reading<'a>,
    paths: Reading<'a>,
    queries: Reading<'a>,
}

/// Redacts all fields in place, but for those that are quiet.
pub(super) fn redact<T: Bytes>(
    reader: &Reader<'_>,
    rules: &[usize],
    half: Half,
    trailers: bool,
    headers: &mut Headers<T>,
    quiet: &Quiet,
    tally: &mut Tally,
) {
    let names = match (half, trailers) {
        (Half::Request, false) => ("request.header", "request.cookie"),
        (Half::Response, false) => ("response.header", "response.cookie"),
        (Half::Request, true) => ("request.trailer", "request.trailer"),
        (Half::Response, true) => ("response.trailer", "response.trailer"),
    };
    if headers.iter().all(|(name, _)| quiet.holds(name)) {
        return;
    }
    let kind = if trailers { Kind::Trailer } else { Kind::Header };
    let surfaces = Surfaces::new(reader.plan, rules, half, kind, false);
    if !surfaces.any() {
        return;
    }
    let fields = surfaces.read(|surface, name| reader.reading(surface, name), names);
    headers.retain_mut(|(name, value)| {
        if quiet.holds(name) {
            return true;
        }
        match fields.redact(name, value, tally) {
            Outcome::Same => true,
            Outcome::Changed(new) => {
                *value = new.into();
                true
            }
            Outcome::Removed => false,
        }
    });
}

impl Fields<'_> {
    /// What becomes of one field.
    fn redact(&self, name: &[u8], value: &[u8], tally: &mut Tally) -> Outcome {
        if name.starts_with(b":") || FRAMING.contains(&name) {
            return Outcome::Same;
        }
        let cookies = matches!(name, b"cookie" | b"set-cookie");
        let url = URLS.contains(&name);
        let parts = match () {
            () if cookies && !self.quiet_cookies(name, value) => match self.cookie(name, value, tally) {
                Some(parts) => Some(parts),
                None => return Outcome::Removed,
            },
            () if url => target::url(&self.paths, &self.queries, value, tally),
            () => None,
        };
        let syntax = if cookies || url { Syntax::Url } else { Syntax::Header };
        let lead = if matches!(name, b"authorization" | b"proxy-authorization") { scheme(value) } else { 0 };
        let came = Value { name, raw: value, lead, syntax, ..Value::default() };
        match parts {
            Some(parts) => self.parts(&came, &parts, tally),
            None => came.redact(&self.whole, tally).0,
        }
    }

    /// Redacts what is left of a field as a whole, but for what is owned in it. What refuses the exchange does so in the
    /// field as it came.
    fn parts(&self, came: &Value<'_>, left: &Stretches, tally: &mut Tally) -> Outcome {
        let raw = left.joined();
        let value = Value { raw: &raw, ..*came };
        let changed = raw != came.raw;
        if !changed && !left.owned() {
            return value.redact(&self.whole, tally).0;
        }
        let owned = value.named(&self.whole, tally);
        came.refuse(&self.whole, tally);
        match owned {
            Some(Outcome::Same) | None if tally.blocked.is_some() => Outcome::Same,
            Some(Outcome::Same) => Outcome::Changed(raw),
            Some(outcome) => outcome,
            None => Outcome::Changed(left.with(|before, raw| {
                match (Value { raw, before, ..*came }).content(&self.whole, tally) {
                    Outcome::Changed(new) => Some(new),
                    Outcome::Same | Outcome::Removed => None,
                }
            })),
        }
    }

    /// Redacts the named cookies of one field; `None` if none is left (RFC 6265 sections 4.1 and 4.2).
    fn cookie(&self, name: &[u8], value: &[u8], tally: &mut Tally) -> Option<Stretches> {
        let all = cookies_in(name);
        let mut left = Stretches::default();
        let mut first = true;
        let mut separate = |left: &mut Stretches| {
            if !std::mem::replace(&mut first, false) {
                left.push(b";", false);
            }
        };
        for (index, part) in value.split(|&byte| byte == b';').enumerate() {
            let Some((pair, cookie)) = cookie_of(part).filter(|_| index < all) else {
                separate(&mut left);
                left.push(part, false);
                continue;
            };
            let (outcome, owned) = cookie.redact(&self.cookies, tally);
            let text = match &outcome {
                Outcome::Same => cookie.raw,
                Outcome::Changed(text) => text,
                Outcome::Removed if name == b"set-cookie" => return None,
                Outcome::Removed => continue,
            };
            separate(&mut left);
            left.push(pair, false);
            left.push(text, owned);
        }
        let kept = left.joined();
        if kept != value {
            left.trim_start();
        }
        (kept == value || !kept.trim_ascii_start().is_empty()).then_some(left)
    }

    /// Whether nothing is found in the cookies of one field.
    fn quiet_cookies(&self, name: &[u8], value: &[u8]) -> bool {
        let mut named = value.split(|&byte| byte == b';').take(cookies_in(name)).filter_map(cookie_of);
        !self.cookies.surface.any() || named.all(|(_, cookie)| cookie.quiet(&self.cookies))
    }
}

/// How many elements of a field are cookies: behind that of `set-cookie` stand its attributes.
fn cookies_in(name: &[u8]) -> usize {
    if name == b"cookie" { usize::MAX } else { 1 }
}

/// A cookie: what stands before its value, and the value.
fn cookie_of(part: &[u8]) -> Option<(&[u8], Value<'_>)> {
    let equals = part.iter().position(|&byte| byte == b'=')?;
    let (pair, raw) = part.split_at_checked(equals + 1)?;
    let name = pair.strip_suffix(b"=").unwrap_or(pair).trim_ascii();
    Some((pair, Value { name, raw, syntax: Syntax::Path, ..Value::default() }))
}

/// The length of an authorization scheme with the spaces behind it; 0 when nothing follows (RFC 9110 section 11.4).
fn scheme(value: &[u8]) -> usize {
    let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let name = value.iter().take_while(token).count();
    let spaces = value.iter().skip(name).take_while(|&&byte| byte == b' ').count();
    if name > 0 && spaces > 0 && name + spaces < value.len() { name + spaces } else { 0 }
}

/// Fields in which rules find nothing at all, whatever they would do with it: if that is known, all but those of these
/// names.
#[derive(Default)]
pub(super) struct Quiet(Option<Vec<Vec<u8>>>);

impl Quiet {
    /// Whether a field of this name is one.
    fn holds(&self, name: &[u8]) -> bool {
        let edited = || EDITED.contains(&name) || media::ACCEPTED.contains(&name);
        self.0.as_ref().is_some_and(|loud| !loud.iter().any(|loud| loud == name) && !edited())
    }
}

/// Fields that are edited between the log and the redaction: what was found in them before says nothing.
const EDITED: &[&[u8]] = &[b"range", b"if-match", b"if-none-match"];

/// The fields that rules name or change, as logs may show them; and those that need not be read again for traffic. Logs
/// are rendered as if every rule enforced and without exceptions, so that what is found in traffic is found for them.
pub(super) fn render<T: Bytes>(
    reader: &Reader<'_>,
    rules: &[usize],
    headers: &Headers<T>,
) -> (Vec<(String, String)>, Quiet) {
    let surfaces = Surfaces::new(reader.plan, rules, Half::Request, Kind::Header, true);
    if !surfaces.any() {
        return (Vec::new(), Quiet::default());
    }
    let fields = surfaces.read(|surface, _| reader.for_logs(surface), ("", ""));
    let mut rendered: Vec<(String, String)> = Vec::new();
    let mut loud: Vec<Vec<u8>> = Vec::new();
    for (name, value) in headers {
        let mut tally = Tally::default();
        let (changed, shown) = match fields.redact(name, value, &mut tally) {
            Outcome::Same => (false, Cow::Borrowed(&**value)),
            Outcome::Changed(new) => (*new != **value, Cow::Owned(new)),
            Outcome::Removed => (true, Cow::default()),
        };
        if changed || tally.blocked.is_some() || tally.entries().next().is_some() {
            loud.push(name.to_vec());
        }
        let spells = |name| surfaces.fields.spells(name, reader.plan.matched(name.as_bytes()).spelled());
        let Some(name) = std::str::from_utf8(name).ok().filter(|name| changed || spells(name)) else { continue };
        let (key, shown) = (format!("header.{name}"), String::from_utf8_lossy(&shown));
        match rendered.iter_mut().find(|(known, _)| *known == key) {
            Some((_, joined)) => *joined = format!("{joined},{shown}"),
            None => rendered.push((key, shown.into_owned())),
        }
    }
    (rendered, Quiet(Some(loud)))
}

#[cfg(test)]
mod tests {
    use super::scheme;

    #[test]
    fn a_scheme_is_a_token_with_something_behind_it() {
        assert_eq!(scheme(b"Bearer abc"), 7);
        assert_eq!(scheme(b"AWS4-HMAC-SHA256  Credential=x"), 18);
        for none in ["Bearer", "Bearer ", "abc=def ghi", "", " x"] {
            assert_eq!(scheme(none.as_bytes()), 0, "{none}");
        }
    }
}
