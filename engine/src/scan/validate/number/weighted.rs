//! A number whose check symbol a policy describes itself: the families of weighted sums, mod 11 and others, as data.

use super::check;
use super::form::{self, BASE_36};

/// The symbols, each times its weight, are added up and divided by the length of `symbols`: the remainder is the place in
/// `symbols` of the check symbol, which is the last of the number.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    /// By place, from the left; the number has one symbol more. At most 31 count.
    pub weights: Vec<i16>,
    /// The check symbol for each remainder, `-` where numbers are not issued. Letters are upper-case.
    pub symbols: String,
}

impl Weighted {
    /// The most weights of a number.
    pub const MOST: usize = form::MOST - 1;

    /// Whether `value`, separators aside, has this check symbol at its end.
    pub(in crate::scan::validate) fn holds(&self, value: &[u8]) -> bool {
        let Some(symbols) = form::read(value) else { return false };
        let symbols = symbols.as_slice();
        symbols.len() == self.weights.len() + 1
            && check::symbol(symbols, &[BASE_36], &self.weights, self.symbols.as_bytes(), self.weights.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(weights: &[i16], symbols: &str) -> Weighted {
        Weighted { weights: weights.to_vec(), symbols: symbols.into() }
    }

    /// The same published numbers as of the schemes by name: ISBN, UK NHS, Dutch BSN, Spanish DNI.
    #[test]
    fn families_are_spelled_by_weights_and_symbols() {
        for (weights, symbols, right, wrong) in [
            (&[10, 9, 8, 7, 6, 5, 4, 3, 2][..], "0X987654321", "0-8044-2957-X", "0-8044-2957-0"),
            (&[10, 9, 8, 7, 6, 5, 4, 3, 2], "0-987654321", "943 476 5919", "943 476 5918"),
            (&[9, 8, 7, 6, 5, 4, 3, 2], "0123456789-", "111222333", "111222334"),
            (&[14, 6, 19, 18, 11, 8, 10, 1], "TRWAGMYFPDXBNJZSQVHLCKE", "54362315k", "54362315Z"),
        ] {
            let scheme = of(weights, symbols);
            assert!(scheme.holds(right.as_bytes()), "{right}");
            assert!(!scheme.holds(wrong.as_bytes()), "{wrong}");
            assert!(!scheme.holds(&right.as_bytes()[1..]), "{right}");
            assert!(!scheme.holds(format!("{right}0").as_bytes()), "{right}");
        }
    }

    #[test]
    fn any_settings_are_answered() {
        for scheme in
            [of(&[], ""), of(&[], "0"), of(&[1; 40], "0"), of(&[i16::MIN; 31], "é"), of(&[i16::MAX; 31], "01")]
        {
            for value in ["", "0", "é", &"Z".repeat(32), &"0".repeat(41)] {
                let _ = scheme.holds(value.as_bytes());
            }
        }
        assert!(!of(&[1], "0-").holds(b"1-"));
    }
}
