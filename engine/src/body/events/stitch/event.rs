//! One whole event: its data, and what stands for the pieces in it once they are decided.

use super::super::{BOM, DATA};

/// A piece in the event's bytes.
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands for it, once that is known.
    pub(super) text: Option<Vec<u8>>,
    /// The text that it is a piece of.
    pub(super) id: super::walk::Id,
}

/// An event that waits.
pub(super) struct Event {
    pub(super) raw: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
    /// Pieces that are not decided.
    pub(super) open: usize,
    /// It is not stitched.
    pub(super) alone: bool,
    /// When it came.
    pub(super) since_ms: u64,
}

impl Event {
    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let texts = self.pieces.iter().filter_map(|piece| piece.text.as_ref()).map(Vec::capacity).sum::<usize>();
        self.raw.capacity() + self.pieces.capacity() * size_of::<Piece>() + texts
    }

    /// The event with what stands for its pieces.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut copied = 0;
        for piece in &self.pieces {
            out.extend_from_slice(self.raw.get(copied..piece.start).unwrap_or_default());
            out.extend_from_slice(piece.text.as_deref().unwrap_or_default());
            copied = piece.end;
        }
        out.extend_from_slice(self.raw.get(copied..).unwrap_or_default());
    }
}

/// The data of an event, its lines joined, and where in the event each of its lines begins.
pub(super) struct Data {
    pub(super) text: Vec<u8>,
    /// Positions in the text, and in the event.
    lines: Vec<(usize, usize)>,
}

impl Data {
    /// That of an event's bytes, which may have a byte order mark before them when they are the first.
    pub(super) fn of(raw: &[u8], first: bool) -> Self {
        let mut data = Self { text: Vec::new(), lines: Vec::new() };
        let stream = raw.strip_prefix(BOM).filter(|_| first).unwrap_or(raw);
        let mut at = raw.len() - stream.len();
        for line in stream.split(|byte| matches!(byte, b'\r' | b'\n')) {
            if let Some(value) = value(line) {
                if !data.lines.is_empty() {
                    data.text.push(b'\n');
                }
                data.lines.push((data.text.len(), at + line.len() - value.len()));
                data.text.extend_from_slice(value);
            }
            at += line.len() + 1;
        }
        data
    }

    /// Whether it begins as JSON does.
    pub(super) fn looks_like_json(&self) -> bool {
        let first = self.text.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n'));
        matches!(first, Some(b'{' | b'[' | b'"'))
    }

    /// Where in the event a position of the text lies.
    pub(super) fn place(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        self.lines.get(line).map_or(at, |(start, place)| place + (at - start))
    }
}

/// The value of a line of data.
pub(super) fn value(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(DATA)?;
    match rest.strip_prefix(b":") {
        Some(value) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        None => rest.is_empty().then_some(rest),
    }
}
