//! NEON, which every 64-bit Arm has.
#![expect(unsafe_code, reason = "each instruction asks for it, though every such processor has it")]

use std::arch::aarch64::{
    uint8x16_t, vaddv_u8, vandq_u8, vceqq_u8, vcleq_u8, vcltzq_s8, vcombine_u8, vcreate_u8, vdupq_n_u8, vget_high_u8,
    vget_low_u8, vorrq_u8, vreinterpretq_s8_u8, vsubq_u8,
};

/// Sixteen bytes; as a truth value, 0xff or 0.
#[derive(Clone, Copy)]
pub struct Lanes(uint8x16_t);

impl Lanes {
    /// These bytes.
    #[inline]
    pub fn load(bytes: &[u8; 16]) -> Self {
        let all = u128::from_le_bytes(*bytes);
        Self(pair(all as u64, (all >> 64) as u64))
    }

    /// Which are this byte.
    #[inline]
    pub fn eq(self, byte: u8) -> Self {
        // SAFETY: every 64-bit Arm has NEON, and no address is given.
        Self(unsafe { vceqq_u8(self.0, vdupq_n_u8(byte)) })
    }

    /// Which lie between two bytes, both included.
    #[inline]
    pub fn within(self, first: u8, last: u8) -> Self {
        // SAFETY: every 64-bit Arm has NEON, and no address is given.
        Self(unsafe { vcleq_u8(vsubq_u8(self.0, vdupq_n_u8(first)), vdupq_n_u8(last.wrapping_sub(first))) })
    }

    /// With these bits set in each.
    #[inline]
    pub fn with(self, bits: u8) -> Self {
        // SAFETY: every 64-bit Arm has NEON, and no address is given.
        Self(unsafe { vorrq_u8(self.0, vdupq_n_u8(bits)) })
    }

    /// The bits of both.
    #[inline]
    pub fn or(self, other: Self) -> Self {
        // SAFETY: every 64-bit Arm has NEON, and no address is given.
        Self(unsafe { vorrq_u8(self.0, other.0) })
    }

    /// The highest bit of each, the first at the lowest.
    #[inline]
    pub fn bits(self) -> u16 {
        // NEON has no such instruction: each byte keeps the bit of its place, and the bytes are added up.
        let places = pair(0x8040_2010_0804_0201, 0x8040_2010_0804_0201);
        // SAFETY: every 64-bit Arm has NEON, and no address is given.
        unsafe {
            let kept = vandq_u8(vcltzq_s8(vreinterpretq_s8_u8(self.0)), places);
            u16::from(vaddv_u8(vget_low_u8(kept))) | u16::from(vaddv_u8(vget_high_u8(kept))) << 8
        }
    }
}

#[inline]
fn pair(low: u64, high: u64) -> uint8x16_t {
    // SAFETY: every 64-bit Arm has NEON, and no address is given.
    unsafe { vcombine_u8(vcreate_u8(low), vcreate_u8(high)) }
}
