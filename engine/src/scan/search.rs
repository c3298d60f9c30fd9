//! Where matches can start: at any window of most detectors, and near their words for those with keywords.
//!
//! A detector with keywords often has a wide pattern, such as thirty-two hex digits, whose windows lie everywhere. Its
//! words do not: so they are looked for first, all in one pass, and wake it where they stand.

use super::automaton::Step;
use super::class::ByteClass;
use super::detector::Detector;
use super::finder::{Finder, LONGEST_WINDOW, Mask, Windows};

/// Bytes that automata may read for each byte of a text before [`Search::silent`] leaves it to who keeps account.
const PATIENCE: u64 = 16;

/// The windows of a plan's detectors, and their words.
pub struct Search {
    /// Windows of the detectors without keywords.
    pub plain: Finder,
    /// Windows of those with keywords.
    pub worded: Finder,
    /// What wakes the latter.
    pub words: Words,
    /// For each detector with windows and keywords, how far from a word a window of it can lie.
    reaches: Vec<Option<usize>>,
    /// Steps of reach, the greatest first, and the buckets of the detectors with keywords that reach so far.
    pub far: Vec<(usize, Mask)>,
    /// Detectors whose matches begin before their windows, by what may stand between.
    pub led: Vec<Led>,
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
    /// Builds the tables; detectors without windows are not looked for.
    pub fn new(detectors: &[Detector], windows: &[Windows]) -> Self {
        let worded = |at: usize| detectors.get(at).is_some_and(|detector| detector.keywords.is_some());
        let only = |wanted: bool| -> Vec<Windows> {
            let keep = |(at, windows): (usize, &Windows)| {
                if worded(at) == wanted { windows.clone() } else { Windows::default() }
            };
            windows.iter().enumerate().map(keep).collect()
        };
        let (plain, keyed) = (only(false), only(true));
        let reach = |(detector, windows): (&Detector, &Windows)| (!windows.all.is_empty()).then(|| detector.span());
        let reaches: Vec<_> = detectors.iter().zip(&keyed).map(reach).collect();
        let worded = Finder::new(&keyed);
        let words = Words::new(detectors, &reaches, &worded);
        let far = far(&reaches, &worded);
        Self { plain: Finder::new(&plain), worded, words, reaches, far, led: led(detectors, windows) }
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

    /// Calls `found` with every place at which a window of a detector without keywords lies.
    pub fn windows(&self, text: &[u8], mut found: impl FnMut(usize)) {
        let mut from = 0;
        while let Some((at, buckets)) = self.plain.next_candidate(text, from, text.len(), Mask::MAX) {
            if self.plain.any(text, at, buckets) {
                found(at);
            }
            from = at + 1;
        }
    }

    /// Whether none of the detectors that are `asked` for finds anything in a text that is all there is behind
    /// `context`. A text of which that takes long to say is not called silent. `work` grows by the bytes that were read.
    pub fn silent(&self, asked: &Asked<'_>, context: &[u8], text: &[u8], work: &mut u64) -> bool {
        self.silent_plain(asked, text, work) && self.silent_worded(asked, context, text, work)
    }

    /// The same of detectors without keywords.
    pub fn silent_plain(&self, asked: &Asked<'_>, text: &[u8], work: &mut u64) -> bool {
        asked.nothing(&self.plain, Mask::MAX, &|_| true, text, work)
    }

    /// The same of detectors with keywords.
    pub fn silent_worded(&self, asked: &Asked<'_>, context: &[u8], text: &[u8], work: &mut u64) -> bool {
        let (mut standing, mut among) = (Vec::new(), 0);
        for text in [context, text] {
            self.words.each(text, 0, |_, word| {
                standing.push(word);
                among |= self.words.buckets(word);
                true
            });
        }
        let wakes = |detector: usize| self.words.of(detector).iter().any(|word| standing.contains(word));
        among == 0 || asked.nothing(&self.worded, among, &wakes, text, work)
    }
}

/// What [`Search::silent`] is asked about.
pub struct Asked<'a> {
    /// The detectors of the plan.
    pub detectors: &'a [Detector],
    /// Which of them count.
    pub counts: &'a dyn Fn(usize) -> bool,
    /// Milliseconds since the epoch, for exceptions; `None` disregards all exceptions.
    pub now_ms: Option<u64>,
}

impl Asked<'_> {
    /// Whether none of the detectors that are awake finds anything.
    fn nothing(
        &self,
        finder: &Finder,
        among: Mask,
        wakes: &dyn Fn(usize) -> bool,
        text: &[u8],
        work: &mut u64,
    ) -> bool {
        let bound = *work + PATIENCE * (text.len() as u64 + 64);
        *work += text.len() as u64;
        let mut from = 0;
        while let Some((at, buckets)) = finder.next_candidate(text, from, text.len(), among) {
            let shown = finder.detectors(text, at, buckets, false).filter(|&it| (self.counts)(it) && wakes(it));
            if shown
                .map(|it| self.detectors.get(it))
                .any(|it| it.is_none_or(|it| found(it, self.now_ms, text, at, work, bound)))
            {
                return false;
            }
            from = at + 1;
        }
        true
    }
}

