//! The sieve: one pass over a text for everything that is looked for, patterns and words by the thousand.
//!
//! Each offers grams ([`super::gram`]), and at every place of a text one bit of a small table says whether the gram that
//! stands there is one of them. Where it is, the patterns that offer it are compared, eight bytes at once. Patterns of
//! long words are looked for where long words begin, and a few at a byte that is seldom.

mod lists;
#[cfg(test)]
mod tests;
mod word;

use std::rc::Rc;

use self::lists::{Lists, Offered, Shape};
use self::word::{LONG, Word};
use super::gram::{BEYOND, GRAM, symbol};
use super::kernel::{BLOCK, blocks, mask};
use super::patterns::{Pattern, Patterns};
use super::rows::Rows;

/// Bits of a gram's place in the table, and in the list of what offers it.
const PLACE: u32 = 18;
const SHELF: u32 = 12;

/// Everything that is looked for.
pub struct Sieve {
    /// A bit for each place that a gram can have.
    places: Box<[u32; 1 << (PLACE - 5)]>,
    /// What offers each gram, by shelves.
    offered: Rows<Offered>,
    /// Which patterns are looked for.
    kept: Vec<bool>,
    /// Patterns that are in none of the lists.
    pub rest: Vec<usize>,
    lists: Rc<Lists>,
}

