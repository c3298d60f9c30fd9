//! What headers say of a body: its type, charset and coding.

use super::pipe::Message;
use super::{Bytes, Headers, fields};
use crate::body::{Content, Format};
use crate::coding::{Coding, MAX_STACKED};
use crate::media::{self, MediaType};

/// The media type with its parameters.
pub(super) fn media_type<T: Bytes>(headers: &Headers<T>) -> MediaType {
    MediaType::parse(fields::first(headers, b"content-type").unwrap_or_default())
}

/// What headers say of a body that can be read, or why it cannot.
pub(super) fn message<T: Bytes>(
    headers: &Headers<T>,
    media_type: &MediaType,
    content: Content,
) -> Result<Message, &'static str> {
    let codings: Option<Vec<Coding>> = tokens(headers, b"content-encoding")
        .filter(|token| !token.eq_ignore_ascii_case(b"identity"))
        .map(Coding::of)
        .collect();
    let codings = codings.filter(|codings| codings.len() <= MAX_STACKED).ok_or("coding")?;
    let charset = content.format.charset(media_type).ok_or("charset")?;
    let text = match content.format {
        Format::Json | Format::Lines | Format::Markup => true,
        Format::Text if media_type.essence.starts_with("text/") => true,
        // A label alone does not make ASCII something that nobody can read.
        Format::Text | Format::Form => charset.is_wide(),
        _ => false,
    };
    Ok(Message { content, codings, charset, text })
}

/// The elements of a list field (RFC 9110 section 5.6.1), empty ones left out.
fn tokens<'a, T: Bytes>(headers: &'a Headers<T>, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let values = headers.iter().filter(move |(known, _)| **known == *name);
    let elements = values.flat_map(|(_, value)| value.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii);
    elements.filter(|token| !token.is_empty())
}

/// What a client says that it can decode, of bodies and of messages (RFC 9110 section 12.5.3; gRPC over HTTP2; the
/// Connect protocol).
pub(super) const ACCEPTED: &[&[u8]] = &[b"accept-encoding", b"grpc-accept-encoding", b"connect-accept-encoding"];

/// Takes out of what a client accepts what cannot be decoded here. A wildcard goes too, unless it forbids; where nothing
/// is left, only a body or message without coding is welcome.
pub(super) fn accept_decodable<T: Bytes>(headers: &mut Headers<T>) {
    for name in ACCEPTED {
        if fields::first(headers, name).is_some() {
            trim(headers, name);
        }
    }
}

fn trim<T: Bytes>(headers: &mut Headers<T>, name: &[u8]) {
    let kept: Vec<&[u8]> = tokens(headers, name)
        .filter(|token| {
            let (coding, parameters) = media::split(token);
            let coding = coding.trim_ascii();
            let forbids = || {
                let weight = parameters.iter().find(|(name, _)| name == b"q");
                weight.is_some_and(|(_, weight)| weight.iter().all(|byte| matches!(byte, b'0' | b'.')))
            };
            coding.eq_ignore_ascii_case(b"identity") || Coding::of(coding).is_some() || coding == b"*" && forbids()
        })
        .collect();
    let kept = if kept.is_empty() { b"identity".to_vec() } else { kept.join(b", ".as_slice()) };
    fields::set(headers, name, &kept);
}

