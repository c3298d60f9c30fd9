//! The Luhn checksum, ISO/IEC 7812-1 annex B.

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

    #[test]
    fn the_standards_example_holds_and_its_neighbours_do_not() {
        assert!(holds(b"4111 1111 1111 1111"));
        assert!(holds(b"79927398713"));
        assert!(!holds(b"79927398710"));
        assert!(!holds(b"0000000000000000"));
        assert!(!holds(b""));
    }
}
