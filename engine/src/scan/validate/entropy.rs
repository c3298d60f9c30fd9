//! Shannon entropy of a text's bytes, in whole numbers only: the same everywhere, native and in WebAssembly.
//!
//! C. E. Shannon, A Mathematical Theory of Communication (1948), section 6: `H = -Σ p log2 p` over the shares `p` of the
//! byte values. With `n` bytes of which a value takes `c`, `n H = n log2 n - Σ c log2 c`.

/// Fractional bits of a logarithm.
const FRACTION: u32 = 32;

/// Counts up to here have their logarithm from a table.
const SMALL: usize = 256;

/// `log2(n)` of every small `n`; 0 stands for `log2(0)`.
static LOGARITHMS: [u64; SMALL + 1] = logarithms();

/// Thousandths of a bit per byte, rounded down; 0 for an empty text. Before it is rounded the result is less than 2^-29
/// bits off, so that it differs from the exact one by a thousandth at most, and only next to a whole thousandth.
pub(super) fn millibits(text: &[u8]) -> u64 {
    let mut counts = [0_u64; 256];
    for &byte in text {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = text.len() as u64;
    let sum = |count: u64| u128::from(count) * u128::from(log2(count));
    let shares: u128 = counts.iter().map(|&count| sum(count)).sum();
    let bits = sum(total).saturating_sub(shares);
    let thousandths = (bits * 1000).checked_div(u128::from(total) << FRACTION).unwrap_or(0);
    u64::try_from(thousandths).unwrap_or(u64::MAX)
}

fn log2(number: u64) -> u64 {
    let small = usize::try_from(number).ok().and_then(|at| LOGARITHMS.get(at).copied());
    small.unwrap_or_else(|| logarithm(number))
}

/// `log2(number)` in units of 2^-32, less than 2^-30 too small; exact for powers of two, 0 for 0.
///
/// Squaring a mantissa doubles its logarithm, so each squaring brings out one more bit. The mantissa has 63 fractional
/// bits; what 32 squarings round away adds up to less than 2^-30.
const fn logarithm(number: u64) -> u64 {
    if number == 0 {
        return 0;
    }
    let whole = number.ilog2();
    let mut mantissa = (number as u128) << (63 - whole);
    let mut result = whole as u64;
    let mut bit = 0;
    while bit < FRACTION {
        mantissa = (mantissa * mantissa) >> 63;
        let carry = mantissa >> 64;
        mantissa >>= carry;
        result = (result << 1) | carry as u64;
        bit += 1;
    }
    result
}

#[expect(clippy::indexing_slicing, reason = "evaluated when compiled, where it would not compile")]
const fn logarithms() -> [u64; SMALL + 1] {
    let mut table = [0; SMALL + 1];
    let mut number = 1;
    while number <= SMALL {
        table[number] = logarithm(number as u64);
        number += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::tests::Random;
    use super::*;

    #[test]
    fn equal_shares_give_whole_bits() {
        assert_eq!(millibits(b""), 0);
        assert_eq!(millibits(b"aaaa"), 0);
        assert_eq!(millibits(b"abab"), 1000);
        assert_eq!(millibits(b"abcdefgh"), 3000);
        assert_eq!(millibits(b"aaabbbcccddd"), 2000);
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(millibits(&all.repeat(300)), 8000);
    }

    /// The example of section 10 of Shannon's paper: letters of shares 1/2, 1/4, 1/8, 1/8 have 7/4 bits each.
    #[test]
    fn shannons_example_has_seven_quarters() {
        assert_eq!(millibits(b"AAAABBCD"), 1750);
    }

    #[test]
    fn logarithms_are_within_their_bound_of_floating_point() {
        for number in (1..=100_000_u64).chain((17..64).map(|bit| (1 << bit) + 12_345)) {
            let exact = (number as f64).log2();
            let fixed = logarithm(number) as f64 / 2_f64.powi(32);
            let bound = 2_f64.powi(-30) + exact * f64::EPSILON;
            assert!(fixed <= exact + exact * f64::EPSILON && exact - fixed < bound, "{number}: {fixed} {exact}");
        }
    }

    #[test]
    fn entropy_is_within_a_thousandth_of_floating_point() {
        let mut random = Random::new(7);
        for round in 0..5_000 {
            let alphabet = 1 + random.below(256);
            let text: Vec<u8> = (0..random.below(600) + 1).map(|_| random.below(alphabet) as u8).collect();
            let mut counts = [0_u32; 256];
            text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
            let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / text.len() as f64);
            let exact = 1000.0 * shares.map(|share| -share * share.log2()).sum::<f64>();
            let fixed = millibits(&text) as f64;
            assert!(fixed <= exact + 1e-6 && exact - fixed < 1.000_01, "{round}: {fixed} {exact}");
        }
    }
}
