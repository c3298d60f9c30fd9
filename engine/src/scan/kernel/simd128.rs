//! WebAssembly's simd128, which the filter is built for.

use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_le, u8x16_splat, u8x16_sub, u64x2, v128, v128_or};

/// Sixteen bytes; as a truth value, 0xff or 0.
#[derive(Clone, Copy)]
pub struct Lanes(v128);

impl Lanes {
    /// These bytes.
    #[inline]
    pub fn load(bytes: &[u8; 16]) -> Self {
        let all = u128::from_le_bytes(*bytes);
        Self(u64x2(all as u64, (all >> 64) as u64))
    }

    /// Which are this byte.
    #[inline]
    pub fn eq(self, byte: u8) -> Self {
        Self(u8x16_eq(self.0, u8x16_splat(byte)))
    }

    /// Which lie between two bytes, both included.
    #[inline]
    pub fn within(self, first: u8, last: u8) -> Self {
        Self(u8x16_le(u8x16_sub(self.0, u8x16_splat(first)), u8x16_splat(last.wrapping_sub(first))))
    }

    /// With these bits set in each.
    #[inline]
    pub fn with(self, bits: u8) -> Self {
        Self(v128_or(self.0, u8x16_splat(bits)))
    }

    /// The bits of both.
    #[inline]
    pub fn or(self, other: Self) -> Self {
        Self(v128_or(self.0, other.0))
    }

    /// The highest bit of each, the first at the lowest.
    #[inline]
    pub fn bits(self) -> u16 {
        u8x16_bitmask(self.0)
    }
}
