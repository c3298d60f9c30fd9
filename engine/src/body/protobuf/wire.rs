//! The wire format of protobuf messages (protobuf.dev, "Encoding"), without a schema: fields one after the other.
//!
//! It is read leniently where parsers differ: varints may be longer than they need, up to ten bytes.

/// The longest varint, in bytes.
const VARINT: usize = 10;

/// Messages and groups that may be nested in a message, as most parsers have it.
pub(super) const DEPTH: usize = 100;

/// Field numbers end below this.
const NUMBERS: u64 = 1 << 29;

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A tag with its number, or the beginning or end of a group.
    Number(&'a [u8]),
    /// A field with a length: a string, bytes, packed numbers or a message.
    Text {
        /// The tag.
        tag: &'a [u8],
        /// The length, as it is written.
        length: &'a [u8],
        /// What is that long; shorter if the message ends within.
        text: &'a [u8],
    },
    /// The rest, which is no field; it is not empty.
    Rest(&'a [u8]),
}

/// What the start of a field says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// More bytes say more.
    More,
    /// It is no field.
    Nothing,
    /// A number, which is so many bytes long with its tag.
    Number {
        /// In bytes.
        length: usize,
    },
    /// Behind `size` bytes a text of this length.
    Text {
        /// In bytes.
        size: usize,
        /// In bytes.
        length: u64,
    },
    /// A group of this number begins.
    Open(u64),
    /// A group of this number ends.
    Close(u64),
}

/// What the field that begins `bytes` is.
pub(super) fn head(bytes: &[u8]) -> Head {
    let more = |bytes: &[u8]| if bytes.len() < VARINT { Head::More } else { Head::Nothing };
    let Some((tag, size)) = varint(bytes) else { return more(bytes) };
    let (number, kind) = (tag >> 3, tag & 7);
    if number == 0 || number >= NUMBERS {
        return Head::Nothing;
    }
    let behind = bytes.get(size..).unwrap_or_default();
    match kind {
        0 => varint(behind).map_or_else(|| more(behind), |(_, digits)| Head::Number { length: size + digits }),
        1 => Head::Number { length: size + 8 },
        2 => {
            let text = |(length, digits)| Head::Text { size: size + digits, length };
            varint(behind).map_or_else(|| more(behind), text)
        }
        3 => Head::Open(number),
        4 => Head::Close(number),
        5 => Head::Number { length: size + 4 },
        _ => Head::Nothing,
    }
}

/// The pieces of a message, in order.
pub(super) struct Pieces<'a> {
    rest: &'a [u8],
    /// The groups that are open, by field number.
    groups: Vec<u64>,
    /// The message is none, or ends before its end.
    broken: bool,
    /// The most groups that were open at once.
    pub(super) nesting: usize,
}

impl<'a> Pieces<'a> {
    /// The pieces of all of `message`.
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message, groups: Vec::new(), broken: false, nesting: 0 }
    }

    /// Reads to the end: whether it is one whole message, which an empty one is.
    pub(super) fn whole(&mut self) -> bool {
        while self.next().is_some() && !self.broken {}
        !self.broken && self.groups.is_empty()
    }

    fn piece(&mut self) -> Option<Piece<'a>> {
        let message = self.rest;
        let length = match head(message) {
            Head::More | Head::Nothing => return None,
            Head::Number { length } => length,
            Head::Text { size, length } => return self.text(message, size, length),
            Head::Open(number) if self.groups.len() < DEPTH => {
                self.groups.push(number);
                self.nesting = self.nesting.max(self.groups.len());
                varint(message)?.1
            }
            Head::Open(_) => return None,
            Head::Close(number) => {
                self.groups.pop_if(|open| *open == number)?;
                varint(message)?.1
            }
        };
        let (field, rest) = message.split_at_checked(length)?;
        self.rest = rest;
        Some(Piece::Number(field))
    }

    fn text(&mut self, message: &'a [u8], size: usize, length: u64) -> Option<Piece<'a>> {
        let (written, text) = message.split_at_checked(size)?;
        let (tag, written) = written.split_at_checked(varint(message)?.1)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.broken |= length > text.len();
        let (text, rest) = text.split_at_checked(length.min(text.len()))?;
        self.rest = rest;
        Some(Piece::Text { tag, length: written, text })
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        self.piece().or_else(|| {
            self.broken = true;
            Some(Piece::Rest(std::mem::take(&mut self.rest)))
        })
    }
}

/// The number at the start of `bytes`, and how many bytes it takes; bits beyond the 64th are dropped, as parsers do.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0;
    for (at, &byte) in (0_u32..).zip(bytes.iter().take(VARINT)) {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, at as usize + 1));
        }
    }
    None
}

/// Writes a length.
pub(super) fn write_length(length: usize, out: &mut Vec<u8>) {
    let mut rest = length as u64;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart() {
        let message = b"\x08\x96\x01\x12\x02hi\x1d1234\x21fixed 64\x2b\x08\x01\x2c\x32\x85\x00short";
        let pieces: Vec<Piece<'_>> = Pieces::of(message).collect();
        let wanted = [
            Piece::Number(b"\x08\x96\x01"),
            Piece::Text { tag: b"\x12", length: b"\x02", text: b"hi" },
            Piece::Number(b"\x1d1234"),
            Piece::Number(b"\x21fixed 64"),
            Piece::Number(b"\x2b"),
            Piece::Number(b"\x08\x01"),
            Piece::Number(b"\x2c"),
            Piece::Text { tag: b"\x32", length: b"\x85\x00", text: b"short" },
        ];
        assert_eq!(pieces, wanted);
        assert!(Pieces::of(message).whole() && Pieces::of(b"").whole());
    }

    #[test]
    fn what_is_no_message_is_not_whole() {
        let broken: [&[u8]; 9] = [
            b"\x00\x01",
            b"\x0f",
            b"\x08",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x12\x05hi",
            b"\x0b\x08\x01",
            b"\x0b\x14",
            b"\x0c",
            b"\x1d123",
        ];
        for message in broken {
            assert!(!Pieces::of(message).whole(), "{message:?}");
            let bytes = Pieces::of(message).flat_map(|piece| match piece {
                Piece::Number(bytes) | Piece::Rest(bytes) => bytes.to_vec(),
                Piece::Text { tag, length, text } => [tag, length, text].concat(),
            });
            assert_eq!(bytes.collect::<Vec<u8>>(), message);
        }
    }

    #[test]
    fn lengths_read_back() {
        for length in [0, 1, 127, 128, 300, 262_144] {
            let mut out = Vec::new();
            write_length(length, &mut out);
            assert_eq!(varint(&out), Some((length as u64, out.len())));
        }
    }
}