/// Whether a match that is real but for its keywords starts where a window at `at` says that one may. `work` grows by
/// the bytes that were read; beyond `bound` the answer is yes.
fn found(detector: &Detector, now_ms: Option<u64>, text: &[u8], at: usize, work: &mut u64, bound: u64) -> bool {
    let (nearest, farthest) = detector.offsets;
    let behind = text.get(at.saturating_sub(farthest)..at).unwrap_or_default();
    let lowest = at - behind.iter().rev().take_while(|&&byte| detector.before.contains(byte)).count();
    (lowest..=at.saturating_sub(nearest)).any(|start| {
        let before = start.checked_sub(1).and_then(|at| text.get(at).copied());
        let Some(run) = detector.automaton.start(before) else { return false };
        let real = match detector.automaton.resume(run, text.get(start..).unwrap_or_default(), true, work) {
            Step::Decided(None) => false,
            Step::Decided(Some(len)) => detector.real(text, start, start + len, now_ms).is_some(),
            Step::Open(_) => true,
        };
        real || *work > bound
    })
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

fn led(detectors: &[Detector], windows: &[Windows]) -> Vec<Led> {
    let mut led: Vec<Led> = Vec::new();
    for (at, (detector, windows)) in detectors.iter().zip(windows).enumerate() {
        let (before, most) = (detector.before, detector.offsets.1);
        if most == 0 || windows.all.is_empty() {
            continue;
        }
        match led.iter_mut().find(|known| known.before == before && known.most == most) {
            Some(known) => known.detectors.push(at),
            None => led.push(Led { before, most, detectors: vec![at] }),
        }
    }
    led
}

/// The keywords of all detectors.
pub struct Words {
    finder: Finder,
    words: Vec<Word>,
    /// For each detector, its words.
    of: Vec<Vec<usize>>,
}

struct Word {
    /// In lower case.
    text: Vec<u8>,
    /// How far it reaches, for the nearest and the farthest of the detectors that it wakes.
    reach: (usize, usize),
    /// Where the windows of the detectors lie that it wakes.
    buckets: Mask,
}

impl Words {
    fn new(detectors: &[Detector], reaches: &[Option<usize>], windows: &Finder) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut of = vec![Vec::new(); detectors.len()];
        for (number, ((detector, &reach), of)) in detectors.iter().zip(reaches).zip(&mut of).enumerate() {
            let (Some(reach), Some(keywords)) = (reach, &detector.keywords) else { continue };
            let buckets = windows.buckets_of(number);
            for text in keywords.words() {
                let known = words.iter_mut().position(|word| word.text == text);
                let at = known.unwrap_or_else(|| {
                    words.push(Word { text: text.to_vec(), reach: (reach, reach), buckets: 0 });
                    words.len() - 1
                });
                if let Some(word) = words.get_mut(at) {
                    word.reach = (word.reach.0.min(reach), word.reach.1.max(reach));
                    word.buckets |= buckets;
                }
                of.push(at);
            }
        }
        let both = |&byte: &u8| [byte, byte.to_ascii_uppercase()].into_iter().collect::<ByteClass>();
        let window = |word: &Word| {
            let window = word.text.iter().take(LONGEST_WINDOW).map(both).collect();
            Windows { edge: false, all: vec![window] }
        };
        let finder = Finder::new(&words.iter().map(window).collect::<Vec<_>>());
        Self { finder, words, of }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Bytes of the longest.
    pub fn longest(&self) -> usize {
        self.words.iter().map(|word| word.text.len()).max().unwrap_or(0)
    }

    /// The words of a detector, by their numbers.
    pub fn of(&self, detector: usize) -> &[usize] {
        self.of.get(detector).map_or(&[], Vec::as_slice)
    }

    /// How far, in bytes, a window can lie from this word, for the nearest and the farthest of the detectors that it
    /// wakes.
    pub fn reach(&self, word: usize) -> (usize, usize) {
        self.words.get(word).map_or((0, 0), |word| word.reach)
    }

    /// The buckets of the windows of all detectors that a word wakes.
    pub fn buckets(&self, word: usize) -> Mask {
        self.words.get(word).map_or(0, |word| word.buckets)
    }

    /// Whether a word stands in a text.
    pub fn stand_in(&self, text: &[u8]) -> bool {
        let mut any = false;
        self.each(text, 0, |_, _| {
            any = true;
            false
        });
        any
    }

    /// Calls `found` with the position and number of every word that begins at or behind `from`, until it returns
    /// false.
    pub fn each(&self, text: &[u8], from: usize, mut found: impl FnMut(usize, usize) -> bool) {
        let mut from = from;
        while let Some((at, buckets)) = self.finder.next_candidate(text, from, text.len(), Mask::MAX) {
            for word in self.finder.detectors(text, at, buckets, false) {
                let stands = self.words.get(word).is_some_and(|word| {
                    word.text.len() <= LONGEST_WINDOW
                        || text.get(at..at + word.text.len()).is_some_and(|part| part.eq_ignore_ascii_case(&word.text))
                });
                if stands && !found(at, word) {
                    return;
                }
            }
            from = at + 1;
        }
    }
}
