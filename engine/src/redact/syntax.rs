//! The syntax of a segment: how its raw bytes are decoded for detectors, and how replacements are written so that the
//! surface stays valid.

use super::decode::{Chain, Decoder, Entities, Fold, Percent, Quoted, Unbroken, Unescape};

/// Where a segment stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// A body of text.
    #[default]
    Text,
    /// A part in quoted-printable (RFC 2045 section 6.7).
    Quoted,
    /// A part in base64, broken into lines (RFC 2045 section 6.8).
    Lines,
    /// The data of a server-sent event: its lines, joined (HTML Living Standard, section 9.2).
    Data,
    /// A header value (RFC 9110 section 5.5).
    Header,
    /// A header value that holds percent-encoding: a URL or cookies.
    Url,
    /// The content of a JSON string (RFC 8259 section 7).
    Json,
    /// The contents of JSON strings that are the pieces of one streamed text. It is prose, and every word might begin a run
    /// of base64: none is read, so that words need not wait for what follows them.
    Stitched,
    /// A JSON number or literal.
    Scalar,
    /// A parameter of a query or form: `+` is a space (WHATWG URL, application/x-www-form-urlencoded).
    Form,
    /// A path segment or cookie value (RFC 3986 section 3.3).
    Path,
    /// A text or attribute value of HTML or XML.
    Markup,
    /// An attribute value that no quotes enclose.
    Bare,
    /// What of a tag is no attribute value.
    Tag,
    /// A part of HTML or XML without character references: comments, CDATA, declarations.
    Verbatim,
    /// A string of a binary message: what takes a match's place has its length, but for pseudonyms and what is removed.
    Field,
    /// Bytes of which nobody can change the length.
    Fixed,
}

/// A further way to read a segment, made from its first view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// JSON inside the string.
    Nested,
    /// Percent-encoding, once or twice.
    Percent,
}

impl Derived {
    /// Its decoders.
    pub fn chain(self) -> Chain {
        Chain::new(self.decoders().collect())
    }

    /// Makes such a view of a whole first view, where it stands.
    pub fn whole(self, text: &mut Vec<u8>) {
        self.decoders().for_each(|decoder| decoder.whole(text));
    }

    fn decoders(self) -> impl Iterator<Item = Decoder> {
        let percent = || Decoder::Percent(Percent::new(false));
        let (first, second) = match self {
            Self::Nested => (Decoder::Unescape(Unescape::default()), None),
            Self::Percent => (percent(), Some(percent())),
        };
        [first].into_iter().chain(second).chain([Decoder::Fold(Fold::default())])
    }

    /// The byte without which the view would be the first one again.
    pub fn mark(self) -> u8 {
        match self {
            Self::Nested => b'\\',
            Self::Percent => b'%',
        }
    }
}

fn twice(plus: bool) -> Vec<Decoder> {
    vec![Decoder::Percent(Percent::new(plus)), Decoder::Percent(Percent::new(false))]
}

impl Syntax {
    /// The decoders of the first view.
    pub fn chain(self) -> Chain {
        let mut decoders = match self {
            Self::Text
            | Self::Data
            | Self::Header
            | Self::Url
            | Self::Scalar
            | Self::Verbatim
            | Self::Field
            | Self::Fixed => Vec::new(),
            Self::Quoted => vec![Decoder::Quoted(Quoted::default())],
            Self::Lines => vec![Decoder::Unbroken(Unbroken)],
            Self::Json | Self::Stitched => vec![Decoder::Unescape(Unescape::default())],
            Self::Form => twice(true),
            Self::Path => twice(false),
            Self::Markup | Self::Bare | Self::Tag => vec![Decoder::Entities(Entities::default())],
        };
        decoders.push(Decoder::Fold(Fold::default()));
        Chain::new(decoders)
    }

