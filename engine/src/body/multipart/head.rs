//! The head of a part: its fields, up to the empty line (RFC 2046 section 5.1, RFC 5322 section 2.2).

use super::delimiter::{Delimiter, Seek};

/// Bytes of a head that are read. A longer one reaches a limit (`headers`).
pub(super) const MAX_HEAD: usize = 16 << 10;

/// What has come of a head. It is held, since its part may be taken out with it.
pub(super) struct Head {
    /// The delimiter line before it.
    pub(super) line: Vec<u8>,
    /// Its fields, and the empty line when that has come.
    pub(super) raw: Vec<u8>,
    /// Its position in the body.
    pub(super) offset: u64,
    /// Where in `raw` the last line begins.
    last: usize,
}

/// How a head ends.
pub(super) enum End {
    /// With an empty line.
    Blank,
    /// With the next delimiter: its part is empty.
    Delimiter(Delimiter),
    /// Not within [`MAX_HEAD`] bytes.
    TooLong,
}

impl Head {
    /// A head behind a delimiter line, at this position of the body.
    pub(super) fn new(line: Vec<u8>, offset: u64) -> Self {
        Self { line, raw: Vec::new(), offset, last: 0 }
    }

    /// Takes bytes of the head, as far as the end of a line; how many, and whether it ends there.
    pub(super) fn take(&mut self, seek: &Seek, text: &[u8]) -> (usize, Option<End>) {
        let end = text.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(text.len(), |end| end + 1);
        self.raw.extend_from_slice(text.get(..taken).unwrap_or(text));
        if self.raw.len() > MAX_HEAD {
            return (taken, Some(End::TooLong));
        }
        if end.is_none() {
            return (taken, None);
        }
        let line = without_end(self.raw.get(self.last..).unwrap_or_default());
        if line.is_empty() {
            return (taken, Some(End::Blank));
        }
        let close = seek.is_delimiter(line);
        let delimiter = close.map(|close| self.cut(close));
        self.last = self.raw.len();
        (taken, delimiter.map(End::Delimiter))
    }

    /// The body ends in the head; the delimiter that ends it, where there is one.
    pub(super) fn end(&mut self, seek: &Seek) -> Option<Delimiter> {
        let line = without_end(self.raw.get(self.last..).unwrap_or_default());
        seek.is_delimiter(line).map(|close| self.cut(close))
    }

    /// Takes the last line off.
    fn cut(&mut self, close: bool) -> Delimiter {
        Delimiter { lead: Vec::new(), line: self.raw.split_off(self.last), close }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.line.capacity() + self.raw.capacity()
    }
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The fields of a head, each with the lines it is folded onto and their ends.
pub(super) fn fields(raw: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let mut end = line(rest);
        while matches!(rest.get(end), Some(b' ' | b'\t')) {
            end += line(rest.get(end..).unwrap_or_default());
        }
        let (field, behind) = rest.split_at_checked(end).unwrap_or((rest, b""));
        fields.push(field);
        rest = behind;
    }
    fields
}

/// The length of the first line with its end.
fn line(text: &[u8]) -> usize {
    text.iter().position(|&byte| byte == b'\n').map_or(text.len(), |end| end + 1)
}

/// A field's name in lower case, and the length of what stands before its value; none without a colon.
pub(super) fn name(field: &[u8]) -> Option<(Vec<u8>, usize)> {
    let colon = field.iter().position(|&byte| byte == b':')?;
    Some((field.get(..colon)?.trim_ascii().to_ascii_lowercase(), colon + 1))
}
