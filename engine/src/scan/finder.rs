//! The candidate finder: where in a text a match can possibly start.
//!
//! Each detector shows one of its windows, byte classes in a row, at a bounded offset from the start of every match.
//! The first four bytes of all windows of all detectors are tested at once by four table look-ups a byte; the rest is
//! compared where these let a place through.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::class::ByteClass;
use super::tables::{Lit, Place, Slot, Table, Tables};

/// Bytes of a window that the tables see.
pub const WINDOW: usize = 4;

/// Bytes that a window spans at most.
pub const LONGEST_WINDOW: usize = 32;

/// A set of buckets.
pub type Mask = u128;

/// The windows of one detector; none for one that is not looked for.
#[derive(Clone, Debug, Default)]
pub struct Windows {
    /// They lie at the start of a match, and no letter, digit or `_` stands before them.
    pub edge: bool,
    /// Their classes.
    pub all: Vec<Vec<ByteClass>>,
}

/// A window, and the detectors that show it.
pub(super) struct Shown {
    /// Its classes by their numbers.
    pub(super) classes: Box<[u16]>,
    /// See [`Windows::edge`].
    pub(super) edge: bool,
    /// How many of the first of them hold nothing but what [`in_word`] does.
    pub(super) word: u8,
    pub(super) detectors: Vec<usize>,
}

/// Letters, digits, `_` and `-`: what keys and ids are made of. Most words are shorter than a key.
pub(super) fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Whether no letter, digit or `_` stands before a place.
#[inline]
pub(super) fn at_edge(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    !before.is_some_and(|&byte| in_word(byte) && byte != b'-')
}

/// The windows of all detectors of a plan.
pub struct Finder {
    /// The classes that windows are made of, each once.
    pub(super) classes: Vec<ByteClass>,
    /// The windows, each once.
    pub(super) windows: Vec<Shown>,
    /// Windows of each detector.
    shows: Vec<Vec<usize>>,
    /// Made when something is first looked for with them: not all windows are.
    tables: OnceCell<Tables>,
}

impl Finder {
    /// Takes each detector's windows.
    pub fn new(detectors: &[Windows]) -> Self {
        let mut finder = Self {
            classes: Vec::new(),
            windows: Vec::new(),
            shows: vec![Vec::new(); detectors.len()],
            tables: OnceCell::new(),
        };
        let mut numbers: HashMap<ByteClass, u16> = HashMap::new();
        let mut known: HashMap<(bool, Box<[u16]>), usize> = HashMap::new();
        // Of the classes, which are of a word.
        let mut words: Vec<bool> = Vec::new();
        for (detector, (windows, shows)) in detectors.iter().zip(&mut finder.shows).enumerate() {
            for window in &windows.all {
                let number = |class: &ByteClass| {
                    *numbers.entry(*class).or_insert_with(|| {
                        finder.classes.push(*class);
                        words.push(class.bytes().all(in_word));
                        u16::try_from(finder.classes.len() - 1).unwrap_or(u16::MAX)
                    })
                };
                let classes: Box<[u16]> = window.iter().map(number).collect();
                let at = *known.entry((windows.edge, classes)).or_insert_with_key(|(edge, classes)| {
                    let of_word = |class: &&u16| words.get(usize::from(**class)).copied().unwrap_or(false);
                    let word = u8::try_from(classes.iter().take_while(of_word).count()).unwrap_or(u8::MAX);
                    let (classes, detectors) = (classes.clone(), Vec::new());
                    finder.windows.push(Shown { classes, edge: *edge, word, detectors });
                    finder.windows.len() - 1
                });
                if let Some(window) = finder.windows.get_mut(at)
                    && window.detectors.last() != Some(&detector)
                {
                    window.detectors.push(detector);
                    shows.push(at);
                }
            }
        }
        finder
    }

    fn tables(&self) -> &Tables {
        self.tables.get_or_init(|| Tables::new(self))
    }

    /// Makes the tables now, not in the midst of a text.
    pub fn make_ready(&self) {
        self.tables();
    }

    /// The buckets of a detector's windows.
    pub fn buckets_of(&self, detector: usize) -> Mask {
        self.buckets(self.shows.get(detector).into_iter().flatten().copied())
    }

    /// The buckets of windows.
    fn buckets(&self, windows: impl Iterator<Item = usize>) -> Mask {
        let of = &self.tables().of;
        windows.filter_map(|window| of.get(window)).fold(0, |mask, bucket| mask | 1 << bucket)
    }

