//! The candidate finder: where in a text a match can possibly start.
//!
//! Each detector shows one of its windows, byte classes in a row, at a bounded offset from the start of every match.
//! The first four bytes of all windows of all detectors are tested at once by four table look-ups a byte; the rest is
//! compared where these let a place through.

use std::cell::OnceCell;
use std::rc::Rc;

use super::patterns::{Pattern, Patterns};
use super::rows::Rows;
use super::tables::{BUCKETS, Lit, Place, Slot, Table, Tables};

/// Bytes of a window that the tables see.
pub const WINDOW: usize = 4;

/// Bytes that a window spans at most.
pub const LONGEST_WINDOW: usize = 32;

/// A set of buckets.
pub type Mask = u128;

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

/// The windows of some detectors of a plan.
#[derive(Default)]
pub struct Finder {
    pub(super) patterns: Rc<Patterns>,
    /// The windows, each once.
    pub(super) windows: Box<[Pattern]>,
    /// The bucket of each.
    pub(super) buckets: Box<[u8]>,
    /// The detectors that show each.
    showing: Rows<usize>,
    /// Windows of each detector.
    shows: Rows<usize>,
    /// Made when something is first looked for with them: not all windows are.
    tables: OnceCell<Tables>,
}

impl Finder {
    /// Takes the windows of each detector, none of one that is not looked for, and the buckets of all in the order in
    /// which they come up first.
    ///
    /// # Errors
    /// That is not a bucket for each.
    pub fn new<'a>(
        patterns: &Rc<Patterns>,
        detectors: impl Iterator<Item = &'a [u32]>,
        buckets: &[u8],
    ) -> Result<Self, BucketsError> {
        let (windows, shown) = named(patterns, detectors);
        let showing = Rows::new(windows.len(), shown.iter().map(|&(detector, window)| (window, detector)));
        let shows = Rows::new(shown.last().map_or(0, |(last, _)| last + 1), shown.iter().copied());
        Self::of(patterns, windows, buckets, showing, shows)
    }

    /// Takes the beginnings of words, which no detector shows.
    ///
    /// # Errors
    /// The buckets are not one for each.
    pub fn of_words(patterns: &Rc<Patterns>, buckets: &[u8]) -> Result<Self, BucketsError> {
        Self::of(patterns, patterns.beginnings().to_vec(), buckets, Rows::default(), Rows::default())
    }

    fn of(
        patterns: &Rc<Patterns>,
        windows: Vec<Pattern>,
        buckets: &[u8],
        showing: Rows<usize>,
        shows: Rows<usize>,
    ) -> Result<Self, BucketsError> {
        if buckets.len() != windows.len() || buckets.iter().any(|&bucket| usize::from(bucket) >= BUCKETS) {
            return Err(BucketsError);
        }
        let patterns = Rc::clone(patterns);
        let (windows, buckets) = (windows.into(), buckets.into());
        Ok(Self { patterns, windows, buckets, showing, shows, tables: OnceCell::new() })
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
        self.buckets(self.shows.get(detector).iter().copied())
    }

    /// The buckets of windows.
    fn buckets(&self, windows: impl Iterator<Item = usize>) -> Mask {
        windows.filter_map(|window| self.buckets.get(window)).fold(0, |mask, bucket| mask | 1 << bucket)
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
            .flat_map(|bucket| self.tables().slots.get(bucket))
            .filter(move |slot| self.lies(slot, &place))
            .flat_map(|slot| self.showing(slot.window as usize))
            .copied()
    }

    #[inline]
    fn lies(&self, slot: &Slot, place: &Place<'_>) -> bool {
        place.head.is_none_or(|head| head | slot.fold == slot.value)
            && (usize::from(slot.word) <= WINDOW || usize::from(slot.word) <= place.run())
            && self
                .windows
                .get(slot.window as usize)
                .is_some_and(|window| (place.edge || !window.edge) && self.matches(window, place.ahead, place.open))
    }

    /// The windows, each once.
    pub fn windows(&self) -> &[Pattern] {
        &self.windows
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.windows.len()
    }

    /// Whether a window, by its number in [`Self::windows`], lies whole at `at`.
    #[inline]
    pub fn window_lies(&self, window: usize, text: &[u8], at: usize) -> bool {
        let ahead = text.get(at..).unwrap_or_default();
        let lies = |window: &Pattern| (!window.edge || at_edge(text, at)) && self.matches(window, ahead, false);
        self.windows.get(window).is_some_and(lies)
    }

    /// The detectors that show a window.
    pub fn showing(&self, window: usize) -> &[usize] {
        self.showing.get(window)
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
            let slots = Lit(buckets).flat_map(|bucket| self.tables().slots.get(bucket));
            for window in slots.map(|slot| slot.window as usize).filter(|window| windows.contains(window)) {
                if self.window_lies(window, text, at) && !found(at, window) {
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
        let mut shown = self.shows.get(detector).iter().filter_map(|&window| self.windows.get(window));
        shown.any(|window| self.matches(window, ahead, open))
    }

    #[inline]
    fn matches(&self, window: &Pattern, ahead: &[u8], open: bool) -> bool {
        let classes = self.patterns.row(window);
        let lies = |(&byte, &class): (&u8, &u16)| self.patterns.class(class).is_some_and(|class| class.contains(byte));
        (open || ahead.len() >= classes.len()) && ahead.iter().zip(classes).all(lies)
    }
}

/// The windows that detectors name, in the order in which they come up first, and those of each detector, by their
/// places among them.
pub(crate) fn named<'a>(
    patterns: &Patterns,
    detectors: impl Iterator<Item = &'a [u32]>,
) -> (Vec<Pattern>, Vec<(usize, usize)>) {
    // The place of each window, and the last detector that named it.
    let mut places = vec![None; patterns.windows().len()];
    let (mut windows, mut shown) = (Vec::new(), Vec::new());
    for (detector, numbers) in detectors.enumerate() {
        for number in numbers.iter().map(|&number| number as usize) {
            let (Some(known), Some(window)) = (places.get_mut(number), patterns.windows().get(number)) else {
                continue;
            };
            let place = match *known {
                Some((_, last)) if last == detector => continue,
                Some((place, _)) => place,
                None => {
                    windows.push(*window);
                    windows.len() - 1
                }
            };
            *known = Some((place, detector));
            shown.push((detector, place));
        }
    }
    (windows, shown)
}

/// The plan does not say of each window in which bucket it is.
#[derive(Debug)]
pub struct BucketsError;

impl std::fmt::Display for BucketsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("its windows are not those of its buckets")
    }
}