/// Fibonacci hashing: the highest bits of a product.
#[inline]
fn hash(gram: u32, bits: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

#[inline]
fn place(gram: u32) -> usize {
    hash(gram, PLACE)
}

#[inline]
fn shelf(gram: u32) -> usize {
    hash(gram, SHELF)
}

impl Default for Sieve {
    fn default() -> Self {
        Self::new(&Patterns::default(), [].iter())
    }
}

/// Grams that lie whole in a block.
const WITHIN: usize = BLOCK + 1 - GRAM;

/// The symbols of a block, and of the grams that go on behind it.
struct Symbols {
    now: [u8; BLOCK],
    across: [u8; 2 * GRAM - 2],
}

impl Symbols {
    #[inline]
    fn of(block: &[u8; BLOCK], behind: &[u8]) -> Self {
        let now = block.map(symbol);
        let next = |at: usize| behind.get(at).map_or(BEYOND, |&byte| symbol(byte));
        let [.., a, b, c] = now;
        Self { now, across: [a, b, c, next(0), next(1), next(2)] }
    }

    #[inline]
    fn gram(&self, at: usize) -> u32 {
        let chunk = match at.checked_sub(WITHIN) {
            None => self.now.get(at..).and_then(|it| it.first_chunk()),
            Some(at) => self.across.get(at..).and_then(|it| it.first_chunk()),
        };
        u32::from_le_bytes(chunk.copied().unwrap_or_default())
    }
}

impl Sieve {
    /// Takes what is looked for; it is found by its place in the list.
    pub fn new<'a>(patterns: &Patterns, list: impl Iterator<Item = &'a Pattern>) -> Self {
        let (lists, offered) = Lists::new(patterns, list);
        let kept = vec![true; lists.shapes.len() + lists.rest.len()];
        Self::of(Rc::new(lists), offered.iter(), kept)
    }

    /// The same for fewer patterns, which shares its lists.
    pub fn narrowed(&self, kept: &dyn Fn(usize) -> bool) -> Self {
        let kept: Vec<bool> = (0..self.kept.len()).map(kept).collect();
        let shape = |it: &Offered| self.lists.shapes.get(it.shape as usize);
        let keeps = |shape: &Shape| kept.get(shape.pattern as usize) == Some(&true);
        let offered: Vec<_> = self.offered.all().iter().filter(|it| shape(it).is_some_and(keeps)).collect();
        Self::of(Rc::clone(&self.lists), offered.iter().copied(), kept)
    }

    fn of<'a>(lists: Rc<Lists>, offered: impl Iterator<Item = &'a Offered> + Clone, kept: Vec<bool>) -> Self {
        let mut places = Box::new([0_u32; 1 << (PLACE - 5)]);
        for offered in offered.clone() {
            let place = place(offered.gram);
            places.get_mut(place >> 5).into_iter().for_each(|word| *word |= 1 << (place & 31));
        }
        let offered = Rows::new(1 << SHELF, offered.map(|it| (shelf(it.gram), *it)));
        let rest = lists.rest.iter().copied().filter(|&rest| kept.get(rest) == Some(&true)).collect();
        Self { places, offered, rest, kept, lists }
    }

    /// Calls `found` with the start and number of every pattern that may lie in a text and whose gram stands at or behind
    /// `from`, until it returns false; whether it never did. Only eight bytes have been compared.
    #[inline]
    pub fn each(&self, text: &[u8], from: usize, mut found: impl FnMut(usize, usize) -> bool) -> bool {
        let lists = &*self.lists;
        let mut look = |shapes: &[u32], at: usize| {
            let shapes = shapes.iter().filter_map(|&shape| lists.shapes.get(shape as usize));
            shapes.map(|shape| (shape.lies(text, at), shape.pattern as usize)).all(|(start, pattern)| match start {
                Some(start) if self.kept.get(pattern).copied().unwrap_or(false) => found(start, pattern),
                _ => true,
            })
        };
        let ahead = text.get(from..).unwrap_or_default();
        let mut word = Word::before(text, from);
        let mut at = from;
        let long = ahead.len() >= LONG;
        for block in blocks(ahead, 0xff) {
            let symbols = Symbols::of(&block, text.get(at + BLOCK..).unwrap_or_default());
            let mut lit = self.lit(&symbols, text.len() - at);
            while lit != 0 {
                let offset = lit.trailing_zeros() as usize;
                lit &= lit - 1;
                if !self.offered(symbols.gram(offset), |shape| look(&[shape], at + offset)) {
                    return false;
                }
            }
            for (byte, shapes) in &lists.seldom {
                let mut lit = mask(&block, |lanes| lanes.eq(*byte));
                while lit != 0 {
                    let offset = lit.trailing_zeros() as usize;
                    lit &= lit - 1;
                    if !look(shapes, at + offset) {
                        return false;
                    }
                }
            }
            let mut lit = if long { word.long(&block) } else { 0 };
            while lit != 0 {
                let offset = lit.trailing_zeros() as usize;
                lit &= lit - 1;
                let start = at + offset + 1 - LONG;
                let first = text.get(start).map_or(BEYOND, |&byte| symbol(byte));
                if !look(lists.long.get(usize::from(first)).map_or(&[], Vec::as_slice), start) {
                    return false;
                }
            }
            at += BLOCK;
        }
        true
    }

    /// The places of a block whose grams are in the table, of the first `count`.
    #[inline]
    fn lit(&self, symbols: &Symbols, count: usize) -> u64 {
        let bit = |gram: &[u8; GRAM]| {
            let place = place(u32::from_le_bytes(*gram));
            let word = self.places.get(place >> 5).copied().unwrap_or_default();
            u64::from(word >> (place & 31) & 1)
        };
        // The first loop has a fixed number of turns, which the compiler unrolls.
        if count >= BLOCK {
            let within = symbols.now.array_windows().enumerate().fold(0, |lit, (at, gram)| lit | bit(gram) << at);
            let across = symbols.across.array_windows().take(GRAM - 1).enumerate();
            across.fold(within, |lit, (at, gram)| lit | bit(gram) << (at + WITHIN))
        } else {
            let within = symbols.now.array_windows().take(count).enumerate();
            let within = within.fold(0, |lit, (at, gram)| lit | bit(gram) << at);
            let across = symbols.across.array_windows().take(count.saturating_sub(WITHIN)).enumerate();
            across.fold(within, |lit, (at, gram)| lit | bit(gram) << (at + WITHIN))
        }
    }

    /// Calls `found` with every shape that offers a gram, while it returns true.
    #[inline]
    fn offered(&self, gram: u32, mut found: impl FnMut(u32) -> bool) -> bool {
        let shelf = self.offered.get(shelf(gram));
        shelf.iter().filter(|offered| offered.gram == gram).all(|offered| found(offered.shape))
    }
}