    /// The first position at or behind `from` and before `to` at which a window of the buckets `among` may lie, with
    /// its buckets. What lies behind the text is its end.
    #[inline]
    pub fn next_candidate(&self, text: &[u8], from: usize, to: usize, among: Mask) -> Option<(usize, Mask)> {
        let tables = self.tables();
        let whole = text.len().saturating_sub(WINDOW - 1).min(to);
        let ahead = text.get(from..(whole + WINDOW - 1).min(text.len())).unwrap_or_default();
        for (offset, bytes) in ahead.array_windows::<WINDOW>().enumerate() {
            let mask = tables.mask(*bytes) & among;
            if mask != 0 {
                return Some((from + offset, mask));
            }
        }
        (from.max(whole)..to).find_map(|at| match tables.mask_of_end(text.get(at..).unwrap_or_default()) & among {
            0 => None,
            mask => Some((at, mask)),
        })
    }

    /// The detectors of which the beginning of a window lies at `at`, where the text ends within four bytes and may
    /// go on.
    pub fn begun<'a>(&'a self, text: &'a [u8], at: usize) -> impl Iterator<Item = usize> + 'a {
        let begins =
            |mask: Mask, (table, byte): (&Table, &u8)| mask & table.get(usize::from(*byte)).copied().unwrap_or(0);
        let mask = self.tables().accepts.iter().zip(text.get(at..).unwrap_or_default()).fold(Mask::MAX, begins);
        self.detectors(text, at, mask, true)
    }

    /// The detectors with a window of `buckets` at `at`; one may be named more than once. A window that is cut by the
    /// end of the text counts when the text is `open`.
    pub fn detectors<'a>(
        &'a self,
        text: &'a [u8],
        at: usize,
        buckets: Mask,
        open: bool,
    ) -> impl Iterator<Item = usize> + 'a {
        let place = Place::new(text, at, open);
        Lit(buckets)
            .filter_map(|bucket| self.tables().buckets.get(bucket))
            .flatten()
            .filter(move |slot| self.lies(slot, &place))
            .filter_map(|slot| self.windows.get(slot.window))
            .flat_map(|window| window.detectors.iter().copied())
    }

    #[inline]
    fn lies(&self, slot: &Slot, place: &Place<'_>) -> bool {
        place.head.is_none_or(|head| head | slot.fold == slot.value)
            && (usize::from(slot.word) <= WINDOW || usize::from(slot.word) <= place.run())
            && self
                .windows
                .get(slot.window)
                .is_some_and(|window| (place.edge || !window.edge) && self.matches(window, place.ahead, place.open))
    }

    /// The windows, each once, with whether they begin at an edge of a word.
    pub fn windows(&self) -> impl Iterator<Item = (Vec<ByteClass>, bool)> + '_ {
        let class = |number: &u16| self.classes.get(usize::from(*number)).copied().unwrap_or_default();
        self.windows.iter().map(move |window| (window.classes.iter().map(class).collect(), window.edge))
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.windows.len()
    }

    /// Whether a window, by its number in [`Self::windows`], lies whole at `at`.
    #[inline]
    pub fn window_lies(&self, window: usize, text: &[u8], at: usize) -> bool {
        let ahead = text.get(at..).unwrap_or_default();
        let lies = |window: &Shown| (!window.edge || at_edge(text, at)) && self.matches(window, ahead, false);
        self.windows.get(window).is_some_and(lies)
    }

    /// The detectors that show a window.
    pub fn showing(&self, window: usize) -> &[usize] {
        self.windows.get(window).map_or(&[], |window| window.detectors.as_slice())
    }

    /// Calls `found` with those of `windows` that lie whole in a text at or behind `from`, until it returns false; whether
    /// it never did.
    pub fn each(
        &self,
        windows: &[usize],
        text: &[u8],
        from: usize,
        mut found: impl FnMut(usize, usize) -> bool,
    ) -> bool {
        let among = self.buckets(windows.iter().copied());
        let mut from = from;
        while let Some((at, buckets)) = self.next_candidate(text, from, text.len(), among) {
            let slots = Lit(buckets).filter_map(|bucket| self.tables().buckets.get(bucket)).flatten();
            for slot in slots.filter(|slot| windows.contains(&slot.window)) {
                if self.window_lies(slot.window, text, at) && !found(at, slot.window) {
                    return false;
                }
            }
            from = at + 1;
        }
        true
    }

    /// Whether one of the detector's windows lies at `at`; one cut by the end of the text counts when that is `open`.
    pub fn lies_at(&self, detector: usize, text: &[u8], at: usize, open: bool) -> bool {
        let ahead = text.get(at..).unwrap_or_default();
        let mut shown = self.shows.get(detector).into_iter().flatten().filter_map(|&window| self.windows.get(window));
        shown.any(|window| self.matches(window, ahead, open))
    }

    #[inline]
    fn matches(&self, window: &Shown, ahead: &[u8], open: bool) -> bool {
        let lies = |(&byte, &class): (&u8, &u16)| {
            self.classes.get(usize::from(class)).is_some_and(|class| class.contains(byte))
        };
        (open || ahead.len() >= window.classes.len()) && ahead.iter().zip(&window.classes).all(lies)
    }
}
