//! A body to UTF-8 and what comes of it back, in any cuts.

use super::{Charset, bytes, utf16};

/// Both ways for one body. What [`Transcoder::decode`] gives and [`Transcoder::encode`] takes is UTF-8, where UTF-16 has
/// surrogates that stand alone as WTF-8 has them.
pub struct Transcoder {
    charset: Charset,
    /// Coded bytes that are no whole character yet: a byte, or a surrogate that may be half of a pair.
    coded: Vec<u8>,
    /// Bytes of UTF-8 that are no whole character yet.
    plain: Vec<u8>,
    /// A byte order mark may still come.
    start: bool,
}

impl Transcoder {
    /// For a body in a set; `None` if nothing needs to be done.
    pub fn new(charset: Charset) -> Option<Self> {
        (charset != Charset::Utf8).then(|| Self { charset, coded: Vec::new(), plain: Vec::new(), start: true })
    }

    /// Appends to `out` the UTF-8 of the next bytes.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) {
        match self.charset {
            Charset::Utf8 => out.extend_from_slice(input),
            Charset::Windows1252 => decode_each(input, bytes::decode_1252, out),
            Charset::Bytes | Charset::BytesWithTrail => decode_each(input, bytes::decode_byte, out),
            Charset::Utf16 | Charset::Utf16Le | Charset::Utf16Be => {
                self.coded.extend_from_slice(input);
                self.decode_utf16(false, out);
            }
        }
    }

    /// The body ends: appends what stands alone. A last odd byte is no character: see [`Transcoder::rest`].
    pub fn end_decode(&mut self, out: &mut Vec<u8>) {
        self.decode_utf16(true, out);
    }

    /// Appends to `out` the bytes of the next UTF-8; a character that the set does not have becomes `?`.
    pub fn encode(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        let whole = self.plain.is_empty();
        if !whole {
            self.plain.extend_from_slice(plain);
        }
        let held = std::mem::take(&mut self.plain);
        let text = if whole { plain } else { held.as_slice() };
        let mut rest = text;
        while let Some(&first) = rest.first() {
            let length = length(first);
            let Some((char, behind)) = rest.split_at_checked(length) else { break };
            self.put(point(char), out);
            rest = behind;
        }
        self.plain = rest.to_vec();
    }

    /// The body ends: appends what is left in both directions.
    pub fn rest(&mut self, out: &mut Vec<u8>) {
        for byte in std::mem::take(&mut self.plain) {
            self.put(byte.into(), out);
        }
        out.append(&mut self.coded);
    }

    /// Whether bytes are held.
    pub fn holding(&self) -> bool {
        !self.coded.is_empty() || !self.plain.is_empty()
    }

    fn put(&self, point: u32, out: &mut Vec<u8>) {
        match self.charset {
            Charset::Windows1252 => out.push(bytes::encode_1252(point).unwrap_or(b'?')),
            Charset::Bytes | Charset::BytesWithTrail => out.push(bytes::encode_byte(point).unwrap_or(b'?')),
            Charset::Utf16Be => utf16::units(point, true, out),
            _ => utf16::units(point, false, out),
        }
    }

    fn decode_utf16(&mut self, last: bool, out: &mut Vec<u8>) {
        let coded = std::mem::take(&mut self.coded);
        let mut rest = coded.as_slice();
        while let [first, second, behind @ ..] = rest {
            let at = [*first, *second];
            if std::mem::take(&mut self.start) && self.charset == Charset::Utf16 && at == [0xfe, 0xff] {
                self.charset = Charset::Utf16Be;
            }
            let unit = |at: [u8; 2]| {
                if self.charset == Charset::Utf16Be { u16::from_be_bytes(at) } else { u16::from_le_bytes(at) }
            };
            let high = unit(at);
            if !(0xd800..0xdc00).contains(&high) {
                utf16::push(high.into(), out);
                rest = behind;
                continue;
            }
            match behind {
                [third, fourth, after @ ..] => match utf16::pair(high, unit([*third, *fourth])) {
                    Some(point) => {
                        utf16::push(point, out);
                        rest = after;
                    }
                    None => {
                        utf16::push(high.into(), out);
                        rest = behind;
                    }
                },
                _ if last => {
                    utf16::push(high.into(), out);
                    rest = behind;
                }
                _ => break,
            }
        }
        self.coded = rest.to_vec();
    }
}

fn decode_each(input: &[u8], decode: fn(u8) -> char, out: &mut Vec<u8>) {
    for &byte in input {
        if byte < 0x80 {
            out.push(byte);
        } else {
            out.extend_from_slice(decode(byte).encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// The length of the character that a byte of UTF-8 begins.
fn length(first: u8) -> usize {
    match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
        _ => 1,
    }
}

/// The code point of one character.
fn point(char: &[u8]) -> u32 {
    let low = |byte: &u8| u32::from(byte & 0x3f);
    match char {
        [a, b] => (u32::from(a & 0x1f) << 6) | low(b),
        [a, b, c] => (u32::from(a & 0x0f) << 12) | (low(b) << 6) | low(c),
        [a, b, c, d] => (u32::from(a & 0x07) << 18) | (low(b) << 12) | (low(c) << 6) | low(d),
        [a] => u32::from(*a),
        _ => u32::from('?'),
    }
}
