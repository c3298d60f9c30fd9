//! Base58Check: base 58 of a payload and the first four bytes of its double SHA-256, as in Bitcoin addresses, extended
//! keys (BIP 32) and private keys in import format (<https://en.bitcoin.it/wiki/Base58Check_encoding>), and, with the
//! symbols in an order of its own, of the XRP Ledger (<https://xrpl.org/docs/references/protocol/data-types/base58-encodings>).

use sha2::{Digest as _, Sha256};

/// Symbols in the order of their values; 0, O, I and l are left out, since they look like others.
pub(super) type Alphabet = [u8; 58];

/// The order of Bitcoin.
pub(super) const BITCOIN: &Alphabet = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The order of the XRP Ledger.
pub(super) const XRP: &Alphabet = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/// The longest text that is read, in symbols: base 58 takes quadratic time. Extended keys have 111.
const LONGEST: usize = 128;

/// What the longest text decodes to, in bytes: 128 log 58 / log 256 are less than 94, or as many zeros as symbols.
const BYTES: usize = LONGEST;

/// Bytes of the checksum.
const CHECKSUM: usize = 4;

/// Whether `value`, to its last byte, is base 58 of a payload of at least one byte with its checksum.
pub(super) fn holds(alphabet: &Alphabet, value: &[u8]) -> bool {
    let mut buffer = [0; BYTES];
    let Some(bytes) = decode(alphabet, value, &mut buffer) else { return false };
    let Some((payload, checksum)) = bytes.len().checked_sub(CHECKSUM).and_then(|at| bytes.split_at_checked(at)) else {
        return false;
    };
    !payload.is_empty() && Sha256::digest(Sha256::digest(payload)).starts_with(checksum)
}

/// The bytes a text stands for, at the end of `buffer`: one for each leading symbol of value 0, then the number.
fn decode<'a>(alphabet: &Alphabet, value: &[u8], buffer: &'a mut [u8; BYTES]) -> Option<&'a [u8]> {
    if value.len() > LONGEST {
        return None;
    }
    let mut used = 0;
    for &symbol in value {
        let mut carry = alphabet.iter().position(|&known| known == symbol)? as u32;
        for byte in buffer.iter_mut().rev().take(used) {
            carry += u32::from(*byte) * 58;
            *byte = (carry & 0xFF) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            used += 1;
            let first = buffer.len().checked_sub(used)?;
            *buffer.get_mut(first)? = (carry & 0xFF) as u8;
        }
    }
    let zeros = value.iter().take_while(|&symbol| alphabet.first() == Some(symbol)).count();
    buffer.get(buffer.len().checked_sub(used + zeros)?..)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BIP 32 test vector 1 (chain m), BIP 49 test vectors (the address), the address of Bitcoin's first block, and BIP 32
    /// test vector 5 (invalid checksum).
    #[test]
    fn vectors_of_the_proposals() {
        let key = "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8";
        assert!(holds(BITCOIN, key.as_bytes()));
        assert!(holds(BITCOIN, b"2Mww8dCYPUpKHofjgcXcBCEGmniw9CoaiD2"));
        assert!(holds(BITCOIN, b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"));
        let broken = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHL";
        assert!(!holds(BITCOIN, broken.as_bytes()));
    }

    #[test]
    fn leading_ones_are_zero_bytes() {
        // 21 zero bytes, Bitcoin's address of nobody, with its checksum
        assert!(holds(BITCOIN, b"1111111111111111111114oLvT2"));
        assert!(!holds(BITCOIN, b"111111111111111111114oLvT2"));
        assert!(!holds(BITCOIN, b"11111111111111111111114oLvT2"));
    }

    /// The accounts zero and genesis and its seed, which are public (<https://xrpl.org/docs/concepts/accounts/addresses>,
    /// "Special Addresses"), and the seed of sixteen zero bytes.
    #[test]
    fn the_xrp_ledger_has_an_order_of_its_own() {
        for right in [
            "rrrrrrrrrrrrrrrrrrrrrhoLvTp",
            "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
            "snoPBrXtMeMyMHUVTgbuqAfg1SUTb",
            "sp6JS7f14BuwFY8Mw6bTtLKWauoUs",
        ] {
            assert!(holds(XRP, right.as_bytes()), "{right}");
            assert!(!holds(BITCOIN, right.as_bytes()), "{right}");
            assert!(!holds(XRP, &right.as_bytes()[1..]), "{right}");
        }
        assert!(!holds(XRP, b"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi"));
        assert!(!holds(XRP, b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"));
    }

    #[test]
    fn the_orders_have_the_same_symbols() {
        let sorted = |alphabet: &Alphabet| {
            let mut symbols = *alphabet;
            symbols.sort_unstable();
            symbols
        };
        assert_eq!(sorted(BITCOIN), sorted(XRP));
    }

    #[test]
    fn one_changed_symbol_breaks_it() {
        let right = b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
        for at in 0..right.len() {
            for symbol in *BITCOIN {
                let mut other = *right;
                other[at] = symbol;
                assert_eq!(holds(BITCOIN, &other), other == *right);
            }
        }
        for other in ["", "1", "11111", "0OIl", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa "] {
            assert!(!holds(BITCOIN, other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn the_buffer_takes_the_longest_text() {
        let mut buffer = [0; BYTES];
        assert_eq!(decode(BITCOIN, &[b'z'; LONGEST], &mut buffer).map(<[u8]>::len), Some(94));
        assert_eq!(decode(BITCOIN, &[b'1'; LONGEST], &mut [0; BYTES]), Some([0; LONGEST].as_slice()));
        assert_eq!(decode(BITCOIN, &[b'1'; LONGEST + 1], &mut [0; BYTES]), None);
    }
}
