//! What detectors read of a segment: its bytes after decoding, each knowing the raw bytes it came from.

use super::segment::{Kind, Segment};

/// Runs of fewer characters are not read as base64.
const SHORTEST_RUN: usize = 12;
/// How far before a run a `data:` URI's type may stand, in bytes of the view.
const TYPE_WITHIN: usize = 128;

/// The number of the first view that is made of base64 runs.
pub const FIRST_BASE64: usize = 3;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Decoded bytes. `units[i]` is the raw range, in the segment, of what byte `i` was decoded from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The raw range of each.
    pub units: Vec<(usize, usize)>,
}

impl Text {
    /// Bytes that stand for themselves.
    pub fn raw(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), units: (0..bytes.len()).map(|at| (at, at + 1)).collect() }
    }

    /// Adds `bytes`, all decoded from `from[start..end]`.
    fn push(&mut self, bytes: &[u8], from: &Text, start: usize, end: usize) {
        let unit = (from.units[start].0, from.units[end - 1].1);
        self.bytes.extend_from_slice(bytes);
        self.units.extend(bytes.iter().map(|_| unit));
    }
}

/// How matches in a view lie in the raw bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// By the units of its bytes.
    Units,
    /// A base64 run of at most `hold_back` characters: any match takes all of it.
    Run {
        /// Its raw range.
        raw: (usize, usize),
    },
    /// A longer one: a match takes it from the group of four that holds its start.
    LongRun {
        /// Where it ends.
        end: usize,
    },
}

/// One view. Each base64 run is a view of its own; runs of one alphabet share a number.
#[derive(Clone, Debug)]
pub struct View {
    /// Its place in the order of the segment's views.
    pub number: usize,
    /// What detectors read.
    pub text: Text,
    /// How its matches lie in the raw bytes.
    pub frame: Frame,
}

/// View 0: the segment after its base decoding, folded.
pub fn base(segment: &Segment<'_>) -> Text {
    let raw = Text::raw(segment.raw);
    fold(&match segment.kind {
        Kind::Text
        | Kind::Data
        | Kind::Header
        | Kind::Url
        | Kind::Number
        | Kind::Verbatim
        | Kind::Field
        | Kind::Fixed => raw,
        Kind::Quoted => quoted(&raw),
        Kind::Lines => joined(&raw),
        Kind::JsonString => unescaped(&raw),
        Kind::Stitched => unescaped(&without_seams(&raw)),
        Kind::Parameter => percent(&percent(&raw, true), false),
        Kind::Path => percent(&percent(&raw, false), false),
        Kind::Markup | Kind::Piece | Kind::Unquoted => entities(&raw),
    })
}

/// The text that pieces are, without the line ends between them.
fn without_seams(raw: &Text) -> Text {
    let kept = raw.bytes.iter().zip(&raw.units).filter(|(byte, _)| **byte != b'\n');
    let (bytes, units) = kept.map(|(byte, unit)| (*byte, *unit)).unzip();
    Text { bytes, units }
}

/// Every view of a segment, in order.
pub fn all(segment: &Segment<'_>, hold_back: usize, opaque: &dyn Fn(&[u8]) -> bool) -> Vec<View> {
    let base = base(segment);
    let mut views = vec![View { number: 0, text: base.clone(), frame: Frame::Units }];
    if matches!(segment.kind, Kind::JsonString | Kind::Stitched) {
        views.push(View { number: 1, text: fold(&unescaped(&base)), frame: Frame::Units });
    }
    if matches!(segment.kind, Kind::JsonString | Kind::Stitched | Kind::Url) {
        views.push(View { number: 2, text: fold(&percent(&percent(&base, false), false)), frame: Frame::Units });
    }
    let without = [Kind::Stitched, Kind::Number, Kind::Markup, Kind::Piece, Kind::Unquoted, Kind::Verbatim];
    if !without.contains(&segment.kind) {
        runs(&base, STANDARD, 3, hold_back, opaque, &mut views);
        runs(&base, URL, 4, hold_back, opaque, &mut views);
    }
    views
}

/// `%` and two hexadecimal digits are a byte; `+` is a space if `plus`.
pub fn percent(text: &Text, plus: bool) -> Text {
    let mut out = Text::default();
    let mut at = 0;
    while at < text.bytes.len() {
        let digit = |at: usize| text.bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (text.bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(&[(high * 16 + low) as u8], text, at, at + 3);
                at += 3;
            }
            (byte, ..) => {
                out.push(&[if plus && byte == b'+' { b' ' } else { byte }], text, at, at + 1);
                at += 1;
            }
        }
    }
    out
}

