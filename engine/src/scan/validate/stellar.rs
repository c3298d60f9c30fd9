//! Keys of Stellar: base 32 (RFC 4648 clause 6) of a version byte, 32 bytes and their CRC-16, the low byte first
//! (<https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md>). The version byte makes G the first
//! letter of account ids and S that of seeds.
//!
//! The CRC is the one called XMODEM (<https://reveng.sourceforge.io/crc-catalogue/16.htm#crc.cat.crc-16-xmodem>).

/// The symbols in the order of their values.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Symbols of a key; eight of them are five bytes.
const SYMBOLS: usize = 56;

/// Bytes of a key.
const BYTES: usize = SYMBOLS * 5 / 8;

/// Whether `value` is a key with its checksum.
pub(super) fn holds(value: &[u8]) -> bool {
    let bytes = decode(value);
    let parts = bytes.as_ref().and_then(|bytes| bytes.split_last_chunk());
    parts.is_some_and(|(key, checksum)| crc16(key) == u16::from_le_bytes(*checksum))
}

/// The bytes a text of the length of a key stands for.
fn decode(value: &[u8]) -> Option<[u8; BYTES]> {
    if value.len() != SYMBOLS {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (group, symbols) in bytes.chunks_mut(5).zip(value.chunks(8)) {
        let bits = symbols.iter().try_fold(0_u64, |bits, symbol| {
            let digit = ALPHABET.iter().position(|known| known == symbol)?;
            Some((bits << 5) | digit as u64)
        })?;
        for (slot, byte) in group.iter_mut().rev().zip(bits.to_le_bytes()) {
            *slot = byte;
        }
    }
    Some(bytes)
}

/// The CRC-16 of a text; the polynomial is 0x1021.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| (crc << 1) ^ (0x1021 & (crc >> 15).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalogue of parametrised CRC algorithms, CRC-16/XMODEM: `check=0x31c3`.
    #[test]
    fn the_check_value_of_the_catalogue_holds() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    /// SEP 23, "Valid test cases", and the keys of 32 bytes of 1.
    #[test]
    fn published_keys_hold() {
        for right in [
            "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ",
            "GAAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQDZ7H",
            "SAAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQC5MY",
        ] {
            assert!(holds(right.as_bytes()), "{right}");
            assert!(!holds(right.to_lowercase().as_bytes()), "{right}");
            assert!(!holds(&right.as_bytes()[1..]), "{right}");
            assert!(!holds(format!("{right}A").as_bytes()), "{right}");
        }
        assert!(!holds(&[b'A'; 48]));
        assert!(!holds(b"GAAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQDZ70"));
    }

    #[test]
    fn one_changed_symbol_breaks_it() {
        let right = b"SAAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQC5MY";
        for at in 0..right.len() {
            for symbol in *ALPHABET {
                let mut other = *right;
                other[at] = symbol;
                assert_eq!(holds(&other), other == *right);
            }
        }
    }
}
