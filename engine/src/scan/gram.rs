//! Grams: four symbols in a row, of which each pattern offers the ones that traffic shows least.
//!
//! A symbol is a byte as far as the sieve tells bytes apart: letters without their case, any digit, any byte beyond
//! ASCII.

use std::rc::Rc;

use super::class::ByteClass;

/// Symbols of a gram.
pub const GRAM: usize = 4;

/// What stands for every byte beyond ASCII, and behind the end of a text.
pub const BEYOND: u8 = 0x80;

/// Grams that one pattern may take: each takes one of the sieve's places, and lights others by chance.
const MOST: usize = 4096;

/// What a place that is lit by chance costs, by one that is lit for a reason.
const CHANCE: f32 = 1.0 / 65536.0;

/// A gram beyond this share of all places is no better than none.
const OFTEN: f32 = 0.02;

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

/// How often symbols follow each other in traffic.
pub struct Traffic {
    /// For each symbol, how often it stands in a hundred places.
    share: Vec<f32>,
    /// For each symbol and the next, how often that follows.
    follows: Vec<f32>,
}

/// Traffic of all kinds, made up: answers of services, headers, logs, forms, markup and prose.
const SAMPLE: &[u8] = include_bytes!("traffic.txt");

const SYMBOLS: usize = BEYOND as usize + 1;

/// What any symbol is taken to follow any with, beside what the sample shows.
const ANYWAY: f32 = 0.05;

impl Traffic {
    /// What the sample shows.
    pub fn sampled() -> Self {
        let (mut share, mut follows) = (vec![ANYWAY; SYMBOLS], vec![ANYWAY; SYMBOLS * SYMBOLS]);
        let add = |counts: &mut [f32], at: usize| counts.get_mut(at).into_iter().for_each(|count| *count += 1.0);
        for &[first, second] in SAMPLE.array_windows() {
            let (first, second) = (usize::from(symbol(first)), usize::from(symbol(second)));
            add(&mut share, first);
            add(&mut follows, first * SYMBOLS + second);
        }
        let normalise = |counts: &mut [f32]| {
            let sum: f32 = counts.iter().sum();
            counts.iter_mut().for_each(|count| *count /= sum);
        };
        normalise(&mut share);
        follows.chunks_mut(SYMBOLS).for_each(normalise);
        Self { share, follows }
    }

    /// The share of places at which a gram of these symbols stands.
    fn places(&self, gram: [&[u8]; GRAM]) -> f32 {
        let [first, rest @ ..] = &gram;
        let share = |symbol: u8| self.share.get(usize::from(symbol)).copied().unwrap_or_default();
        let mut ways = [0.0; SYMBOLS];
        let mut before = *first;
        before.iter().zip(&mut ways).for_each(|(&symbol, ways)| *ways = share(symbol));
        for next in rest {
            let mut longer = [0.0; SYMBOLS];
            for (&symbol, longer) in next.iter().zip(&mut longer) {
                *longer = before.iter().zip(&ways).map(|(&before, ways)| ways * self.follows(before, symbol)).sum();
            }
            (before, ways) = (next, longer);
        }
        ways.iter().take(before.len()).sum()
    }

    fn follows(&self, first: u8, second: u8) -> f32 {
        self.follows.get(usize::from(first) * SYMBOLS + usize::from(second)).copied().unwrap_or_default()
    }
}

/// The grams that a pattern offers at one offset.
pub struct Offer {
    /// How many bytes into the pattern they stand.
    pub at: usize,
    /// Each gram, its first symbol in the lowest byte.
    pub grams: Vec<u32>,
}

/// Where a pattern is best looked for; `None` where every place of it shows too much.
pub fn choose(traffic: &Traffic, pattern: &[Rc<Kind>], any: &Kind) -> Option<Offer> {
    let gram = |at: usize| -> [&[u8]; GRAM] {
        std::array::from_fn(|next| pattern.get(at + next).map_or(any, |kind| &**kind).symbols())
    };
    let cost = |at: usize| {
        let count = gram(at).iter().fold(1_usize, |count, symbols| count.saturating_mul(symbols.len()));
        if count > MOST {
            return None;
        }
        let cost = traffic.places(gram(at)) + count as f32 * CHANCE;
        (cost < OFTEN + MOST as f32 * CHANCE).then_some((at, cost))
    };
    let last = pattern.len().saturating_sub(GRAM);
    let (at, _) = (0..=last).filter_map(cost).min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let mut grams = vec![0_u32];
    for (place, symbols) in gram(at).iter().enumerate() {
        let longer = |gram: &u32| {
            let gram = *gram;
            symbols.iter().map(move |&symbol| gram | u32::from(symbol) << (8 * place))
        };
        grams = grams.iter().flat_map(longer).collect();
    }
    Some(Offer { at, grams })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(text: &str) -> Option<Offer> {
        let classes = text.bytes().map(|byte| [byte].into_iter().collect::<ByteClass>());
        let kinds: Vec<_> = classes.map(|class| Rc::new(Kind::of(&class))).collect();
        choose(&Traffic::sampled(), &kinds, &Kind::of(&ByteClass::ALL))
    }

    #[test]
    fn the_rarest_gram_of_a_word_is_taken() {
        let offer = offer("status_zq7x").unwrap();
        assert!(offer.at >= 5, "{}", offer.at);
        assert_eq!(offer.grams.len(), 1);
    }

    #[test]
    fn what_is_shorter_than_a_gram_goes_on_in_any_way() {
        let short = offer("ssn").unwrap();
        assert_eq!(short.at, 0);
        assert!(short.grams.contains(&u32::from_le_bytes(*b"ssn ")));
        assert!(short.grams.contains(&u32::from_le_bytes([b's', b's', b'n', BEYOND])));
        assert!(offer("n").is_none());
    }

    #[test]
    fn every_byte_has_the_symbol_of_its_kind() {
        assert_eq!([b'7', b'Q', b'q', b'_', b'\n', 0xe4].map(symbol), [b'0', b'q', b'q', 0x7f, b'*', BEYOND]);
    }
}
