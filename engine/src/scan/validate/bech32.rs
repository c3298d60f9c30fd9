//! Bech32 (BIP 173) and Bech32m (BIP 350): a human-readable part, `1`, data in base 32 and a checksum of six symbols. age
//! keys, Nostr keys and witness addresses are written so.

/// The symbols in the order of their values.
const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The longest text, in bytes.
const LONGEST: usize = 90;

/// Symbols of the checksum.
const CHECKSUM: usize = 6;

/// Which constant the checksum comes out at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// BIP 173.
    Bech32,
    /// BIP 350.
    Bech32m,
}

/// A text that was taken apart; its checksum is right.
pub(super) struct Parts {
    variant: Variant,
    data: [u8; LONGEST],
    length: usize,
}

impl Parts {
    /// Which of the two it is.
    pub(super) fn variant(&self) -> Variant {
        self.variant
    }

    /// The data's values, each below 32, without the checksum.
    pub(super) fn data(&self) -> &[u8] {
        self.data.get(..self.length).unwrap_or_default()
    }
}

/// Whether `value`, to its last byte, is of this variant.
pub(super) fn holds(variant: Variant, value: &[u8]) -> bool {
    parts(value).is_some_and(|parts| parts.variant == variant)
}

/// Takes a text apart; `None` if it is neither.
pub(super) fn parts(value: &[u8]) -> Option<Parts> {
    let printable = value.iter().all(|byte| (33..=126).contains(byte));
    let mixed = value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    if value.len() > LONGEST || !printable || mixed {
        return None;
    }
    let separator = value.iter().rposition(|&byte| byte == b'1').filter(|&at| at > 0)?;
    let (name, symbols) = (value.get(..separator)?, value.get(separator + 1..)?);
    let length = symbols.len().checked_sub(CHECKSUM)?;
    let name = || name.iter().map(u8::to_ascii_lowercase);
    let mut sum = name().map(|byte| byte >> 5).chain([0]).chain(name().map(|byte| byte & 31)).fold(1, step);
    let mut data = [0; LONGEST];
    for (slot, symbol) in data.iter_mut().zip(symbols) {
        *slot = ALPHABET.iter().position(|known| *known == symbol.to_ascii_lowercase())? as u8;
        sum = step(sum, *slot);
    }
    let variant = match sum {
        1 => Variant::Bech32,
        0x2BC8_30A3 => Variant::Bech32m,
        _ => return None,
    };
    Some(Parts { variant, data, length })
}

/// One value more in the remainder of the BCH code.
fn step(sum: u32, value: u8) -> u32 {
    const GENERATORS: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    let top = sum >> 25;
    let shifted = ((sum & 0x01FF_FFFF) << 5) ^ u32::from(value);
    let taken = GENERATORS.iter().enumerate().filter(|(bit, _)| (top >> bit) & 1 == 1);
    taken.fold(shifted, |sum, (_, generator)| sum ^ generator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BIP 173, "Test vectors": valid and invalid Bech32.
    #[test]
    fn vectors_of_bip_173() {
        for valid in [
            "A12UEL5L",
            "a12uel5l",
            "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            "?1ezyfcl",
        ] {
            assert!(holds(Variant::Bech32, valid.as_bytes()), "{valid}");
            assert!(!holds(Variant::Bech32m, valid.as_bytes()), "{valid}");
        }
        for invalid in [
            b"\x201nwldj5".as_slice(),
            b"\x7f1axkwrx",
            b"\x801eym55h",
            b"an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx",
            b"pzry9x0s0muk",
            b"1pzry9x0s0muk",
            b"x1b4n0q5v",
            b"li1dgmt3",
            b"de1lg7wt\xff",
            b"A1G7SGD8",
            b"10a06t8",
            b"1qzzfhee",
        ] {
            assert!(parts(invalid).is_none(), "{invalid:?}");
        }
    }

    /// BIP 350, "Test vectors for Bech32m".
    #[test]
    fn vectors_of_bip_350() {
        for valid in [
            "A1LQFN3A",
            "a1lqfn3a",
            "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
            "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
            "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
            "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
            "?1v759aa",
        ] {
            assert!(holds(Variant::Bech32m, valid.as_bytes()), "{valid}");
            assert!(!holds(Variant::Bech32, valid.as_bytes()), "{valid}");
        }
        for invalid in [
            b"\x201xj0phk".as_slice(),
            b"\x7f1g6xzxy",
            b"\x801vctc34",
            b"an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
            b"qyrz8wqd2c9m",
            b"1qyrz8wqd2c9m",
            b"y1b0jsk6g",
            b"lt1igcx5c0",
            b"in1muywd",
            b"mm1crxm3i",
            b"au1s5cgom",
            b"M1VUXWEZ",
            b"16plkw9",
            b"1p2gdwpf",
        ] {
            assert!(parts(invalid).is_none(), "{invalid:?}");
        }
    }

    #[test]
    fn mixed_case_is_refused() {
        assert!(parts(b"a12UEL5L").is_none());
        assert!(parts(b"").is_none());
        assert!(parts(b"1").is_none());
    }
}
