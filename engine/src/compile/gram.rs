//! Which gram a pattern offers to the sieve: of all places of it, the one that traffic shows least.

use std::sync::LazyLock;

use crate::scan::ByteClass;
use crate::scan::gram::{BEYOND, GRAM, Kind, MOST, symbol};

/// What a place that is lit by chance costs, by one that is lit for a reason.
const CHANCE: f32 = 1.0 / 65536.0;

/// A gram beyond this share of all places is no better than none.
const OFTEN: f32 = 0.02;

/// Where in a pattern, in bytes, the gram begins by which it is best looked for; `None` where every place of it shows too
/// much.
pub(super) fn choose(pattern: &[ByteClass]) -> Option<u8> {
    static TRAFFIC: LazyLock<Traffic> = LazyLock::new(Traffic::sampled);
    let any = Kind::of(&ByteClass::ALL);
    let kinds: Vec<Kind> = pattern.iter().map(Kind::of).collect();
    let cost = |at: usize| {
        let gram: [&[u8]; GRAM] = std::array::from_fn(|next| kinds.get(at + next).unwrap_or(&any).symbols());
        let count = gram.iter().fold(1_usize, |count, symbols| count.saturating_mul(symbols.len()));
        if count > MOST {
            return None;
        }
        let cost = TRAFFIC.places(gram) + count as f32 * CHANCE;
        (cost < OFTEN + MOST as f32 * CHANCE).then_some((at, cost))
    };
    let last = pattern.len().saturating_sub(GRAM);
    let (at, _) = (0..=last).filter_map(cost).min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    u8::try_from(at).ok()
}

/// How often symbols follow each other in traffic.
struct Traffic {
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
    fn sampled() -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn gram(text: &str) -> Option<u8> {
        let classes: Vec<ByteClass> = text.bytes().map(|byte| [byte].into_iter().collect()).collect();
        choose(&classes)
    }

    #[test]
    fn the_rarest_gram_of_a_word_is_taken() {
        assert!(gram("status_zq7x").unwrap() >= 5);
    }

    #[test]
    fn what_is_shorter_than_a_gram_goes_on_in_any_way() {
        assert_eq!(gram("ssn"), Some(0));
        assert_eq!(gram("n"), None);
    }
}
