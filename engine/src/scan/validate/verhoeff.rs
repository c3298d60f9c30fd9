//! The Verhoeff checksum: J. Verhoeff, Error Detecting Decimal Codes, Mathematical Centre Tracts 29 (1969). It works in
//! the dihedral group of a pentagon and finds every wrong digit and every swap of neighbours.

use super::digits;

/// The permutation of a digit that stands one place further to the left.
const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// Whether the last digit of `value` is the check digit of those before it; fewer than two digits carry none.
pub(super) fn holds(value: &[u8]) -> bool {
    product(digits(value)) == 0 && digits(value).nth(1).is_some()
}

/// The product of digits in the group, each permuted by its place from the right: 0 if the last is the check digit.
pub(super) fn product(digits: impl DoubleEndedIterator<Item = u8>) -> u8 {
    digits.rev().enumerate().fold(0, |product, (place, digit)| {
        let permuted = (0..place % 8).fold(digit, |digit, _| permute(digit));
        multiply(product, permuted)
    })
}

fn permute(digit: u8) -> u8 {
    PERMUTATION.get(usize::from(digit)).copied().unwrap_or(digit)
}

/// The product in the dihedral group of order ten: 0 to 4 are turns of the pentagon, 5 to 9 turns of its mirror image.
fn multiply(left: u8, right: u8) -> u8 {
    let turn = if left < 5 { left + right % 5 } else { left % 5 + 5 - right % 5 } % 5;
    if (left < 5) == (right < 5) { turn } else { turn + 5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2363 is the worked example that is told with the scheme everywhere; 2341 2341 2346 is UIDAI's sample number.
    #[test]
    fn published_numbers_hold() {
        assert!(holds(b"2363"));
        assert!(holds(b"2341 2341 2346"));
        assert!(holds(b"12340"));
        assert!(!holds(b"0"));
        assert!(!holds(b""));
    }

    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbours_is_found() {
        let right = b"234123412346";
        for at in 0..right.len() {
            for digit in b'0'..=b'9' {
                let mut other = *right;
                other[at] = digit;
                assert_eq!(holds(&other), other == *right, "{at} {digit}");
            }
            let mut swapped = *right;
            swapped.swap(at, (at + 1) % right.len());
            assert!(at + 1 == right.len() || swapped == *right || !holds(&swapped), "{at}");
        }
    }

    #[test]
    fn the_group_is_that_of_the_pentagon() {
        for a in 0..10 {
            assert_eq!((multiply(a, 0), multiply(0, a)), (a, a));
            assert_eq!((0..10).filter(|b| multiply(a, *b) == 0).count(), 1);
            for b in 0..10 {
                for c in 0..10 {
                    assert_eq!(multiply(multiply(a, b), c), multiply(a, multiply(b, c)));
                }
            }
        }
        assert_eq!((multiply(1, 5), multiply(5, 1), multiply(7, 6)), (6, 9, 1));
    }
}
