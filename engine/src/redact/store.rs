//! Bytes at positions that stay the same: what has been dealt with is forgotten at the front.

/// Fewer bytes than this are not worth moving the rest for.
const COMPACT: u64 = 1024;

/// A window on a stream of bytes; positions count from the stream's start.
#[derive(Clone, Default)]
pub struct Store {
    bytes: Vec<u8>,
    /// Position of the first byte that is kept.
    from: u64,
}

impl Store {
    /// Forgets everything; positions begin at 0 again.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.from = 0;
    }

    /// Position of the first byte that is kept.
    pub fn start(&self) -> u64 {
        self.from
    }

    /// Position behind the last byte.
    pub fn end(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }

    /// Appends bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends one byte.
    pub fn push_byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// The bytes of a range, as far as they are kept.
    pub fn range(&self, from: u64, to: u64) -> &[u8] {
        self.bytes.get(self.index(from)..self.index(to)).unwrap_or_default()
    }

    /// The bytes from a position on.
    pub fn tail(&self, from: u64) -> &[u8] {
        self.bytes.get(self.index(from)..).unwrap_or_default()
    }

    /// The byte at a position.
    pub fn byte(&self, at: u64) -> Option<u8> {
        at.checked_sub(self.from).and_then(|index| self.bytes.get(usize::try_from(index).ok()?).copied())
    }

    /// Drops what lies at or behind a position.
    pub fn truncate(&mut self, end: u64) {
        self.bytes.truncate(self.index(end));
    }

    /// Forgets what lies before a position; a little may be kept longer.
    pub fn forget(&mut self, to: u64) {
        let to = to.min(self.end());
        if to >= self.from + COMPACT || to == self.end() {
            self.bytes.drain(..self.index(to));
            self.from = self.from.max(to);
        }
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    fn index(&self, at: u64) -> usize {
        usize::try_from(at.saturating_sub(self.from)).map_or(self.bytes.len(), |index| index.min(self.bytes.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::Store;

    #[test]
    fn positions_outlive_what_is_forgotten() {
        let mut store = Store::default();
        store.push(&[b'a'; 2000]);
        store.push(b"xyz");
        store.forget(10);
        assert_eq!(store.start(), 0, "too little to move");
        store.forget(2001);
        assert_eq!((store.start(), store.end()), (2001, 2003));
        assert_eq!((store.range(1990, 2002), store.tail(2002), store.byte(2000)), (&b"y"[..], &b"z"[..], None));
        store.truncate(2002);
        assert_eq!(store.tail(0), b"y");
    }
}
