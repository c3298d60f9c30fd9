//! What the finder looks up: buckets of windows by the bytes that they accept.

use std::cell::Cell;

use super::class::ByteClass;
use super::finder::{Finder, LONGEST_WINDOW, Mask, WINDOW, at_edge, in_word};
use super::rows::Rows;

/// Windows share as many buckets as a set has bits.
pub const BUCKETS: usize = 128;

/// For each byte of a window and each byte of a text, the buckets that accept it there.
pub(super) type Table = Box<[Mask; 256]>;

/// A window in a bucket, and what refuses it without a look at its classes.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// The first four bytes of a text must come to `value` with these bits set: exact where a class is one byte or both
    /// cases of a letter, anything where it is more.
    pub(super) fold: u32,
    pub(super) value: u32,
    /// See [`super::patterns::Pattern::word`].
    pub(super) word: u8,
    pub(super) window: u32,
}

impl Slot {
    pub(super) fn new(window: u32, word: u8, head: &[ByteClass]) -> Self {
        let one = |at: usize| -> (u8, u8) {
            let mut bytes = head.get(at).into_iter().flat_map(ByteClass::bytes);
            match (bytes.next(), bytes.next(), bytes.next()) {
                (Some(byte), None, None) => (0, byte),
                (Some(upper), Some(lower), None) if upper.is_ascii_uppercase() && upper | 0x20 == lower => {
                    (0x20, lower)
                }
                _ => (0xff, 0xff),
            }
        };
        let all: [(u8, u8); WINDOW] = std::array::from_fn(one);
        let [fold, value] = [all.map(|(fold, _)| fold), all.map(|(_, value)| value)].map(u32::from_le_bytes);
        Self { fold, value, word, window }
    }
}

/// What is looked up for each byte of a text.
pub(super) struct Tables {
    pub(super) accepts: [Table; WINDOW],
    /// For each byte of a window, the buckets with a window that is shorter: they accept the end of the text there.
    ends: [Mask; WINDOW],
    /// Windows of each bucket.
    pub(super) slots: Rows<Slot>,
}

impl Tables {
    pub(super) fn new(finder: &Finder) -> Self {
        let mut accepts: [Table; WINDOW] = std::array::from_fn(|_| Box::new([0; 256]));
        let (mut ends, mut slots) = ([0; WINDOW], Vec::with_capacity(finder.windows.len()));
        let mut accepted = vec![[None; WINDOW]; BUCKETS];
        for (window, (shown, &bucket)) in (0..).zip(finder.windows.iter().zip(&finder.buckets)) {
            let head: Vec<ByteClass> = finder.patterns.of(shown).take(WINDOW).collect();
            let bucket = usize::from(bucket);
            slots.push((bucket, Slot::new(window, shown.word, &head)));
            for (at, accepted) in accepted.get_mut(bucket).into_iter().flatten().enumerate() {
                let class = head.get(at).copied().unwrap_or(ByteClass::ALL);
                accepted.get_or_insert_with(ByteClass::default).extend(&class);
                if let (true, Some(end)) = (head.len() <= at, ends.get_mut(at)) {
                    *end |= 1 << bucket;
                }
            }
        }
        for (bucket, accepted) in accepted.iter().enumerate() {
            for (table, class) in accepts.iter_mut().zip(accepted) {
                for byte in class.iter().flat_map(ByteClass::bytes) {
                    table.get_mut(usize::from(byte)).into_iter().for_each(|cell| *cell |= 1 << bucket);
                }
            }
        }
        Self { accepts, ends, slots: Rows::new(BUCKETS, slots.iter().copied()) }
    }

    /// The buckets that accept four bytes.
    #[inline]
    pub(super) fn mask(&self, bytes: [u8; WINDOW]) -> Mask {
        let accepts = |table: &Table, byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
        let [first, second, third, fourth] = &self.accepts;
        let [a, b, c, d] = bytes;
        accepts(first, a) & accepts(second, b) & accepts(third, c) & accepts(fourth, d)
    }

    /// The buckets that accept the last bytes of a text, fewer than they look at, and its end.
    pub(super) fn mask_of_end(&self, bytes: &[u8]) -> Mask {
        let at = |(index, (table, end)): (usize, (&Table, &Mask))| match bytes.get(index) {
            Some(&byte) => table.get(usize::from(byte)).copied().unwrap_or(0),
            None => *end,
        };
        self.accepts.iter().zip(&self.ends).enumerate().map(at).fold(Mask::MAX, |all, mask| all & mask)
    }
}

/// The numbers of the bits of a set.
pub(super) struct Lit(pub(super) Mask);

impl Iterator for Lit {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

/// What is told once of a place for all windows.
pub(super) struct Place<'a> {
    pub(super) ahead: &'a [u8],
    /// Its first four bytes, unless the text ends before.
    pub(super) head: Option<u32>,
    /// See [`Self::run`], once it has been told.
    run: Cell<Option<usize>>,
    /// No letter, digit or `_` stands before it.
    pub(super) edge: bool,
    pub(super) open: bool,
}

impl<'a> Place<'a> {
    #[inline]
    pub(super) fn new(text: &'a [u8], at: usize, open: bool) -> Self {
        let ahead = text.get(at..).unwrap_or_default();
        let head = ahead.first_chunk::<WINDOW>().map(|bytes| u32::from_le_bytes(*bytes));
        Self { ahead, head, run: Cell::new(None), edge: at_edge(text, at), open }
    }

    /// How far a word goes on from here; without bound where the text ends first and is open.
    pub(super) fn run(&self) -> usize {
        if let Some(run) = self.run.get() {
            return run;
        }
        let run = self.ahead.iter().take(LONGEST_WINDOW).take_while(|&&byte| in_word(byte)).count();
        let run = if self.open && run == self.ahead.len() { LONGEST_WINDOW } else { run };
        self.run.set(Some(run));
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(bytes: &[u8]) -> ByteClass {
        bytes.iter().copied().collect()
    }

    /// What a slot refuses without a look is what its classes refuse.
    #[test]
    fn a_slot_refuses_nothing_that_its_window_accepts() {
        let heads = [
            [class(b"a"), class(b"Bb"), class(b"0123"), class(b"_")],
            [class(b"Zz"), class(b"@"), class(b"-_"), class(b"Az")],
            [class(b"{["), class(b"AC"), ByteClass::ALL, class(b"[{")],
        ];
        for head in heads {
            let slot = Slot::new(0, 0, &head);
            for (at, class) in head.iter().enumerate() {
                for byte in 0..=u8::MAX {
                    // The other bytes are ones that the window accepts.
                    let mut text = head.map(|class| class.bytes().next().unwrap_or_default());
                    text[at] = byte;
                    let passes = u32::from_le_bytes(text) | slot.fold == slot.value;
                    let exact =
                        matches!(class.bytes().count(), 1) || class.bytes().eq(*b"Bb") || class.bytes().eq(*b"Zz");
                    assert!(passes || !class.contains(byte), "{at} {byte}");
                    assert!(!passes || !exact || class.contains(byte), "{at} {byte}");
                }
            }
        }
    }
}
