//! A segment's text as detectors read it, and the raw bytes that each byte of it stands for.

use super::store::Store;

/// One byte of a view and the raw unit it comes from: an escape, a percent-encoded byte, or itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The byte.
    pub byte: u8,
    /// Where the unit starts in the segment's raw bytes.
    pub start: u64,
    /// One past its last raw byte.
    pub end: u64,
}

impl Unit {
    /// A raw byte that stands for itself.
    pub fn plain(byte: u8, at: u64) -> Self {
        Self { byte, start: at, end: at + 1 }
    }
}

/// A stretch of a view that comes from raw bytes in one way.
#[derive(Clone, Copy)]
struct Piece {
    /// View index of its first byte.
    at: u64,
    /// Raw position of its first byte.
    start: u64,
    /// One past the raw unit of all its bytes; `None`: each byte is a raw byte.
    end: Option<u64>,
}

/// A view: bytes by view index, with the way back to raw positions.
#[derive(Clone, Default)]
pub struct View {
    text: Store,
    pieces: Vec<Piece>,
}

impl View {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.text.clear();
        self.pieces.clear();
    }

    /// The bytes.
    pub fn text(&self) -> &Store {
        &self.text
    }

    /// Appends raw bytes that stand for themselves, the first at raw position `start`.
    pub fn push_plain(&mut self, text: &[u8], start: u64) {
        let at = self.text.end();
        let goes_on = |last: &Piece| last.end.is_none() && last.start + (at - last.at) == start;
        if !text.is_empty() && !self.pieces.last().is_some_and(goes_on) {
            self.pieces.push(Piece { at, start, end: None });
        }
        self.text.push(text);
    }

    /// Appends one byte of a unit.
    pub fn push(&mut self, unit: Unit) {
        if unit.end == unit.start + 1 {
            return self.push_plain(&[unit.byte], unit.start);
        }
        let same = |last: &Piece| last.end == Some(unit.end) && last.start == unit.start;
        if !self.pieces.last().is_some_and(same) {
            self.pieces.push(Piece { at: self.text.end(), start: unit.start, end: Some(unit.end) });
        }
        self.text.push_byte(unit.byte);
    }

    /// The unit of the view byte at `at`, which must be kept still.
    pub fn unit(&self, at: u64) -> Unit {
        let byte = self.text.byte(at).unwrap_or_default();
        let index = self.pieces.partition_point(|piece| piece.at <= at);
        match index.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some(Piece { start, end: Some(end), .. }) => Unit { byte, start: *start, end: *end },
            Some(piece) => Unit::plain(byte, piece.start + (at - piece.at)),
            None => Unit::plain(byte, at),
        }
    }

    /// Drops what lies at or behind a view index.
    pub fn truncate(&mut self, end: u64) {
        self.text.truncate(end);
        self.pieces.truncate(self.pieces.partition_point(|piece| piece.at < end));
    }

    /// Forgets what lies before a view index.
    pub fn forget(&mut self, to: u64) {
        self.text.forget(to);
        let kept = self.text.start();
        let gone = self.pieces.partition_point(|piece| piece.at <= kept).saturating_sub(1);
        self.pieces.drain(..gone);
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.text.memory() + self.pieces.capacity() * size_of::<Piece>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_knows_its_unit() {
        let mut view = View::default();
        view.push_plain(b"ab", 0);
        // Two bytes of one escape, then a byte behind a gap of three.
        "é".bytes().for_each(|byte| view.push(Unit { byte, start: 2, end: 8 }));
        view.push_plain(b"z", 11);
        let spans: Vec<_> = (0..5).map(|at| (view.unit(at).start, view.unit(at).end)).collect();
        assert_eq!(spans, [(0, 1), (1, 2), (2, 8), (2, 8), (11, 12)]);
        view.truncate(4);
        view.push_plain(b"y", 8);
        assert_eq!(view.unit(4), Unit::plain(b'y', 8));
        assert_eq!(view.text().tail(0), "abéy".as_bytes());
    }

    #[test]
    fn what_is_forgotten_does_not_shift_the_rest() {
        let mut view = View::default();
        view.push_plain(&[b'x'; 3000], 5);
        view.push(Unit { byte: b'@', start: 3005, end: 3011 });
        view.push_plain(b"end", 3011);
        view.forget(2999);
        assert_eq!((view.unit(2999).start, view.unit(3000).end, view.unit(3001).start), (3004, 3011, 3011));
    }
}