/// Quoted-printable (RFC 2045, section 6.7): `=` and two hexadecimal digits are a byte, `=` and a line end are nothing.
fn quoted(text: &Text) -> Text {
    let mut out = Text::default();
    let mut at = 0;
    while at < text.bytes.len() {
        let digit = |at: usize| text.bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let rest = &text.bytes[at..];
        if let Some(end) = [&b"=\r\n"[..], b"=\n"].into_iter().find(|end| rest.starts_with(end)) {
            at += end.len();
        } else if let (b'=', Some(high), Some(low)) = (rest[0], digit(at + 1), digit(at + 2)) {
            out.push(&[(high * 16 + low) as u8], text, at, at + 3);
            at += 3;
        } else {
            out.push(&rest[..1], text, at, at + 1);
            at += 1;
        }
    }
    out
}

/// A text without its line ends.
fn joined(text: &Text) -> Text {
    let mut out = Text::default();
    for (at, byte) in text.bytes.iter().enumerate().filter(|(_, byte)| !b"\r\n".contains(byte)) {
        out.push(&[*byte], text, at, at + 1);
    }
    out
}

/// The escapes of a JSON string (RFC 8259, section 7), read leniently: what is none stands for itself.
pub fn unescaped(text: &Text) -> Text {
    let mut out = Text::default();
    let mut at = 0;
    while at < text.bytes.len() {
        let (bytes, length) = escape(&text.bytes[at..]);
        out.push(&bytes, text, at, at + length);
        at += length;
    }
    out
}

/// What stands at the start of `bytes`, which are not empty: its meaning and its length.
fn escape(bytes: &[u8]) -> (Vec<u8>, usize) {
    let itself = (vec![bytes[0]], 1);
    let (b'\\', Some(kind)) = (bytes[0], bytes.get(1)) else { return itself };
    let plain = match kind {
        b'"' | b'\\' | b'/' => *kind,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let Some(first) = code_unit(bytes) else { return itself };
            if let Some(letter) = char::from_u32(first) {
                return (utf8(letter), 6);
            }
            let second = code_unit(&bytes[6..]).filter(|second| (0xdc00..0xe000).contains(second));
            return match second {
                Some(second) if first < 0xdc00 => {
                    let letter = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00));
                    (utf8(letter.expect("a surrogate pair is a character")), 12)
                }
                _ => (utf8('\u{fffd}'), 6),
            };
        }
        _ => return itself,
    };
    (vec![plain], 2)
}

/// The number of the `\u` escape at the start.
fn code_unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
}

fn utf8(letter: char) -> Vec<u8> {
    letter.to_string().into_bytes()
}

/// Character references of HTML and XML.
pub fn entities(text: &Text) -> Text {
    let mut out = Text::default();
    let mut at = 0;
    while at < text.bytes.len() {
        let (bytes, length) = super::entities::at(&text.bytes[at..]).unwrap_or((vec![text.bytes[at]], 1));
        out.push(&bytes, text, at, at + length);
        at += length;
    }
    out
}

/// Fullwidth forms become the ASCII characters they look like; what has no width vanishes.
pub fn fold(text: &Text) -> Text {
    let mut out = Text::default();
    let mut at = 0;
    while at < text.bytes.len() {
        match character(&text.bytes[at..]) {
            Some((letter @ '\u{ff01}'..='\u{ff5e}', length)) => {
                out.push(&[(u32::from(letter) - 0xff01 + 0x21) as u8], text, at, at + length);
                at += length;
            }
            Some(('\u{3000}', length)) => {
                out.push(b" ", text, at, at + length);
                at += length;
            }
            Some((
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}',
                length,
            )) => at += length,
            _ => {
                out.push(&[text.bytes[at]], text, at, at + 1);
                at += 1;
            }
        }
    }
    out
}

/// The character of two or three bytes at the start, if one is there.
fn character(bytes: &[u8]) -> Option<(char, usize)> {
    [2, 3].into_iter().find_map(|length| {
        let letter = std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next()?;
        (letter.len_utf8() == length).then_some((letter, length))
    })
}

