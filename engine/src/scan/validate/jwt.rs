//! The structure of a JSON Web Token: its first part is base64url, without padding, of a JSON object that names an
//! algorithm (`alg`, RFC 7515 section 4.1.1 and RFC 7516 section 4.1.1; `enc`, RFC 7516 section 4.1.2).
//!
//! A match shows a bounded head, which may end inside the header: what is there must be the beginning of such an object
//! and reach the algorithm's name.

use std::cell::Cell;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeSeed as _, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// Whether what stands before the first dot, or all of a text without one, is a token's header or a beginning of it.
pub(super) fn holds(value: &[u8]) -> bool {
    let mut parts = value.splitn(2, |&byte| byte == b'.');
    let header = parts.next().unwrap_or_default();
    let whole = parts.next().is_some();
    let end = if whole { header.len() } else { header.len() - header.len() % 4 };
    let Some(text) = header.get(..end).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else { return false };
    let named = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(&text);
    let read = Header(&named).deserialize(&mut reader).and_then(|()| reader.end());
    let readable = read.map_or_else(|error| error.is_eof() && !whole, |()| true);
    named.get() && readable
}

/// Reads an object and notes whether one of its own members names an algorithm.
struct Header<'a>(&'a Cell<bool>);

impl<'de> serde::de::DeserializeSeed<'de> for Header<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Header<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a token's header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if matches!(name.as_str(), "alg" | "enc") {
                self.0.set(true);
                if map.next_value::<String>()?.is_empty() {
                    return Err(A::Error::custom("an algorithm without a name"));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str) -> Vec<u8> {
        format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header)).into_bytes()
    }

    /// RFC 7515 appendix A.1, A.2 and A.5, RFC 7516 appendix A.1, RFC 7519 sections 3.1 and 6.1: their header parts.
    #[test]
    fn headers_of_the_specifications_hold() {
        for header in [
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            "eyJhbGciOiJSUzI1NiJ9",
            "eyJhbGciOiJub25lIn0",
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
        ] {
            assert!(holds(header.as_bytes()), "{header}");
            assert!(holds(format!("{header}.eyJpc3MiOiJqb2UifQ.").as_bytes()), "{header}");
        }
    }

    #[test]
    fn a_header_is_an_object_that_names_its_algorithm() {
        assert!(holds(&token(r#"{"alg":"HS256","typ":"JWT"}"#)));
        assert!(holds(&token(" {\n \"kid\": [{}], \"alg\" : \"none\" }\n")));
        for other in [
            r#"{"a":1}"#,
            r#"{"a":"alg"}"#,
            r#"{"a":{"alg":"HS256"}}"#,
            r#"{"alg":1}"#,
            r#"{"alg":""}"#,
            r#"{"alg":"HS256""#,
            r#"{"alg":"HS256"} {}"#,
            r#"["alg"]"#,
            r#""alg""#,
            "",
        ] {
            assert!(!holds(&token(other)), "{other}");
        }
        assert!(!holds(b"eyJ_____.e30.AAAA"));
        assert!(!holds(b".e30.AAAA"));
        assert!(!holds(b"eyJhbGciOiJIUzI1NiJ9=.e30.AAAA"));
    }

    #[test]
    fn a_head_may_end_inside_the_header() {
        let whole = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","kid":"AAAAAAAAAAAA"}"#);
        for end in 12..=whole.len() {
            assert!(holds(&whole.as_bytes()[..end]), "{end}");
            assert_eq!(holds(format!("{}.", &whole[..end]).as_bytes()), end == whole.len(), "{end}");
        }
        assert!(!holds(&whole.as_bytes()[..7]));
        assert!(!holds(URL_SAFE_NO_PAD.encode(r#"{"kid":"AAAA"#).as_bytes()));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!(r#"{{"a":{}"#, "[".repeat(100_000));
        assert!(!holds(&token(&deep)));
    }
}
