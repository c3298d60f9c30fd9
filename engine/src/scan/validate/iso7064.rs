//! The check character systems of ISO/IEC 7064:2003 that numbers of people and accounts use. The check characters are
//! the last of the text; the number comes out at 1.

/// MOD 11-2, a pure system: digits, and `X` for ten as the check character. ORCID, ISNI and the Chinese resident
/// identity number use it.
pub(super) fn mod_11_2(symbols: &[u8]) -> bool {
    let last = symbols.len().saturating_sub(1);
    let sum = symbols.iter().enumerate().try_fold(0, |sum, (at, symbol)| match symbol {
        b'0'..=b'9' => Some((sum * 2 + u32::from(symbol - b'0')) % 11),
        b'X' if at == last => Some((sum * 2 + 10) % 11),
        _ => None,
    });
    symbols.len() > 1 && sum == Some(1)
}

/// MOD 11,10, a hybrid system: digits only. The German tax identification number and the Croatian OIB use it.
pub(super) fn mod_11_10(symbols: &[u8]) -> bool {
    let Some((check, number)) = symbols.split_last() else { return false };
    let carry = number.iter().try_fold(10, |carry, symbol| {
        let digit = symbol.is_ascii_digit().then(|| u32::from(symbol - b'0'))?;
        let sum = match (carry + digit) % 10 {
            0 => 10,
            sum => sum,
        };
        Some(sum * 2 % 11)
    });
    !number.is_empty()
        && check.is_ascii_digit()
        && carry.is_some_and(|carry| (carry + u32::from(check - b'0')) % 10 == 1)
}

/// MOD 97-10, a pure system: digits, and letters as 10 to 35, two check digits. LEI and, turned round, IBAN use it.
pub(super) fn mod_97_10(symbols: impl IntoIterator<Item = u8>) -> bool {
    let sum = symbols.into_iter().try_fold(0, |sum, symbol| match symbol {
        b'0'..=b'9' => Some((sum * 10 + u32::from(symbol - b'0')) % 97),
        b'A'..=b'Z' => Some((sum * 100 + u32::from(symbol - b'A') + 10) % 97),
        _ => None,
    });
    sum == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked examples that go with ISO/IEC 7064: 0794 has the check character 0 under MOD 11-2, 079
    /// has X; under MOD 11,10 0794 has 5; under MOD 97-10 794 has 44.
    #[test]
    fn the_standards_examples_hold() {
        assert!(mod_11_2(b"07940"));
        assert!(mod_11_2(b"079X"));
        assert!(mod_11_10(b"07945"));
        assert!(mod_97_10(*b"79444"));
    }

    #[test]
    fn every_wrong_digit_is_found() {
        for (system, right) in [
            (mod_11_2 as fn(&[u8]) -> bool, "000000021694233X"),
            (mod_11_2, "0000000218250097"),
            (mod_11_10, "33392005961"),
            (|symbols: &[u8]| mod_97_10(symbols.iter().copied()), "5493001KJTIIGC8Y1R12"),
        ] {
            for at in (0..right.len()).filter(|at| right.as_bytes()[*at].is_ascii_digit()) {
                for digit in b'0'..=b'9' {
                    let mut other = right.as_bytes().to_vec();
                    other[at] = digit;
                    assert_eq!(system(&other), other == right.as_bytes(), "{right} {at} {digit}");
                }
            }
        }
    }

    #[test]
    fn other_symbols_are_refused() {
        for other in ["", "1", "X", "0X94", "07 94", "é"] {
            assert!(!mod_11_2(other.as_bytes()), "{other}");
            assert!(!mod_11_10(other.as_bytes()), "{other}");
        }
        assert!(!mod_97_10(*b""));
        assert!(!mod_97_10(*b"lower"));
    }
}
