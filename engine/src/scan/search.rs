//! Where matches can start: at any window of most detectors, and near their words for those with keywords.
//!
//! A detector with keywords often has a wide pattern, such as thirty-two hex digits, whose windows lie everywhere. Its
//! words do not: so they are looked for first, all in one pass, and wake it where they stand.

use super::class::ByteClass;
use super::detector::Detector;
use super::finder::{Finder, WINDOW};

/// The windows of one detector.
pub type Windows = Vec<Vec<ByteClass>>;

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
            let keep =
                |(at, windows): (usize, &Windows)| if worded(at) == wanted { windows.clone() } else { Vec::new() };
            windows.iter().enumerate().map(keep).collect()
        };
        let (plain, keyed) = (only(false), only(true));
        let reach = |(detector, windows): (&Detector, &Windows)| (!windows.is_empty()).then(|| detector.span());
        let reaches: Vec<_> = detectors.iter().zip(&keyed).map(reach).collect();
        let words = Words::new(detectors, &reaches);
        Self { plain: Finder::new(&plain), worded: Finder::new(&keyed), words, reaches, led: led(detectors, windows) }
    }

    /// How far from one of its words a window of a detector can lie; none if it has no keywords.
    pub fn reach(&self, detector: usize) -> Option<usize> {
        self.reaches.get(detector).copied().flatten()
    }

    /// The greatest [`Self::reach`].
    pub fn farthest(&self) -> usize {
        self.reaches.iter().flatten().copied().max().unwrap_or(0)
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

    /// Whether no match lies in a text that is all there is behind `context`.
    pub fn silent(&self, context: &[u8], text: &[u8]) -> bool {
        let nothing = |finder: &Finder| finder.next_candidate(text, 0, text.len()).is_none();
        nothing(&self.plain) && (!self.words.any(text) && !self.words.any(context) || nothing(&self.worded))
    }
}

fn led(detectors: &[Detector], windows: &[Windows]) -> Vec<Led> {
    let mut led: Vec<Led> = Vec::new();
    for (at, (detector, windows)) in detectors.iter().zip(windows).enumerate() {
        let (before, most) = (detector.before, detector.offsets.1);
        if most == 0 || windows.is_empty() {
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
    /// In lower case, each once.
    words: Vec<Vec<u8>>,
    /// For each word, the detectors that it wakes.
    wakes: Vec<Vec<usize>>,
}

impl Words {
    fn new(detectors: &[Detector], reaches: &[Option<usize>]) -> Self {
        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut wakes: Vec<Vec<usize>> = Vec::new();
        for (at, detector) in
            detectors.iter().enumerate().filter(|(at, _)| reaches.get(*at).is_some_and(Option::is_some))
        {
            for word in detector.keywords.iter().flat_map(|keywords| keywords.words()) {
                match words.iter().position(|known| known == word) {
                    Some(known) => wakes.get_mut(known).into_iter().for_each(|woken| woken.push(at)),
                    None => {
                        words.push(word.to_vec());
                        wakes.push(vec![at]);
                    }
                }
            }
        }
        let both = |&byte: &u8| [byte, byte.to_ascii_uppercase()].into_iter().collect::<ByteClass>();
        let window = |word: &Vec<u8>| vec![word.iter().take(WINDOW).map(both).collect::<Vec<_>>()];
        let finder = Finder::new(&words.iter().map(window).collect::<Vec<_>>());
        Self { finder, words, wakes }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a word stands in a text.
    pub fn any(&self, text: &[u8]) -> bool {
        let mut any = false;
        self.each(text, 0, |_, _| {
            any = true;
            false
        });
        any
    }

    /// Calls `found` with the position of every word that begins at or behind `from`, and the detectors that it wakes,
    /// until it returns false.
    pub fn each(&self, text: &[u8], from: usize, mut found: impl FnMut(usize, &[usize]) -> bool) {
        let mut from = from;
        while let Some((at, buckets)) = self.finder.next_candidate(text, from, text.len()) {
            for word in self.finder.detectors(text, at, buckets) {
                let stands = self.words.get(word).is_some_and(|word| {
                    text.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
                });
                if stands && !found(at, self.wakes.get(word).map_or(&[], Vec::as_slice)) {
                    return;
                }
            }
            from = at + 1;
        }
    }
}
