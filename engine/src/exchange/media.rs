//! What headers say of a body: its type, charset and coding.

use super::{Headers, fields};
use crate::media::MediaType;

/// The media type with its parameters.
pub(super) fn media_type(headers: &Headers) -> MediaType {
    MediaType::parse(fields::first(headers, b"content-type").unwrap_or_default())
}

/// Why a body cannot be read: its coding or its charset.
pub(super) fn unreadable(headers: &Headers) -> Option<&'static str> {
    let coded = headers.iter().filter(|(name, _)| name == b"content-encoding");
    let mut codings = coded.flat_map(|(_, value)| value.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii);
    if codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")) {
        return Some("coding");
    }
    let charset = media_type(headers).parameter("charset")?.to_ascii_lowercase();
    (charset.starts_with(b"utf-16") || charset.starts_with(b"utf-32")).then_some("charset")
}

/// The name of the coding of compressed messages (gRPC over HTTP2; the Connect protocol).
pub(super) fn message_coding(headers: &Headers) -> Option<&[u8]> {
    fields::first(headers, b"grpc-encoding").or_else(|| fields::first(headers, b"connect-content-encoding"))
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

    fn with(name: &str, value: &str) -> Headers {
        vec![(name.into(), value.into())]
    }

    #[test]
    fn a_body_is_readable_unless_its_coding_or_charset_says_otherwise() {
        assert_eq!(media_type(&with("content-type", "Application/JSON; charset=utf-8")).essence, "application/json");
        assert_eq!(unreadable(&with("content-type", "text/plain; charset=\"UTF-16LE\"")), Some("charset"));
        assert_eq!(unreadable(&with("content-type", "text/plain; charset=latin1")), None);
        assert_eq!(unreadable(&with("content-encoding", "gzip")), Some("coding"));
        assert_eq!(unreadable(&with("content-encoding", "identity")), None);
    }

    #[test]
    fn ports_go_and_addresses_stay() {
        assert_eq!(without_port(b"a.example:8080"), b"a.example");
        assert_eq!(without_port(b"[::1]:80"), b"[::1]");
        assert_eq!(without_port(b"[::1]"), b"[::1]");
    }
}
