//! Keywords: words that wake detectors where they stand.

use std::rc::Rc;

use super::detector::Detector;
use super::finder::{BucketsError, Finder, LONGEST_WINDOW, Mask};
use super::patterns::Patterns;
use super::rows::Rows;

/// The keywords of all detectors, and what those that are looked for make of them.
#[derive(Default)]
pub struct Words {
    texts: Rc<Texts>,
    /// For each word, what it wakes.
    wakes: Vec<Wakes>,
    /// None wakes anything.
    idle: bool,
}

/// The words themselves.
#[derive(Default)]
struct Texts {
    /// In lower case, with their beginnings.
    patterns: Rc<Patterns>,
    /// For each detector, its words.
    of: Rows<usize>,
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
    pub(super) fn new(
        patterns: &Rc<Patterns>,
        detectors: &[Detector],
        reaches: &[Option<usize>],
        windows: &Finder,
        buckets: &[u8],
    ) -> Result<Self, BucketsError> {
        let named = detectors.iter().enumerate();
        let named = named.flat_map(|(at, detector)| detector.words.iter().map(move |&word| (at, word as usize)));
        let texts = Texts {
            of: Rows::new(detectors.len(), named),
            beginnings: Finder::of_words(patterns, buckets)?,
            longest: patterns.words().iter().map(|word| word.len()).max().unwrap_or(0),
            patterns: Rc::clone(patterns),
        };
        Ok(Self::waking(Rc::new(texts), reaches, windows))
    }

    /// The same words for fewer detectors, those with a reach.
    pub(super) fn narrowed(&self, reaches: &[Option<usize>], windows: &Finder) -> Self {
        Self::waking(Rc::clone(&self.texts), reaches, windows)
    }

    fn waking(texts: Rc<Texts>, reaches: &[Option<usize>], windows: &Finder) -> Self {
        let mut wakes = vec![Wakes::default(); texts.patterns.words().len()];
        for (detector, reach) in reaches.iter().enumerate() {
            let Some(reach) = *reach else { continue };
            let buckets = windows.buckets_of(detector);
            for &word in texts.of.get(detector) {
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

    /// Whether a word wakes anything.
    pub(super) fn wakes(&self, word: usize) -> bool {
        self.wakes.get(word).is_some_and(|wakes| wakes.reach.is_some())
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
        self.texts.of.get(detector)
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

    /// Whether a word, whose beginning may lie at `at`, stands there and wakes anything.
    #[inline]
    pub(super) fn stands(&self, word: usize, text: &[u8], at: usize) -> bool {
        let behind = |word: &Rc<[u8]>| {
            word.len() <= LONGEST_WINDOW
                || text.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
        };
        self.texts.beginnings.window_lies(word, text, at)
            && self.wakes(word)
            && self.texts.patterns.words().get(word).is_some_and(behind)
    }
}
