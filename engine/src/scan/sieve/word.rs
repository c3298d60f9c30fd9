//! Where long words begin.

use super::super::finder::at_edge;
use super::super::kernel::{BLOCK, Lanes, ends_of_runs, mask};

/// Words of so many letters, digits, `_` and `-` are long.
pub(super) const LONG: usize = 16;

/// What a byte of a long word is.
#[inline]
pub(super) fn of_word(lanes: Lanes) -> Lanes {
    let letters = lanes.with(0x20).within(b'a', b'z');
    letters.or(lanes.within(b'0', b'9')).or(lanes.eq(b'_')).or(lanes.eq(b'-'))
}

/// The block before, as far as words go on from it.
pub(super) struct Word {
    /// Letters, digits, `_` and `-`.
    bytes: u64,
    /// The same without `-`.
    letters: u64,
}

impl Word {
    /// Before a place.
    pub(super) fn before(text: &[u8], at: usize) -> Self {
        Self { bytes: 0, letters: u64::from(!at_edge(text, at)) << 63 }
    }

    /// Where in a block long words that begin at an edge have their [`LONG`]th byte.
    #[inline]
    pub(super) fn long(&mut self, block: &[u8; BLOCK]) -> u64 {
        let (bytes, dashes) = (mask(block, of_word), mask(block, |lanes| lanes.eq(b'-')));
        let letters = bytes & !dashes;
        let both = |now: u64, before: u64| u128::from(now) << 64 | u128::from(before);
        let all = both(bytes, self.bytes);
        let edges = !(both(letters, self.letters) << 1);
        *self = Self { bytes, letters };
        ((ends_of_runs(all, LONG as u32) & edges << (LONG - 1)) >> 64) as u64
    }
}
