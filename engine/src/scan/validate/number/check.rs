//! The ways in which check symbols come about.

use super::form::Values;
use crate::scan::validate::{iso7064, verhoeff};

/// What stands in a table of check symbols for a remainder that is never issued.
const NEVER: u8 = b'-';

/// One check.
pub(super) enum Check {
    /// The values of the symbols, each times its weight, added up and divided by the length of `table`: the remainder is
    /// the place in `table` of the symbol at `at`. A weight of 0 leaves a symbol unread.
    Symbol {
        /// By place, from the left; places beyond have none.
        weights: &'static [i16],
        /// The check symbol for each remainder, `-` where numbers are not issued.
        table: &'static [u8],
        /// Where the check symbol stands.
        at: usize,
    },
    /// The weighted sum leaves this remainder, check digits included.
    Sum {
        /// By place, from the left; places beyond have none.
        weights: &'static [i16],
        /// What the sum is divided by.
        modulus: i32,
        /// What is left.
        remainder: i32,
    },
    /// ISO/IEC 7064 MOD 11-2.
    Mod11Radix2,
    /// ISO/IEC 7064 MOD 11,10.
    Mod11Hybrid10,
    /// ISO/IEC 7064 MOD 97-10.
    Mod97Radix10,
    /// The digit at `at` is Verhoeff's check digit of the first ones.
    Verhoeff {
        /// How many come first.
        of: usize,
        /// Where the check digit stands.
        at: usize,
    },
    /// Not the same symbol all over.
    Varied,
    /// Of the first ten digits, one stands there twice or thrice and the others once at most.
    OneRepeated,
}

impl Check {
    /// Whether the symbols pass it, counted by `values`.
    pub(super) fn holds(&self, symbols: &[u8], values: &[Values]) -> bool {
        match *self {
            Self::Symbol { weights, table, at } => symbol(symbols, values, weights, table, at),
            Self::Sum { weights, modulus, remainder } => {
                sum(symbols, values, weights).and_then(|sum| sum.checked_rem_euclid(modulus)) == Some(remainder)
            }
            Self::Mod11Radix2 => iso7064::mod_11_2(symbols),
            Self::Mod11Hybrid10 => iso7064::mod_11_10(symbols),
            Self::Mod97Radix10 => iso7064::mod_97_10(symbols.iter().copied()),
            Self::Verhoeff { of, at } => symbols.get(..of).zip(symbols.get(at)).is_some_and(|(number, check)| {
                symbols.iter().all(u8::is_ascii_digit)
                    && verhoeff::product(number.iter().chain([check]).map(|digit| digit - b'0')) == 0
            }),
            Self::Varied => symbols.iter().any(|symbol| symbols.first() != Some(symbol)),
            Self::OneRepeated => {
                let first = symbols.get(..10).unwrap_or_default();
                let counts = (b'0'..=b'9').map(|digit| first.iter().filter(|symbol| **symbol == digit).count());
                let repeated = counts.filter(|count| *count > 1);
                repeated.clone().count() == 1 && repeated.sum::<usize>() <= 3
            }
        }
    }
}

/// Whether the symbol at `at` is the one of `table` that the weighted sum leaves.
pub(super) fn symbol(symbols: &[u8], values: &[Values], weights: &[i16], table: &[u8], at: usize) -> bool {
    let check = sum(symbols, values, weights)
        .zip(i32::try_from(table.len()).ok())
        .and_then(|(sum, modulus)| sum.checked_rem_euclid(modulus))
        .and_then(|remainder| table.get(usize::try_from(remainder).ok()?));
    check.is_some_and(|check| *check != NEVER && symbols.get(at) == Some(check))
}

/// The weighted sum; `None` if a symbol that counts has no value.
fn sum(symbols: &[u8], values: &[Values], weights: &[i16]) -> Option<i32> {
    let counted = symbols.iter().zip(values.iter().cycle()).zip(weights).filter(|(_, weight)| **weight != 0);
    counted.map(|((symbol, values), weight)| Some(i32::from(value(*symbol, values)?) * i32::from(*weight))).sum()
}

fn value(symbol: u8, values: Values) -> Option<i16> {
    values.iter().find_map(|(first, run)| run.get(usize::from(symbol.checked_sub(*first)?)).copied())
}
