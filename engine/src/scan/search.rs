//! Where matches can start: at any window of most detectors, and near their words for those with keywords.
//!
//! A detector with keywords often has a wide pattern, such as thirty-two hex digits, whose windows lie everywhere. Its
//! words do not: so they are looked for first, all in one pass, and wake it where they stand.

use std::rc::Rc;

use super::class::ByteClass;
use super::detector::Detector;
use super::finder::{BucketsError, Finder, Mask};
use super::patterns::Patterns;
use super::sieve::Sieve;
use super::words::Words;
use crate::plan::model;

/// The windows of a plan's detectors, and their words; by default there is none.
#[derive(Default)]
pub struct Search {
    /// Windows of the detectors without keywords.
    pub plain: Rc<Finder>,
    /// Windows of those with keywords.
    pub worded: Finder,
    /// What wakes the latter.
    pub words: Words,
    /// For each detector with keywords that is looked for, how far from a word a window of it can lie.
    reaches: Vec<Option<usize>>,
    /// Steps of reach, the greatest first, and the buckets of the detectors with keywords that reach so far.
    pub far: Vec<(usize, Mask)>,
    /// Detectors whose matches begin before their windows, by what may stand between.
    pub led: Vec<Led>,
    /// Bytes that a match of any detector can begin before its window.
    pub before: usize,
    /// The windows of `plain`, and behind them the beginnings of words.
    sieve: Sieve,
    /// Windows of `plain` that are too common for the sieve, and beginnings of words.
    common: (Vec<usize>, Vec<usize>),
}

/// What lies at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A window of detectors without keywords, see [`Finder::showing`].
    Window(usize),
    /// A keyword, by its number.
    Word(usize),
}

/// Detectors whose windows lie up to so many bytes behind the start of a match, and only these bytes between.
pub struct Led {
    /// What stands before the window.
    pub before: ByteClass,
    /// How many of them at most.
    pub most: usize,
    /// The detectors.
    pub detectors: Vec<usize>,
}

impl Search {
    /// Looks for all detectors of a plan.
    ///
    /// # Errors
    /// The buckets are not those of their windows.
    pub fn new(
        detectors: &[Detector],
        patterns: &Rc<Patterns>,
        buckets: &model::Buckets,
    ) -> Result<Self, BucketsError> {
        let finder = |worded, buckets| {
            let windows = detectors.iter().map(|it| if it.keywords.is_some() == worded { &*it.windows } else { &[] });
            Finder::new(patterns, windows, buckets)
        };
        let plain = Rc::new(finder(false, &buckets.plain)?);
        let worded = finder(true, &buckets.worded)?;
        let reaches: Vec<_> = detectors.iter().map(|it| it.keywords.as_ref().map(|_| it.span())).collect();
        let words = Words::new(patterns, detectors, &reaches, &worded, &buckets.words)?;
        let sieve = Sieve::new(patterns, plain.windows().iter().chain(words.beginnings().windows()));
        let far = far(&reaches, &worded);
        let common = common(&sieve, plain.count());
        let led = led(detectors, &|_| true);
        Ok(Self { plain, worded, words, reaches, far, before: before(&led), led, sieve, common })
    }

    /// The same for fewer detectors, which shares most of its memory; the buckets are of those with keywords.
    ///
    /// # Errors
    /// The buckets are not those of their windows.
    pub fn narrowed(
        &self,
        detectors: &[Detector],
        used: &dyn Fn(usize) -> bool,
        buckets: &[u8],
    ) -> Result<Self, BucketsError> {
        // What keywords wake lies in buckets, which are the fuller the more detectors there are.
        let worded = |at: usize| self.reach(at).is_some() && used(at);
        let windows = detectors.iter().enumerate().map(|(at, it)| if worded(at) { &*it.windows } else { &[] });
        let worded = Finder::new(&self.plain.patterns, windows, buckets)?;
        let plain = Rc::clone(&self.plain);
        let reaches: Vec<_> =
            self.reaches.iter().enumerate().map(|(detector, reach)| reach.filter(|_| used(detector))).collect();
        let words = self.words.narrowed(&reaches, &worded);
        let sieve = self.sieve.narrowed(&|pattern| match pattern.checked_sub(plain.count()) {
            None => plain.showing(pattern).iter().any(|&detector| used(detector)),
            Some(word) => words.wakes(word),
        });
        let far = far(&reaches, &worded);
        let common = common(&sieve, plain.count());
        plain.make_ready();
        worded.make_ready();
        let led = led(detectors, used);
        Ok(Self { plain, worded, words, reaches, far, before: before(&led), led, sieve, common })
    }