/// The name of the coding of compressed messages (gRPC over HTTP2; the Connect protocol); none if several are named,
/// since nobody can tell which of them their reader believes.
pub(super) fn message_coding<T: Bytes>(headers: &Headers<T>) -> Option<&[u8]> {
    let says = |name: &[u8]| matches!(name, b"grpc-encoding" | b"connect-content-encoding");
    let mut names = headers.iter().filter(|(name, _)| says(name)).map(|(_, value)| &**value);
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

/// A host without its port (RFC 3986 section 3.2.2; an IPv6 address keeps its brackets).
pub(super) fn without_port(host: &[u8]) -> &[u8] {
    let bracket = host.iter().rposition(|&byte| byte == b']').unwrap_or(0);
    match host.iter().rposition(|&byte| byte == b':') {
        Some(colon) if colon >= bracket => host.get(..colon).unwrap_or(host),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charset::Charset;

    fn with(name: &str, value: &str) -> Headers {
        vec![(name.into(), value.into())]
    }

    #[test]
    fn a_body_is_readable_unless_its_coding_or_charset_says_otherwise() {
        assert_eq!(media_type(&with("content-type", "Application/JSON; charset=utf-8")).essence, "application/json");
        let read = |name: &str, value: &str| {
            let headers = with(name, value);
            let media_type = media_type(&headers);
            let message = message(&headers, &media_type, Content::of(&media_type));
            message.map(|message| (message.codings, message.charset))
        };
        let text = |charset| Ok((Vec::new(), charset));
        assert_eq!(read("content-type", "text/plain; charset=\"UTF-16LE\""), text(Charset::Utf16Le));
        assert_eq!(read("content-type", "text/plain; charset=latin1"), text(Charset::Windows1252));
        assert_eq!(read("content-type", "text/plain; charset=utf-8"), text(Charset::Utf8));
        assert_eq!(read("content-type", "text/html; charset=big5"), text(Charset::BytesWithTrail));
        assert_eq!(read("content-type", "application/json; charset=big5"), Err("charset"));
        assert_eq!(read("content-type", "text/plain; charset=utf-32"), Err("charset"));
        assert_eq!(read("content-type", "text/event-stream; charset=utf-32"), text(Charset::Utf8));
        let coded = |codings: &[Coding]| Ok((codings.to_vec(), Charset::Utf8));
        assert_eq!(read("content-encoding", "identity, GZIP,,br"), coded(&[Coding::Gzip, Coding::Brotli]));
        assert_eq!(read("content-encoding", "gzip, compress"), Err("coding"));
        assert_eq!(read("content-encoding", "gzip, gzip, gzip, gzip, gzip"), Err("coding"));
    }

    #[test]
    fn only_codings_that_are_decoded_are_accepted() {
        let trimmed = |value: &str| {
            let mut headers = with("accept-encoding", value);
            accept_decodable(&mut headers);
            String::from_utf8(headers.remove(0).1).unwrap()
        };
        assert_eq!(trimmed("gzip, deflate, br, zstd, dcb;q=1"), "gzip, deflate, br, zstd");
        assert_eq!(trimmed("dcz, compress"), "identity");
        assert_eq!(trimmed("*"), "identity");
        assert_eq!(trimmed("br;q=0.5, *;q=0"), "br;q=0.5, *;q=0");
        assert_eq!(trimmed("identity;q=0, x-gzip"), "identity;q=0, x-gzip");
        assert_eq!(trimmed(""), "identity");
        let mut headers = with("grpc-accept-encoding", "identity,snappy,gzip");
        headers.extend(with("connect-accept-encoding", "snappy"));
        accept_decodable(&mut headers);
        assert_eq!([&headers[0].1[..], &headers[1].1], [&b"identity, gzip"[..], b"identity"]);
    }

    #[test]
    fn messages_have_one_coding() {
        let mut headers = with("grpc-encoding", "gzip");
        assert_eq!(message_coding(&headers), Some(&b"gzip"[..]));
        headers.extend(with("grpc-encoding", "gzip"));
        assert_eq!(message_coding(&headers), Some(&b"gzip"[..]));
        headers.extend(with("connect-content-encoding", "identity"));
        assert_eq!(message_coding(&headers), None);
    }

    #[test]
    fn ports_go_and_addresses_stay() {
        assert_eq!(without_port(b"a.example:8080"), b"a.example");
        assert_eq!(without_port(b"[::1]:80"), b"[::1]");
        assert_eq!(without_port(b"[::1]"), b"[::1]");
    }
}
