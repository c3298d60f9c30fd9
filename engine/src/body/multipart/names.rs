//! The name of a part of a form, in every way that senders write it.
//!
//! Browsers put it between quotes and write `"`, CR and LF as `%22`, `%0D` and `%0A` (HTML Living Standard, "Multipart
//! form data"); others use tokens, backslashes (RFC 2183, RFC 822), ext-values (RFC 8187) or encoded words (RFC 2047).
//! Receivers differ in what they decode: every reading is a name that the part goes by.

use data_encoding::BASE64;

use crate::media;
use crate::redact::Syntax;

/// Longer names are not compared: they match every glob, in bytes.
const MAX_NAME: usize = 1024;

/// The names of a part.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Every reading of them.
    pub(super) known: Vec<Vec<u8>>,
    /// One is too long or cannot be read: it is taken to match every glob, so that a part cannot hide behind it.
    pub(super) unknown: bool,
}

impl Names {
    /// Adds what a `content-disposition` says; the lines of `value` are unfolded.
    pub(super) fn add(&mut self, value: &[u8]) {
        for (key, value) in media::split(value).1 {
            match key.as_slice() {
                b"name" if value.windows(2).any(|pair| pair == b"=?") => self.push(words(&value)),
                b"name" => self.push(Some(value)),
                b"name*" => self.push(extended(&value)),
                // Continuations (RFC 2231), which RFC 8187 does without.
                _ if key.starts_with(b"name*") => self.push(None),
                _ => {}
            }
        }
    }

    fn push(&mut self, name: Option<Vec<u8>>) {
        match name.filter(|name| name.len() <= MAX_NAME) {
            Some(name) => {
                for reading in [Syntax::Header.view(&name), Syntax::Path.view(&name)] {
                    if !self.known.contains(&reading) {
                        self.known.push(reading);
                    }
                }
            }
            None => self.unknown = true,
        }
    }
}

/// An ext-value: charset, language and percent-encoded text (RFC 8187 section 3.2.1).
fn extended(value: &[u8]) -> Option<Vec<u8>> {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    let (charset, _, text) = (parts.next()?, parts.next()?, parts.next()?);
    decoded(charset, percent(text))
}

/// A name made of encoded words and the white space between them, or none if any of it cannot be read.
fn words(value: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    for word in value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        let mut parts = word.strip_prefix(b"=?")?.strip_suffix(b"?=")?.split(|&byte| byte == b'?');
        let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = match encoding {
            b"B" | b"b" => BASE64.decode(text).ok()?,
            b"Q" | b"q" => {
                let text: Vec<u8> = text
                    .iter()
                    .map(|byte| match byte {
                        b'_' => b' ',
                        b'=' => b'%',
                        _ => *byte,
                    })
                    .collect();
                percent(&text)
            }
            _ => return None,
        };
        // A language may stand behind the charset (RFC 2231 section 5).
        let charset = charset.split(|&byte| byte == b'*').next().unwrap_or_default();
        name.extend(decoded(charset, bytes)?);
    }
    Some(name)
}

/// Text in UTF-8; none from a charset that is not read.
fn decoded(charset: &[u8], bytes: Vec<u8>) -> Option<Vec<u8>> {
    match charset.to_ascii_lowercase().as_slice() {
        b"utf-8" | b"utf8" | b"us-ascii" | b"ascii" => Some(bytes),
        b"iso-8859-1" | b"latin1" => Some(bytes.into_iter().map(char::from).collect::<String>().into_bytes()),
        _ => None,
    }
}

/// `%XX` decoded once.
fn percent(text: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|&byte| char::from(byte).to_digit(16));
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, digit(text.get(at + 1)), digit(text.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.extend(u8::try_from(high << 4 | low));
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str) -> (Vec<String>, bool) {
        let mut names = Names::default();
        names.add(value.as_bytes());
        (names.known.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect(), names.unknown)
    }

    #[test]
    fn a_name_is_read_in_every_quoting() {
        for (value, known) in [
            ("form-data; name=avatar", &["avatar"][..]),
            ("form-data; NAME = \"a b;c\"; filename=x", &["a b;c"]),
            ("form-data; name=\"a\\\"b\"", &["a\"b"]),
            ("form-data; name=\"a%22b%0D%0Ac\"", &["a%22b%0D%0Ac", "a\"b\r\nc"]),
            ("form-data; name=a; name*=UTF-8'en'n%C3%A4me", &["a", "n\u{e4}me"]),
            ("form-data; name*=iso-8859-1''n%E4me", &["n\u{e4}me"]),
            ("form-data; name=\"=?UTF-8?B?YXZh?= =?utf-8?q?tar_=31?=\"", &["avatar 1"]),
            ("form-data; name=\"\u{ff41}\"", &["a"]),
            ("form-data; filename=\"name=x\"", &[]),
        ] {
            assert_eq!(names(value), (known.iter().map(|&name| name.to_owned()).collect(), false), "{value}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_read_is_any_name() {
        let long = format!("form-data; name={}", "a".repeat(MAX_NAME + 1));
        for value in
            ["x; name*=UTF-16''%00a", "x; name*0=a; name*1=b", "x; name=\"=?koi8-r?B?YQ==?=\"", "x; name*=a", &long]
        {
            assert_eq!(names(value), (Vec::new(), true), "{value}");
        }
    }
}