    /// Calls `found` with the place of every keyword and of every window of a detector without keywords that lies whole
    /// in a text at or behind `from`, in no order, until it returns false.
    #[inline]
    pub fn each(&self, text: &[u8], from: usize, mut found: impl FnMut(usize, Found) -> bool) {
        let split = self.plain.count();
        let mut take = |at: usize, number: usize| {
            at < from
                || match number.checked_sub(split) {
                    None => !self.plain.window_lies(number, text, at) || found(at, Found::Window(number)),
                    Some(word) => !self.words.stands(word, text, at) || found(at, Found::Word(word)),
                }
        };
        let (windows, words) = &self.common;
        let _ = self.sieve.each(text, from, &mut take)
            && (windows.is_empty() || self.plain.each(windows, text, from, &mut take))
            && (words.is_empty()
                || self.words.beginnings().each(words, text, from, |at, beginning| take(at, split + beginning)));
    }

    /// Whether no keyword and no window of a detector without keywords lies whole in a text.
    #[inline]
    pub fn shows_nothing(&self, text: &[u8]) -> bool {
        let mut nothing = true;
        self.each(text, 0, |_, _| {
            nothing = false;
            false
        });
        nothing
    }

    /// The keywords that stand in a text, by their numbers.
    pub fn words_in(&self, text: &[u8]) -> Box<[usize]> {
        let mut words = Vec::new();
        self.each(text, 0, |_, found| {
            if let Found::Word(word) = found {
                words.push(word);
            }
            true
        });
        words.into()
    }

    /// How far from one of its words a window of a detector can lie; none if it has no keywords.
    pub fn reach(&self, detector: usize) -> Option<usize> {
        self.reaches.get(detector).copied().flatten()
    }

    /// The greatest [`Self::reach`].
    pub fn farthest(&self) -> usize {
        self.far.first().map_or(0, |(reach, _)| *reach)
    }

    /// Detectors of which the beginning of a window lies at `at`, where the text ends within a window's length.
    pub fn begun<'a>(&'a self, text: &'a [u8], at: usize) -> impl Iterator<Item = usize> + 'a {
        self.plain.begun(text, at).chain(self.worded.begun(text, at))
    }

    /// Whether one of the detector's windows lies at `at`; a window cut by the end of `text` counts when `open`.
    pub fn lies_at(&self, detector: usize, text: &[u8], at: usize, open: bool) -> bool {
        let finder = if self.reach(detector).is_some() { &self.worded } else { &self.plain };
        finder.lies_at(detector, text, at, open)
    }
}

/// Bytes by which a reach is rounded up: a dozen steps say nearly as much as a hundred.
const STEP: usize = 32;

fn far(reaches: &[Option<usize>], windows: &Finder) -> Vec<(usize, Mask)> {
    let rounded = |reach: usize| reach.next_multiple_of(STEP);
    let mut steps: Vec<usize> = reaches.iter().flatten().map(|&reach| rounded(reach)).collect();
    steps.sort_unstable_by(|one, other| other.cmp(one));
    steps.dedup();
    let buckets = |step: &usize| {
        let farther =
            reaches.iter().enumerate().filter(|(_, reach)| reach.is_some_and(|reach| rounded(reach) >= *step));
        farther.fold(0, |mask, (detector, _)| mask | windows.buckets_of(detector))
    };
    steps.iter().map(|step| (*step, buckets(step))).collect()
}

/// What of the sieve is too common: windows without keywords, and beginnings of words.
fn common(sieve: &Sieve, windows: usize) -> (Vec<usize>, Vec<usize>) {
    let (plain, words): (Vec<usize>, Vec<usize>) = sieve.rest.iter().partition(|&&rest| rest < windows);
    (plain, words.into_iter().map(|rest| rest - windows).collect())
}

fn led(detectors: &[Detector], used: &dyn Fn(usize) -> bool) -> Vec<Led> {
    let mut led: Vec<Led> = Vec::new();
    for (at, detector) in detectors.iter().enumerate().filter(|(at, _)| used(*at)) {
        let (before, most) = (detector.before, detector.offsets.1);
        if most == 0 {
            continue;
        }
        match led.iter_mut().find(|known| known.before == before && known.most == most) {
            Some(known) => known.detectors.push(at),
            None => led.push(Led { before, most, detectors: vec![at] }),
        }
    }
    led
}

fn before(led: &[Led]) -> usize {
    led.iter().map(|led| led.most).max().unwrap_or(0)
}
