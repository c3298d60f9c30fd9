//! Whether nothing is found in a text, said without a matcher.

use super::automaton::Step;
use super::detector::Detector;
use super::finder::{Finder, Mask};
use super::search::{Found, Search};

/// Bytes that automata may read for each byte of a text before [`Search::silent`] leaves it to who keeps account.
const PATIENCE: u64 = 16;

/// What [`Search::silent`] is asked about.
pub struct Asked<'a> {
    /// The detectors of the plan.
    pub detectors: &'a [Detector],
    /// Which of them count.
    pub counts: &'a dyn Fn(usize) -> bool,
    /// Milliseconds since the epoch, for exceptions; `None` disregards all exceptions.
    pub now_ms: Option<u64>,
}

impl Search {
    /// Whether none of the detectors that are `asked` for finds anything in a text that is all there is behind a name in
    /// which these keywords stand. A text of which that takes long to say is not called silent. `work` grows by the bytes
    /// that were read.
    pub fn silent(&self, asked: &Asked<'_>, before: &[usize], text: &[u8], work: &mut u64) -> bool {
        let bound = Bound::of(text, work);
        let mut words = Standing::default();
        before.iter().for_each(|&word| words.note(self, word));
        let mut silent = true;
        self.each(text, 0, |at, found| {
            match found {
                Found::Word(word) => words.note(self, word),
                Found::Window(window) => silent = self.silent_at(asked, window, text, at, work, &bound),
            }
            silent
        });
        silent && self.silent_near(asked, &words, text, work)
    }

    /// The same where it is known what lies in the text: windows, and what `words` says of the keywords.
    pub fn silent_known(
        &self,
        asked: &Asked<'_>,
        windows: impl Iterator<Item = (usize, usize)>,
        words: impl Iterator<Item = usize>,
        text: &[u8],
        work: &mut u64,
    ) -> bool {
        let bound = Bound::of(text, work);
        let mut standing = Standing::default();
        words.for_each(|word| standing.note(self, word));
        let mut windows = windows;
        windows.all(|(at, window)| self.silent_at(asked, window, text, at, work, &bound))
            && self.silent_near(asked, &standing, text, work)
    }

    /// Whether no detector that shows this window finds anything where it lies.
    fn silent_at(
        &self,
        asked: &Asked<'_>,
        window: usize,
        text: &[u8],
        at: usize,
        work: &mut u64,
        bound: &Bound,
    ) -> bool {
        let shown = self.plain.showing(window).iter().copied();
        asked.nothing_at(shown, text, at, work, bound)
    }

    /// Whether no detector with keywords finds anything, where these stand.
    fn silent_near(&self, asked: &Asked<'_>, words: &Standing, text: &[u8], work: &mut u64) -> bool {
        let wakes = |detector: usize| self.words.of(detector).iter().any(|word| words.words.contains(word));
        words.among == 0 || asked.nothing(&self.worded, words.among, &wakes, text, work)
    }
}

/// Keywords that stand somewhere.
#[derive(Default)]
struct Standing {
    words: Vec<usize>,
    /// Where the windows of the detectors lie that they wake.
    among: Mask,
}

impl Standing {
    fn note(&mut self, search: &Search, word: usize) {
        self.words.push(word);
        self.among |= search.words.buckets(word);
    }
}

/// How many bytes automata may read.
struct Bound(u64);

impl Bound {
    /// In a text that is looked at now.
    fn of(text: &[u8], work: &mut u64) -> Self {
        let bound = Self(*work + PATIENCE * (text.len() as u64 + 64));
        *work += text.len() as u64;
        bound
    }
}

impl Asked<'_> {
    /// Whether none of these detectors, a window of each of which lies at `at`, finds anything there.
    fn nothing_at(
        &self,
        shown: impl Iterator<Item = usize>,
        text: &[u8],
        at: usize,
        work: &mut u64,
        bound: &Bound,
    ) -> bool {
        let mut asked = shown.filter(|&it| (self.counts)(it)).map(|it| self.detectors.get(it));
        !asked.any(|it| it.is_none_or(|it| finds(it, self.now_ms, text, at, work, bound)))
    }

    /// Whether none of the detectors that are awake finds anything.
    fn nothing(
        &self,
        finder: &Finder,
        among: Mask,
        wakes: &dyn Fn(usize) -> bool,
        text: &[u8],
        work: &mut u64,
    ) -> bool {
        let bound = Bound::of(text, work);
        let mut from = 0;
        while let Some((at, buckets)) = finder.next_candidate(text, from, text.len(), among) {
            let shown = finder.detectors(text, at, buckets, false).filter(|&it| wakes(it));
            if !self.nothing_at(shown, text, at, work, &bound) {
                return false;
            }
            from = at + 1;
        }
        true
    }
}

/// Whether a match that is real but for its keywords starts where a window at `at` says that one may. `work` grows by
/// the bytes that were read; beyond `bound` the answer is yes.
fn finds(detector: &Detector, now_ms: Option<u64>, text: &[u8], at: usize, work: &mut u64, bound: &Bound) -> bool {
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
        real || *work > bound.0
    })
}
