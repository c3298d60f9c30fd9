//! SSE2, which every x86-64 has.
#![expect(unsafe_code, reason = "each instruction asks for it, though every such processor has it")]

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8, _mm_sub_epi8,
};

/// Sixteen bytes; as a truth value, 0xff or 0.
#[derive(Clone, Copy)]
pub struct Lanes(__m128i);

impl Lanes {
    /// These bytes.
    #[inline]
    pub fn load(bytes: &[u8; 16]) -> Self {
        let all = u128::from_le_bytes(*bytes);
        // SAFETY: every x86-64 has SSE2, and no address is given.
        Self(unsafe { _mm_set_epi64x((all >> 64) as i64, all as i64) })
    }

    /// Which are this byte.
    #[inline]
    pub fn eq(self, byte: u8) -> Self {
        // SAFETY: every x86-64 has SSE2, and no address is given.
        Self(unsafe { _mm_cmpeq_epi8(self.0, all(byte)) })
    }

    /// Which lie between two bytes, both included.
    #[inline]
    pub fn within(self, first: u8, last: u8) -> Self {
        // The instructions compare signed bytes only; the lesser of two unsigned ones there is.
        // SAFETY: every x86-64 has SSE2, and no address is given.
        let above = unsafe { _mm_sub_epi8(self.0, all(first)) };
        // SAFETY: every x86-64 has SSE2, and no address is given.
        Self(unsafe { _mm_cmpeq_epi8(_mm_min_epu8(above, all(last.wrapping_sub(first))), above) })
    }

    /// With these bits set in each.
    #[inline]
    pub fn with(self, bits: u8) -> Self {
        // SAFETY: every x86-64 has SSE2, and no address is given.
        Self(unsafe { _mm_or_si128(self.0, all(bits)) })
    }

    /// The bits of both.
    #[inline]
    pub fn or(self, other: Self) -> Self {
        // SAFETY: every x86-64 has SSE2, and no address is given.
        Self(unsafe { _mm_or_si128(self.0, other.0) })
    }

    /// The highest bit of each, the first at the lowest.
    #[inline]
    pub fn bits(self) -> u16 {
        // SAFETY: every x86-64 has SSE2, and no address is given.
        let bits = unsafe { _mm_movemask_epi8(self.0) };
        bits as u16
    }
}

#[inline]
fn all(byte: u8) -> __m128i {
    // SAFETY: every x86-64 has SSE2, and no address is given.
    unsafe { _mm_set1_epi8(byte as i8) }
}
