//! Character sets of bodies: what is not UTF-8 is read as UTF-8 and written back as it was, byte for byte.
//!
//! Sources: Encoding Standard (WHATWG); RFC 2781 (UTF-16); RFC 8259 section 8.1.

mod bytes;
mod transcode;
mod utf16;

pub use transcode::Transcoder;

/// How a body's bytes stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, or bytes of which only the ASCII ones matter: read as they are.
    Utf8,
    /// windows-1252, which is also what `iso-8859-1` and `us-ascii` mean on the web.
    Windows1252,
    /// Another set whose ASCII bytes are ASCII: all others are kept as they are.
    Bytes,
    /// As [`Charset::Bytes`], but a backslash or bracket may be half of a character.
    BytesWithTrail,
    /// UTF-16, little-endian unless a byte order mark says otherwise.
    Utf16,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
}

impl Charset {
    /// The character set of a label, in any case; `None` for one that cannot be read.
    pub fn of(label: &[u8]) -> Option<Self> {
        let label = String::from_utf8_lossy(label).trim().to_ascii_lowercase();
        Some(match label.as_str() {
            "" | "utf-8" | "utf8" | "unicode-1-1-utf-8" | "x-unicode20utf8" => Self::Utf8,
            "iso-8859-1" | "iso8859-1" | "iso88591" | "iso_8859-1" | "latin1" | "latin-1" | "l1" | "cp819"
            | "ibm819" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "windows-1252" | "cp1252" | "x-cp1252" => {
                Self::Windows1252
            }
            "utf-16" | "utf16" | "unicode" | "ucs-2" | "iso-10646-ucs-2" | "csunicode" => Self::Utf16,
            "utf-16le" | "utf16le" | "unicodefffe" => Self::Utf16Le,
            "utf-16be" | "utf16be" | "unicodefeff" => Self::Utf16Be,
            "koi8-r" | "koi8-u" | "macintosh" | "x-mac-cyrillic" | "tis-620" | "euc-jp" | "euc-kr" | "euc-cn"
            | "gb2312" | "ibm866" | "cp866" => Self::Bytes,
            "shift_jis" | "shift-jis" | "sjis" | "x-sjis" | "windows-31j" | "ms_kanji" | "gbk" | "gb18030" | "big5"
            | "big5-hkscs" | "windows-949" | "ks_c_5601-1987" | "windows-936" | "windows-950" => Self::BytesWithTrail,
            label
                if ["iso-8859-", "iso8859-", "iso_8859-", "windows-125", "cp125", "latin"].iter().any(|lead| {
                    label
                        .strip_prefix(lead)
                        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_digit()))
                }) =>
            {
                Self::Bytes
            }
            _ => return None,
        })
    }

    /// The set of a text that says of itself that it is in this one, or says nothing (UTF-8), by its first bytes: a byte
    /// order mark is believed before any label, and so are the zero bytes that structured texts, which begin with ASCII,
    /// have in UTF-16. `None` if the bytes contradict the label, or are in a set that cannot be read.
    pub fn settled(self, first: &[u8], structured: bool) -> Option<Self> {
        let wide = matches!(self, Self::Utf16 | Self::Utf16Le | Self::Utf16Be);
        let shown = match *first {
            [0, 0, 0xfe, 0xff, ..] | [0xff, 0xfe, 0, 0, ..] => return None,
            [0xef, 0xbb, 0xbf, ..] => return Some(Self::Utf8),
            [0xff, 0xfe, ..] => Some(Self::Utf16Le),
            [0xfe, 0xff, ..] => Some(Self::Utf16Be),
            [0, 0, 0, low, ..] | [low, 0, 0, 0, ..] if low != 0 && (structured || wide) => return None,
            [low, 0, next, 0, ..] if low != 0 && next != 0 && (structured || wide) => Some(Self::Utf16Le),
            [0, low, 0, next, ..] if low != 0 && next != 0 && (structured || wide) => Some(Self::Utf16Be),
            // No structured text in UTF-16 begins so; of another it would be a guess.
            [a, b, c, d, ..] if wide && [a, b, c, d].iter().all(|byte| (1..0x80).contains(byte)) => {
                return structured.then_some(Self::Utf8);
            }
            _ => None,
        };
        match (self, shown) {
            (Self::Utf16Le, Some(Self::Utf16Be)) | (Self::Utf16Be, Some(Self::Utf16Le)) => None,
            (_, Some(shown)) => Some(shown),
            (_, None) => Some(self),
        }
    }
}

/// How many first bytes tell all that [`Charset::settled`] can tell.
pub const SNIFFED: usize = 4;

#[cfg(test)]
mod tests;
