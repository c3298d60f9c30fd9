//! Header and trailer fields.

use super::Headers;
use super::half::Reader;
use crate::redact::{Encoding, Tally};
use crate::surface::{Half, Kind};
use crate::value::{Value, redact as redact_value};

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
pub(super) fn first<'a>(headers: &'a Headers, name: &[u8]) -> Option<&'a [u8]> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
}

/// Sets a name to one value.
pub(super) fn set(headers: &mut Headers, name: &[u8], value: &[u8]) {
    headers.retain(|(known, _)| known != name);
    headers.push((name.to_vec(), value.to_vec()));
}

/// The response's status; 0 when there is none.
pub(super) fn status(headers: &Headers) -> u16 {
    first(headers, b":status").and_then(|value| std::str::from_utf8(value).ok()?.parse().ok()).unwrap_or(0)
}

/// Redacts all fields in place.
pub(super) fn redact(
    reader: &Reader<'_>,
    rules: &[usize],
    half: Half,
    trailers: bool,
    headers: &mut Headers,
    tally: &mut Tally,
) {
    let names = match (half, trailers) {
        (Half::Request, false) => ("request.header", "request.cookie"),
        (Half::Response, false) => ("response.header", "response.cookie"),
        (Half::Request, true) => ("request.trailer", "request.trailer"),
        (Half::Response, true) => ("response.trailer", "response.trailer"),
    };
    let kind = if trailers { Kind::Trailer } else { Kind::Header };
    let fields = reader.plan.surface(rules, half, kind, false);
    let cookies = reader.plan.surface(rules, half, Kind::Cookie, false);
    let fields = reader.reading(&fields, names.0);
    let cookies = reader.reading(&cookies, names.1);
    headers.retain_mut(|(name, value)| keep(&fields, &cookies, name, value, tally));
}

/// Redacts one field in place; whether it stays.
fn keep(
    fields: &crate::body::Reading<'_>,
    cookies: &crate::body::Reading<'_>,
    name: &[u8],
    value: &mut Vec<u8>,
    tally: &mut Tally,
) -> bool {
    if name.starts_with(b":") || FRAMING.contains(&name) {
        return true;
    }
    if matches!(name, b"cookie" | b"set-cookie") && !cookie(cookies, name, value, tally) {
        return false;
    }
    match redact_value(fields, name, value, Encoding::Header, tally) {
        Value::Same => true,
        Value::Changed(new) => {
            *value = new;
            true
        }
        Value::Removed => false,
    }
}

/// Redacts the named cookies of one field; whether any is left (RFC 6265 sections 4.1 and 4.2).
fn cookie(reading: &crate::body::Reading<'_>, name: &[u8], value: &mut Vec<u8>, tally: &mut Tally) -> bool {
    if reading.surface.named.is_empty() {
        return true;
    }
    let all = if name == b"cookie" { usize::MAX } else { 1 };
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for (index, part) in value.split(|&byte| byte == b';').enumerate() {
        let Some(equals) = part.iter().position(|&byte| byte == b'=').filter(|_| index < all) else {
            parts.push(part.to_vec());
            continue;
        };
        let (pair, text) = part.split_at_checked(equals + 1).unwrap_or((part, b""));
        let named = pair.strip_suffix(b"=").unwrap_or(pair).trim_ascii();
        match redact_value(reading, named, text, Encoding::Percent, tally) {
            Value::Same => parts.push(part.to_vec()),
            Value::Changed(text) => parts.push([pair, &text].concat()),
            Value::Removed if name == b"set-cookie" => return false,
            Value::Removed => {}
        }
    }
    *value = parts.join(&b';').trim_ascii_start().to_vec();
    !value.is_empty()
}

/// The fields that rules name or change, as logs may show them.
pub(super) fn render(reader: &Reader<'_>, rules: &[usize], headers: &Headers) -> Vec<(String, String)> {
    let fields = reader.plan.surface(rules, Half::Request, Kind::Header, true);
    let cookies = reader.plan.surface(rules, Half::Request, Kind::Cookie, true);
    if !fields.any() && !cookies.any() {
        return Vec::new();
    }
    let (fields, cookies) = (reader.for_logs(&fields), reader.for_logs(&cookies));
    let mut rendered: Vec<(String, String)> = Vec::new();
    for (name, value) in headers {
        let mut shown = value.clone();
        let kept = keep(&fields, &cookies, name, &mut shown, &mut Tally::default());
        let shown = if kept { String::from_utf8_lossy(&shown).into_owned() } else { String::new() };
        let Ok(name) = std::str::from_utf8(name) else { continue };
        if !kept || shown.as_bytes() != value.as_slice() || fields.surface.spells(&reader.plan.names, name) {
            let key = format!("header.{name}");
            match rendered.iter_mut().find(|(known, _)| *known == key) {
                Some((_, joined)) => *joined = format!("{joined},{shown}"),
                None => rendered.push((key, shown)),
            }
        }
    }
    rendered
}
