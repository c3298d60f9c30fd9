//! What the bytes of a block can be part of.

use crate::scan::kernel::{BLOCK, Lanes, mask};

/// The bytes of a block that are of each class, the first at the lowest bit.
pub struct Classes {
    /// They may begin what is decoded of a JSON string, or what is folded.
    pub coded: u64,
    /// Quotes and backslashes.
    pub stops: u64,
}

impl Classes {
    /// Those of a block.
    #[inline]
    pub fn of(block: &[u8; BLOCK]) -> Self {
        let either = |bytes: &'static [u8]| mask(block, |lanes| any(lanes, bytes));
        let backslashes = either(b"\\");
        Self { coded: backslashes | either(&[b'%', 0xc2, 0xe2, 0xe3, 0xef]), stops: backslashes | either(b"\"") }
    }

    /// The bytes of a block that may begin what some syntax decodes, or what is folded.
    #[inline]
    pub fn coded_anywhere(block: &[u8; BLOCK]) -> u64 {
        mask(block, |lanes| any(lanes, &[b'\\', b'%', b'&', b'+', b'=', b'\r', b'\n', 0xc2, 0xe2, 0xe3, 0xef]))
    }
}

#[inline]
fn any(lanes: Lanes, bytes: &'static [u8]) -> Lanes {
    bytes.iter().skip(1).fold(lanes.eq(bytes.first().copied().unwrap_or_default()), |all, &byte| all.or(lanes.eq(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_of_its_classes() {
        for byte in 0..=u8::MAX {
            let seen = Classes::of(&[byte; BLOCK]);
            let all = |holds: bool| if holds { u64::MAX } else { 0 };
            assert_eq!(seen.stops, all(b"\"\\".contains(&byte)), "{byte}");
            assert_eq!(seen.coded, all(b"\\%\xc2\xe2\xe3\xef".contains(&byte)), "{byte}");
            let anywhere = all(b"\\%&+=\r\n\xc2\xe2\xe3\xef".contains(&byte));
            assert_eq!(Classes::coded_anywhere(&[byte; BLOCK]), anywhere, "{byte}");
        }
    }
}