/// Adds a view for each base64 run of one alphabet.
fn runs(
    base: &Text,
    alphabet: &[u8; 64],
    number: usize,
    hold_back: usize,
    opaque: &dyn Fn(&[u8]) -> bool,
    views: &mut Vec<View>,
) {
    let value = |at: usize| base.bytes.get(at).and_then(|byte| alphabet.iter().position(|letter| letter == byte));
    let mut at = 0;
    while at < base.bytes.len() {
        let start = at;
        while value(at).is_some() {
            at += 1;
        }
        let letters = at - start;
        if letters == 0 {
            at += 1;
            continue;
        }
        let padding = base.bytes[at..].iter().take(2).take_while(|byte| **byte == b'=').count();
        at += padding;
        if letters < SHORTEST_RUN || exempt(&base.bytes[..start], opaque) {
            continue;
        }
        let (raw, mut decoded) = ((base.units[start].0, base.units[at - 1].1), Text::default());
        let sextets: Vec<usize> = (start..start + letters).filter_map(value).collect();
        for (index, group) in sextets.chunks(4).enumerate() {
            let first = start + 4 * index;
            let last = (first + 4).min(at);
            let bits = group.iter().fold(0, |bits, sextet| bits << 6 | sextet) << (6 * (4 - group.len()));
            let bytes = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
            let count = [0, 0, 1, 2, 3][group.len()];
            decoded.push(&bytes[..count], base, first, last);
        }
        let frame = if letters <= hold_back { Frame::Run { raw } } else { Frame::LongRun { end: raw.1 } };
        views.push(View { number, text: fold(&decoded), frame });
    }
}

/// Whether a run behind `before` is the content of a `data:` URI of an opaque type.
fn exempt(before: &[u8], opaque: &dyn Fn(&[u8]) -> bool) -> bool {
    let near = before[before.len().saturating_sub(TYPE_WITHIN)..].to_ascii_lowercase();
    let Some(uri) = near.strip_suffix(b";base64,") else { return false };
    let Some(scheme) = uri.windows(5).rposition(|window| window == b"data:") else { return false };
    let media_type = uri[scheme + 5..].split(|byte| *byte == b';').next().unwrap_or_default();
    opaque(media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Text {
        Text::raw(bytes)
    }

    #[test]
    fn escapes_are_units() {
        let out = unescaped(&text(br"a\u0040\ud83d\ude00\ud83dx\q\"));
        assert_eq!(out.bytes, "a@\u{1f600}\u{fffd}x\\q\\".as_bytes());
        assert_eq!(&out.units[..2], [(0, 1), (1, 7)]);
        assert!(out.units[2..6].iter().all(|unit| *unit == (7, 19)));
        assert!(out.units[6..9].iter().all(|unit| *unit == (19, 25)));
        assert_eq!(&out.units[9..], [(25, 26), (26, 27), (27, 28), (28, 29)]);
    }

    #[test]
    fn percent_twice_keeps_the_outer_span() {
        let out = percent(&percent(&text(b"%2540+%4"), true), false);
        assert_eq!((out.bytes.as_slice(), out.units.as_slice()), (&b"@ %4"[..], &[(0, 5), (5, 6), (6, 7), (7, 8)][..]));
    }

    #[test]
    fn what_looks_like_ascii_becomes_it_and_what_has_no_width_vanishes() {
        let out = fold(&text("１\u{200b}\u{ad}a\u{3000}é\u{ff}".as_bytes()));
        assert_eq!(out.bytes, "1a é\u{ff}".as_bytes());
        assert_eq!(out.units[1], (8, 9));
        assert_eq!(fold(&text(b"\xe2\x80\xef\xbc\xff")).bytes, b"\xe2\x80\xef\xbc\xff");
    }

    #[test]
    fn runs_decode_with_and_without_padding() {
        let opaque = |name: &[u8]| name.starts_with(b"image/");
        let views = |raw: &str, hold_back| {
            let segment = Segment::text(raw.as_bytes());
            let all = all(&segment, hold_back, &opaque);
            all[1..].iter().map(|view| (view.number, view.text.bytes.clone(), view.frame.clone())).collect::<Vec<_>>()
        };
        let found = views("x YWFhQGJiYi5leGFtcGxl.", 64);
        let frame = Frame::Run { raw: (2, 22) };
        assert_eq!(found, [(3, b"aaa@bbb.example".to_vec(), frame.clone()), (4, b"aaa@bbb.example".to_vec(), frame)]);
        let long = views("YWFhQGJiYi5leGFtcGxlcw==", 16);
        assert_eq!(long[0], (3, b"aaa@bbb.examples".to_vec(), Frame::LongRun { end: 24 }));
        assert!(views("data:image/png;base64,YWFhQGJiYi5leGFtcGxl", 64).is_empty());
        assert_eq!(views("data:text/plain;base64,YWFhQGJiYi5leGFtcGxl", 64).len(), 2);
        assert!(views("YWFhQGJiYi5", 64).is_empty());
    }
}