    /// The views derived from the first, beside base64.
    pub fn derived(self) -> &'static [Derived] {
        match self {
            Self::Json | Self::Stitched => &[Derived::Nested, Derived::Percent],
            Self::Url => &[Derived::Percent],
            _ => &[],
        }
    }

    /// Whether runs of base64 are read.
    pub fn base64(self) -> bool {
        !matches!(self, Self::Stitched | Self::Scalar | Self::Markup | Self::Bare | Self::Tag | Self::Verbatim)
    }

    /// The first view of a whole value.
    pub fn view(self, raw: &[u8]) -> Vec<u8> {
        let mut view = raw.to_vec();
        self.chain().whole(&mut view);
        view
    }

    /// Whether what takes a match's place has the match's length.
    pub fn keeps_length(self) -> bool {
        matches!(self, Self::Field | Self::Fixed)
    }

    /// Writes replacement text.
    pub fn write(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Self::Text | Self::Lines | Self::Field | Self::Fixed => out.extend_from_slice(text.as_bytes()),
            Self::Data => data(text, out),
            Self::Quoted => text.bytes().for_each(|byte| match byte {
                b' '..=b'<' | b'>'..=b'~' => out.push(byte),
                _ => out.extend_from_slice(format!("={byte:02X}").as_bytes()),
            }),
            Self::Json | Self::Stitched | Self::Scalar => text.chars().for_each(|char| json(char, out)),
            Self::Form | Self::Path | Self::Url => text.bytes().for_each(|byte| percent(byte, out)),
            Self::Header => out.extend(text.bytes().map(|byte| if byte.is_ascii_control() { b'?' } else { byte })),
            Self::Bare => text.bytes().for_each(|byte| match byte {
                b'=' | b'`' | b'\t' | b'\n' | b'\r' | 0x0c | b' ' => {
                    out.extend_from_slice(format!("&#{byte};").as_bytes());
                }
                _ => markup(byte, out),
            }),
            // A name holds no other bytes (XML 1.0 section 2.3).
            Self::Tag => out.extend(text.bytes().map(|byte| match byte {
                b'-' | b'.' => byte,
                _ if byte.is_ascii_alphanumeric() => byte,
                _ => b'_',
            })),
            Self::Markup | Self::Verbatim => text.bytes().for_each(|byte| markup(byte, out)),
        }
    }
}

/// What fills up a text that must be longer.
pub(super) const FILL: u8 = b'*';

/// A text of `length` bytes: cut before a character that does not fit, then padded.
pub(super) fn fitted(text: &str, length: usize) -> String {
    let mut fitted = text.get(..text.floor_char_boundary(length)).unwrap_or_default().to_owned();
    fitted.extend(std::iter::repeat_n(char::from(FILL), length - fitted.len()));
    fitted
}

fn json(char: char, out: &mut Vec<u8>) {
    match char {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\u{0}'..='\u{1f}' => out.extend_from_slice(format!("\\u{:04x}", u32::from(char)).as_bytes()),
        _ => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Each further line of the text is a field of its own.
fn data(text: &str, out: &mut Vec<u8>) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    out.extend_from_slice(text.replace('\n', "\ndata: ").as_bytes());
}

fn percent(byte: u8, out: &mut Vec<u8>) {
    if byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) {
        out.push(byte);
    } else {
        out.extend_from_slice(format!("%{byte:02X}").as_bytes());
    }
}

fn markup(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'&' => out.extend_from_slice(b"&amp;"),
        b'<' => out.extend_from_slice(b"&lt;"),
        b'>' => out.extend_from_slice(b"&gt;"),
        b'"' => out.extend_from_slice(b"&quot;"),
        b'\'' => out.extend_from_slice(b"&#39;"),
        _ => out.push(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::{Syntax, fitted};

    fn written(syntax: Syntax, text: &str) -> String {
        let mut out = Vec::new();
        syntax.write(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_surface_stays_valid() {
        assert_eq!(written(Syntax::Json, "a\"b\\c\n"), "a\\\"b\\\\c\\u000a");
        assert_eq!(written(Syntax::Form, "[x] é*"), "%5Bx%5D%20%C3%A9*");
        assert_eq!(written(Syntax::Header, "a\r\nb"), "a??b");
        assert_eq!(written(Syntax::Text, "a\nb"), "a\nb");
        assert_eq!(written(Syntax::Quoted, "a=b\né"), "a=3Db=0A=C3=A9");
        assert_eq!(written(Syntax::Data, "a\r\nb\rc\n"), "a\ndata: b\ndata: c\ndata: ");
        assert_eq!(written(Syntax::Tag, "[REDACTED:A_B]"), "_REDACTED_A_B_");
        assert_eq!(written(Syntax::Bare, "a b=c"), "a&#32;b&#61;c");
        assert_eq!(written(Syntax::Markup, "<a b='\"&'>"), "&lt;a b=&#39;&quot;&amp;&#39;&gt;");
    }

    #[test]
    fn a_text_is_cut_between_characters_or_padded() {
        assert_eq!(fitted("[REDACTED:A]", 5), "[REDA");
        assert_eq!(fitted("[x]", 5), "[x]**");
        assert_eq!(fitted("aéé", 4), "aé*");
        assert_eq!(fitted("é", 0), "");
    }

    #[test]
    fn what_is_written_reads_back_as_it_was() {
        let text = "[REDACTED:A_B] <\"x'&%\\é";
        for syntax in
            [Syntax::Text, Syntax::Header, Syntax::Json, Syntax::Form, Syntax::Path, Syntax::Markup, Syntax::Bare]
        {
            assert_eq!(syntax.view(written(syntax, text).as_bytes()), text.as_bytes(), "{syntax:?}");
        }
    }
}
