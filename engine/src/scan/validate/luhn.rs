//! The Luhn checksum: ISO/IEC 7812-1 annex B, "Luhn formula for computing modulus 10 double-add-double check digits".

use super::digits;

/// Whether the digits of `value` carry a right check digit; no digits, or nothing but zeros, carry none.
pub(super) fn holds(value: &[u8]) -> bool {
    let mut sum = 0_u32;
    let mut any = false;
    for (place, digit) in digits(value).rev().enumerate() {
        any |= digit != 0;
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum += u32::from(if doubled > 9 { doubled - 9 } else { doubled });
    }
    any && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::holds;

    /// 4992 73 9871-6 is the number of the widespread worked example, 7992739871-3 that of others; the card numbers are
    /// those that the networks publish for tests.
    #[test]
    fn published_numbers_hold_and_their_neighbours_do_not() {
        assert!(holds(b"4111 1111 1111 1111"));
        assert!(holds(b"378282246310005"));
        assert!(holds(b"49927398716"));
        assert!(holds(b"79927398713"));
        assert!(!holds(b"79927398710"));
        assert!(!holds(b"0000000000000000"));
        assert!(!holds(b""));
    }

    #[test]
    fn every_wrong_digit_is_found() {
        let right = b"79927398713";
        for at in 0..right.len() {
            for digit in b'0'..=b'9' {
                let mut other = *right;
                other[at] = digit;
                assert_eq!(holds(&other), other == *right, "{at} {digit}");
            }
        }
    }
}
