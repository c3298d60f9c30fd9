//! Sixteen bytes at once: the one interface to vector instructions.
//!
//! Each kernel is what its target always has (SSE2, NEON) or was built for (simd128), so that nothing is asked at run
//! time and nothing is unsafe; wider ones would save a tenth of a pass that is a tenth of the time.

#[cfg(target_arch = "aarch64")]
mod neon;
pub mod portable;
#[cfg(target_feature = "simd128")]
mod simd128;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(target_arch = "aarch64")]
pub use neon::Lanes;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_feature = "simd128")))]
pub use portable::Lanes;
#[cfg(target_feature = "simd128")]
pub use simd128::Lanes;
#[cfg(target_arch = "x86_64")]
pub use sse2::Lanes;

/// Bytes that masks are made of.
pub const BLOCK: usize = 64;

/// Which bytes of a block are of a class, the first at the lowest bit.
#[inline]
pub fn mask(block: &[u8; BLOCK], class: impl Fn(Lanes) -> Lanes) -> u64 {
    let (lanes, _) = block.as_chunks::<16>();
    lanes.iter().rev().fold(0, |mask, bytes| mask << 16 | u64::from(class(Lanes::load(bytes)).bits()))
}

/// The bits of a set that have `length` less one before them.
#[inline]
pub fn ends_of_runs(bits: u128, length: u32) -> u128 {
    let (mut ends, mut known) = (bits, 1);
    while known < length {
        let more = known.min(length - known);
        ends &= ends << more;
        known += more;
    }
    ends
}

/// Blocks of a text, the last filled up with `fill`.
#[inline]
pub fn blocks(text: &[u8], fill: u8) -> impl Iterator<Item = [u8; BLOCK]> {
    let (whole, rest) = text.as_chunks::<BLOCK>();
    let last = (!rest.is_empty()).then(|| filled(rest, fill));
    whole.iter().copied().chain(last)
}

/// A block that begins with less than one. It is made of words: to copy and to fill so many bytes as are not known before
/// is a call out of the guest, and most headers are that short.
#[inline]
fn filled(rest: &[u8], fill: u8) -> [u8; BLOCK] {
    let (words, last) = rest.as_chunks::<8>();
    let fill = u64::from_le_bytes([fill; 8]);
    let last = last.iter().rev().fold(fill, |word, &byte| word << 8 | u64::from(byte));
    let mut words = words.iter().map(|word| u64::from_le_bytes(*word)).chain([last]);
    let mut block = [0; BLOCK];
    block.as_chunks_mut::<8>().0.iter_mut().for_each(|to| *to = words.next().unwrap_or(fill).to_le_bytes());
    block
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lanes, portable};

    proptest! {
        /// The kernel of this machine says what the portable one says.
        #[test]
        fn a_kernel_is_its_portable_twin(bytes: [u8; 16], byte: u8, first: u8, last: u8, other: [u8; 16]) {
            let (fast, slow) = (Lanes::load(&bytes), portable::Lanes::load(&bytes));
            let (fast_other, slow_other) = (Lanes::load(&other), portable::Lanes::load(&other));
            prop_assert_eq!(fast.bits(), slow.bits());
            for byte in [byte, bytes[0], bytes[15]] {
                prop_assert_eq!(fast.eq(byte).bits(), slow.eq(byte).bits());
                prop_assert_eq!(fast.with(byte).eq(byte).bits(), slow.with(byte).eq(byte).bits());
            }
            let (first, last) = (first.min(last), first.max(last));
            prop_assert_eq!(fast.within(first, last).bits(), slow.within(first, last).bits());
            prop_assert_eq!(fast.or(fast_other).bits(), slow.or(slow_other).bits());
        }
    }

    #[test]
    fn a_run_shows_at_its_last_bit() {
        let ends_of_runs = |bits| super::ends_of_runs(bits, 12);
        assert_eq!(ends_of_runs(0xfff << 60), 1 << 71);
        assert_eq!(ends_of_runs(0x1fff << 60), 3 << 71);
        assert_eq!(ends_of_runs(0x7ff << 60), 0);
        assert_eq!(ends_of_runs(0x7ff_7ff), 0);
        for length in 1..40 {
            assert_eq!(super::ends_of_runs((1 << length) - 1, length), 1 << (length - 1));
        }
    }

    #[test]
    fn a_mask_has_the_first_byte_at_its_lowest_bit() {
        let mut block = [b'.'; 64];
        for at in [0, 15, 16, 63] {
            block[at] = b'x';
        }
        assert_eq!(super::mask(&block, |lanes| lanes.eq(b'x')), 1 | 1 << 15 | 1 << 16 | 1 << 63);
        for len in 0..130 {
            let text: Vec<u8> = (0..len).collect();
            let blocks: Vec<u8> = super::blocks(&text, 0xff).flatten().collect();
            let fill = vec![0xff; text.len().next_multiple_of(64) - text.len()];
            assert_eq!(blocks, [text, fill].concat());
        }
    }
}
