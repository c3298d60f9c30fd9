//! Grams: four symbols in a row, of which each pattern offers the ones that traffic shows least (`compile::gram`).
//!
//! A symbol is a byte as far as the sieve tells bytes apart: letters without their case, any digit, any byte beyond
//! ASCII.

use super::class::ByteClass;

/// Symbols of a gram.
pub const GRAM: usize = 4;

/// What stands for every byte beyond ASCII, and behind the end of a text.
pub const BEYOND: u8 = 0x80;

/// Grams that one pattern may take: each takes one of the sieve's places, and lights others by chance.
pub const MOST: usize = 4096;

/// What a byte counts as.
#[inline]
pub fn symbol(byte: u8) -> u8 {
    if byte.wrapping_sub(b'0') < 10 { b'0' } else { (byte | 0x20).min(BEYOND) }
}

/// What the sieve knows of a class.
pub struct Kind {
    /// Its symbols in ascending order.
    symbols: Vec<u8>,
    /// Its first byte.
    pub first: u8,
    /// Bits that its bytes differ in.
    pub differ: u8,
    /// How many bytes it has.
    pub count: usize,
}

impl Kind {
    /// Of a class.
    pub fn of(class: &ByteClass) -> Self {
        let bytes: Vec<u8> = class.bytes().collect();
        let mut symbols: Vec<u8> = bytes.iter().copied().map(symbol).collect();
        symbols.sort_unstable();
        symbols.dedup();
        let first = bytes.first().copied().unwrap_or(BEYOND);
        let differ = bytes.iter().fold(0, |differ, byte| differ | byte ^ first);
        Self { symbols, first, differ, count: bytes.len() }
    }

    /// The symbols of its bytes.
    pub fn symbols(&self) -> &[u8] {
        &self.symbols
    }
}

/// The grams of a pattern at a place of it, the first symbol of each in the lowest byte; `any` stands behind its end.
/// `None` where they are more than [`MOST`].
pub fn grams(pattern: &[&Kind], any: &Kind, at: usize) -> Option<Vec<u32>> {
    let symbols: [&[u8]; GRAM] = std::array::from_fn(|next| pattern.get(at + next).map_or(any, |kind| *kind).symbols());
    let count = symbols.iter().try_fold(1_usize, |count, symbols| count.checked_mul(symbols.len()))?;
    if count > MOST {
        return None;
    }
    let [first, second, third, fourth] = symbols;
    let mut grams = Vec::with_capacity(count);
    for a in first {
        for b in second {
            for c in third {
                grams.extend(fourth.iter().map(|d| u32::from_le_bytes([*a, *b, *c, *d])));
            }
        }
    }
    Some(grams)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_the_symbol_of_its_kind() {
        assert_eq!([b'7', b'Q', b'q', b'_', b'\n', 0xe4].map(symbol), [b'0', b'q', b'q', 0x7f, b'*', BEYOND]);
    }

    #[test]
    fn all_mixtures_of_symbols_are_grams() {
        let kinds = ["ab", "7", "xyZ", "_"].map(|text| Kind::of(&text.bytes().collect()));
        let kinds: Vec<&Kind> = kinds.iter().collect();
        let any = Kind::of(&ByteClass::ALL);
        let mut found = grams(&kinds, &any, 0).unwrap();
        found.sort_unstable();
        let texts = ["a0x\x7f", "b0x\x7f", "a0y\x7f", "b0y\x7f", "a0z\x7f", "b0z\x7f"];
        let mut all: Vec<u32> =
            texts.iter().map(|text| u32::from_le_bytes(*text.as_bytes().first_chunk().unwrap())).collect();
        all.sort_unstable();
        assert_eq!(found, all);
        assert!(grams(&kinds, &any, 1).is_some_and(|found| found.len() == 3 * any.symbols().len()));
        assert!(grams(&kinds, &any, 2).is_none() && grams(&kinds, &any, 9).is_none());
    }
}
