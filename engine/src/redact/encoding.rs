//! How replacement text is written so that its surface stays valid.

/// The syntax around a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// Inside a JSON string (RFC 8259 section 7).
    Json,
    /// Inside a URI's query or path, or a form (RFC 3986 section 2.1).
    Percent,
    /// Inside a header value: no control characters (RFC 9110 section 5.5).
    Header,
}

impl Encoding {
    /// Writes `text`.
    pub fn write(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Self::Plain => out.extend_from_slice(text.as_bytes()),
            Self::Json => text.chars().for_each(|char| json(char, out)),
            Self::Percent => text.bytes().for_each(|byte| percent(byte, out)),
            Self::Header => out.extend(text.bytes().map(|byte| if byte.is_ascii_control() { b'?' } else { byte })),
        }
    }
}

fn json(char: char, out: &mut Vec<u8>) {
    match char {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\u{0}'..='\u{1f}' => out.extend_from_slice(format!("\\u{:04x}", u32::from(char)).as_bytes()),
        _ => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

fn percent(byte: u8, out: &mut Vec<u8>) {
    if byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) {
        out.push(byte);
    } else {
        out.extend_from_slice(format!("%{byte:02X}").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    fn written(encoding: Encoding, text: &str) -> String {
        let mut out = Vec::new();
        encoding.write(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_surface_stays_valid() {
        assert_eq!(written(Encoding::Json, "a\"b\\c\n"), "a\\\"b\\\\c\\u000a");
        assert_eq!(written(Encoding::Percent, "[x] é*"), "%5Bx%5D%20%C3%A9*");
        assert_eq!(written(Encoding::Header, "a\r\nb"), "a??b");
        assert_eq!(written(Encoding::Plain, "a\nb"), "a\nb");
    }
}
