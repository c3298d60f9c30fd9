//! Keywords: words that wake detectors where they stand.

use std::collections::HashMap;
use std::rc::Rc;

use super::class::ByteClass;
use super::detector::Detector;
use super::finder::{Finder, LONGEST_WINDOW, Mask, Windows};
use super::keywords::Keywords;

/// The keywords of all detectors, and what those that are looked for make of them.
pub struct Words {
    texts: Rc<Texts>,
    /// For each word, what it wakes.
    wakes: Vec<Wakes>,
    /// None wakes anything.
    idle: bool,
}

/// The words themselves.
struct Texts {
    /// In lower case.
    all: Vec<Vec<u8>>,
    /// For each detector, its words.
    of: Vec<Vec<usize>>,
    /// Their beginnings.
    beginnings: Finder,
    /// Bytes of the longest.
    longest: usize,
}

/// The detectors that a word wakes.
#[derive(Clone, Copy, Default)]
struct Wakes {
    /// How far it reaches, for the nearest and the farthest of them.
    reach: Option<(usize, usize)>,
    /// Where their windows lie.
    buckets: Mask,
}

impl Words {
    pub(super) fn new(detectors: &[Detector], reaches: &[Option<usize>], windows: &Finder) -> Self {
        let mut all: Vec<Vec<u8>> = Vec::new();
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        let mut number = |text| {
            *known.entry(text).or_insert_with(|| {
                all.push(text.to_vec());
                all.len() - 1
            })
        };
        let keywords = detectors.iter().map(|detector| detector.keywords.as_ref());
        let of = keywords.map(|keywords| keywords.into_iter().flat_map(Keywords::words).map(&mut number).collect());
        let of: Vec<Vec<usize>> = of.collect();
        let both = |&byte: &u8| [byte, byte.to_ascii_uppercase()].into_iter().collect::<ByteClass>();
        let window = |text: &Vec<u8>| {
            let window = text.iter().take(LONGEST_WINDOW).map(both).collect();
            Windows { edge: false, all: vec![window] }
        };
        let beginnings = Finder::new(&all.iter().map(window).collect::<Vec<_>>());
        let longest = all.iter().map(Vec::len).max().unwrap_or(0);
        Self::waking(Rc::new(Texts { all, of, beginnings, longest }), reaches, windows)
    }

    /// The same words for fewer detectors, those with a reach.
    pub(super) fn narrowed(&self, reaches: &[Option<usize>], windows: &Finder) -> Self {
        Self::waking(Rc::clone(&self.texts), reaches, windows)
    }

    fn waking(texts: Rc<Texts>, reaches: &[Option<usize>], windows: &Finder) -> Self {
        let mut wakes = vec![Wakes::default(); texts.all.len()];
        for (detector, (reach, words)) in reaches.iter().zip(&texts.of).enumerate() {
            let Some(reach) = *reach else { continue };
            let buckets = windows.buckets_of(detector);
            for &word in words {
                if let Some(wakes) = wakes.get_mut(word) {
                    let (nearest, farthest) = wakes.reach.unwrap_or((reach, reach));
                    wakes.reach = Some((nearest.min(reach), farthest.max(reach)));
                    wakes.buckets |= buckets;
                }
            }
        }
        let idle = wakes.iter().all(|wakes| wakes.reach.is_none());
        Self { texts, wakes, idle }
    }

    /// Whether a word, by the number of its beginning, wakes anything.
    pub(super) fn wakes(&self, beginning: usize) -> bool {
        let words = self.texts.beginnings.showing(beginning).iter();
        words.filter_map(|&word| self.wakes.get(word)).any(|wakes| wakes.reach.is_some())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.idle
    }

    /// Bytes of the longest.
    pub fn longest(&self) -> usize {
        self.texts.longest
    }

    /// The words of a detector, by their numbers.
    pub fn of(&self, detector: usize) -> &[usize] {
        self.texts.of.get(detector).map_or(&[], Vec::as_slice)
    }

    /// How far, in bytes, a window can lie from this word, for the nearest and the farthest of the detectors that it
    /// wakes.
    pub fn reach(&self, word: usize) -> (usize, usize) {
        self.wakes.get(word).and_then(|wakes| wakes.reach).unwrap_or_default()
    }

    /// The buckets of the windows of all detectors that a word wakes.
    pub fn buckets(&self, word: usize) -> Mask {
        self.wakes.get(word).map_or(0, |wakes| wakes.buckets)
    }

    /// Their beginnings, as windows of the sieve.
    pub(super) fn beginnings(&self) -> &Finder {
        &self.texts.beginnings
    }

    /// The words that stand at `at` and wake anything, of those with this beginning.
    #[inline]
    pub(super) fn standing(&self, beginning: usize, text: &[u8], at: usize) -> impl Iterator<Item = usize> {
        let begun = self.texts.beginnings.window_lies(beginning, text, at);
        let words = if begun { self.texts.beginnings.showing(beginning) } else { &[] };
        let stands = move |word: &usize| {
            self.texts.all.get(*word).is_some_and(|word| {
                word.len() <= LONGEST_WINDOW
                    || text.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
            })
        };
        let wakes = |word: &usize| self.wakes.get(*word).is_some_and(|wakes| wakes.reach.is_some());
        words.iter().copied().filter(wakes).filter(stands)
    }
}
