//! One form of a number: how many symbols, what they count, which fields lie in which ranges, which checks must hold.

use std::ops::RangeInclusive;

use super::check::Check;

/// The most symbols that are read: longer texts are no number of any scheme.
pub(super) const MOST: usize = 32;

/// One form of a number.
pub struct Form {
    /// How many symbols, separators aside.
    pub(super) length: RangeInclusive<usize>,
    /// What the symbols count; the tables take turns, one a place.
    pub(super) values: &'static [Values],
    /// Fields, and what they may be.
    pub(super) fields: &'static [Field],
    /// All of these must hold.
    pub(super) checks: &'static [Check],
}

/// What symbols count: runs of symbols that follow each other in ASCII, each with its values.
pub(super) type Values = &'static [(u8, &'static [i16])];

/// Digits as themselves.
pub(super) const DIGITS: Values = &[(b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])];

/// Digits doubled, and the digits of the double added up: Luhn's.
pub(super) const DOUBLED: Values = &[(b'0', &[0, 2, 4, 6, 8, 1, 3, 5, 7, 9])];

/// Digits as themselves, letters as 10 to 35.
pub(super) const BASE_36: Values = &[
    (b'0', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (b'A', &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35]),
];

/// The letter N with a tilde as a symbol: one byte, as in ISO/IEC 8859-1, where UTF-8 has two.
pub(super) const N_TILDE: u8 = 0xD1;

/// A form of ten digits; tables write what differs.
pub(super) const FORM: Form = Form { length: 10..=10, values: &[DIGITS], fields: &[], checks: &[] };

/// A part of the number.
pub(super) struct Field {
    /// Index of its first symbol.
    pub(super) at: usize,
    /// What may stand there.
    pub(super) is: Is,
}

/// What may stand in a field.
pub(super) enum Is {
    /// One of these symbols.
    OneOf(&'static [u8]),
    /// A decimal number of so many digits within one of the ranges.
    Within(usize, &'static [RangeInclusive<u32>]),
}

/// The symbols of a number: upper-case, separators left out.
pub(super) struct Symbols {
    bytes: [u8; MOST],
    length: usize,
}

impl Symbols {
    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The symbols of a text without spaces, `-`, `.`, `/` and brackets; `None` if there are too many.
pub(super) fn read(value: &[u8]) -> Option<Symbols> {
    let mut symbols = Symbols { bytes: [0; MOST], length: 0 };
    let mut rest = value;
    while let Some((symbol, behind)) = first(rest) {
        rest = behind;
        if !matches!(symbol, b' ' | b'-' | b'.' | b'/' | b'(' | b')') {
            *symbols.bytes.get_mut(symbols.length)? = symbol;
            symbols.length += 1;
        }
    }
    Some(symbols)
}

/// The first symbol of a text, and what stands behind it.
fn first(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        // N with a tilde in UTF-8, of either case.
        [0xC3, 0x91 | 0xB1, behind @ ..] => Some((N_TILDE, behind)),
        [byte, behind @ ..] => Some((byte.to_ascii_uppercase(), behind)),
        [] => None,
    }
}

impl Form {
    /// Whether these symbols are a number of this form.
    pub(super) fn fits(&self, symbols: &[u8]) -> bool {
        self.length.contains(&symbols.len())
            && self.fields.iter().all(|field| field.fits(symbols))
            && self.checks.iter().all(|check| check.holds(symbols, self.values))
    }
}

impl Field {
    fn fits(&self, symbols: &[u8]) -> bool {
        match self.is {
            Is::OneOf(known) => symbols.get(self.at).is_some_and(|symbol| known.contains(symbol)),
            Is::Within(digits, ranges) => {
                let text = symbols.get(self.at..).and_then(|rest| rest.get(..digits)).unwrap_or_default();
                let number = text.iter().try_fold(0, |number, symbol| {
                    symbol.is_ascii_digit().then(|| number * 10 + u32::from(symbol - b'0'))
                });
                number.is_some_and(|number| ranges.iter().any(|range| range.contains(&number)))
            }
        }
    }
}
