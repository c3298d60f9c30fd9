//! The candidate finder: where in a text a match can possibly start.
//!
//! Each detector shows one of its windows, byte classes in a row, at a bounded offset from the start of every match.
//! The first four bytes of all windows of all detectors are tested at once by four table look-ups a byte; the rest is
//! compared where these let a place through.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use super::class::ByteClass;
use super::clusters::clusters;

/// Bytes of a window that the tables see.
pub const WINDOW: usize = 4;

/// Bytes that a window spans at most.
pub const LONGEST_WINDOW: usize = 32;

/// A set of buckets.
pub type Mask = u128;

/// Windows share as many buckets as a set has bits.
const BUCKETS: usize = 128;

/// For each byte of a window and each byte of a text, the buckets that accept it there.
type Table = Box<[Mask; 256]>;

/// The windows of one detector; none for one that is not looked for.
#[derive(Clone, Debug, Default)]
pub struct Windows {
    /// They lie at the start of a match, and no letter, digit or `_` stands before them.
    pub edge: bool,
    /// Their classes.
    pub all: Vec<Vec<ByteClass>>,
}

/// A window, and the detectors that show it.
struct Shown {
    /// Its classes by their numbers.
    classes: Box<[u16]>,
    /// See [`Windows::edge`].
    edge: bool,
    /// How many of the first of them hold nothing but what [`in_word`] does.
    word: u8,
    detectors: Vec<usize>,
}

/// A window in a bucket, and what refuses it without a look at its classes.
struct Slot {
    /// The first four bytes of a text must come to `value` with these bits set: exact where a class is one byte or both
    /// cases of a letter, anything where it is more.
    fold: u32,
    value: u32,
    /// See [`Shown::word`].
    word: u8,
    window: usize,
}

impl Slot {
    fn new(window: usize, shown: &Shown, head: &[ByteClass]) -> Self {
        let one = |at: usize| -> (u8, u8) {
            let mut bytes = head.get(at).into_iter().flat_map(ByteClass::bytes);
            match (bytes.next(), bytes.next(), bytes.next()) {
                (Some(byte), None, None) => (0, byte),
                (Some(upper), Some(lower), None) if upper.is_ascii_uppercase() && upper | 0x20 == lower => {
                    (0x20, lower)
                }
                _ => (0xff, 0xff),
            }
        };
        let all: [(u8, u8); WINDOW] = std::array::from_fn(one);
        let [fold, value] = [all.map(|(fold, _)| fold), all.map(|(_, value)| value)].map(u32::from_le_bytes);
        Self { fold, value, word: shown.word, window }
    }
}

/// Letters, digits, `_` and `-`: what keys and ids are made of. Most words are shorter than a key.
fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The windows of all detectors of a plan.
pub struct Finder {
    /// The classes that windows are made of, each once.
    classes: Vec<ByteClass>,
    /// The windows, each once.
    windows: Vec<Shown>,
    /// Windows of each detector.
    shows: Vec<Vec<usize>>,
    /// Made when something is first looked for with them: not all windows are.
    tables: OnceCell<Tables>,
}

/// What is looked up for each byte of a text.
struct Tables {
    accepts: [Table; WINDOW],
    /// For each byte of a window, the buckets with a window that is shorter: they accept the end of the text there.
    ends: [Mask; WINDOW],
    /// Windows of each bucket.
    buckets: Vec<Vec<Slot>>,
    /// The bucket of each window.
    of: Vec<usize>,
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
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let edge = || !before.is_some_and(|&byte| in_word(byte) && byte != b'-');
        self.windows.get(window).is_some_and(|window| (!window.edge || edge()) && self.matches(window, ahead, false))
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

impl Tables {
    fn new(finder: &Finder) -> Self {
        let class = |number: &u16| finder.classes.get(usize::from(*number)).copied().unwrap_or_default();
        let head = |window: &Shown| -> Vec<ByteClass> { window.classes.iter().take(WINDOW).map(class).collect() };
        let heads: Vec<Vec<ByteClass>> = finder.windows.iter().map(head).collect();
        let mut tables = Self {
            accepts: std::array::from_fn(|_| Box::new([0; 256])),
            ends: [0; WINDOW],
            buckets: (0..BUCKETS).map(|_| Vec::new()).collect(),
            of: clusters(&heads, BUCKETS),
        };
        let mut accepted = vec![[None; WINDOW]; BUCKETS];
        for (at, ((&bucket, head), shown)) in tables.of.iter().zip(&heads).zip(&finder.windows).enumerate() {
            tables.buckets.get_mut(bucket).into_iter().for_each(|slots| slots.push(Slot::new(at, shown, head)));
            for (at, accepted) in accepted.get_mut(bucket).into_iter().flatten().enumerate() {
                let class = head.get(at).copied().unwrap_or(ByteClass::ALL);
                accepted.get_or_insert_with(ByteClass::default).extend(&class);
                if let (true, Some(end)) = (head.len() <= at, tables.ends.get_mut(at)) {
                    *end |= 1 << bucket;
                }
            }
        }
        for (bucket, accepted) in accepted.iter().enumerate() {
            for (table, class) in tables.accepts.iter_mut().zip(accepted) {
                for byte in class.iter().flat_map(ByteClass::bytes) {
                    table.get_mut(usize::from(byte)).into_iter().for_each(|cell| *cell |= 1 << bucket);
                }
            }
        }
        tables
    }

    /// The buckets that accept four bytes.
    #[inline]
    fn mask(&self, bytes: [u8; WINDOW]) -> Mask {
        let accepts = |table: &Table, byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
        let [first, second, third, fourth] = &self.accepts;
        let [a, b, c, d] = bytes;
        accepts(first, a) & accepts(second, b) & accepts(third, c) & accepts(fourth, d)
    }

    /// The buckets that accept the last bytes of a text, fewer than they look at, and its end.
    fn mask_of_end(&self, bytes: &[u8]) -> Mask {
        let at = |(index, (table, end)): (usize, (&Table, &Mask))| match bytes.get(index) {
            Some(&byte) => table.get(usize::from(byte)).copied().unwrap_or(0),
            None => *end,
        };
        self.accepts.iter().zip(&self.ends).enumerate().map(at).fold(Mask::MAX, |all, mask| all & mask)
    }
}

/// The numbers of the bits of a set.
struct Lit(Mask);

impl Iterator for Lit {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

/// What is told once of a place for all windows.
struct Place<'a> {
    ahead: &'a [u8],
    /// Its first four bytes, unless the text ends before.
    head: Option<u32>,
    /// See [`Self::run`], once it has been told.
    run: Cell<Option<usize>>,
    /// No letter, digit or `_` stands before it.
    edge: bool,
    open: bool,
}

impl<'a> Place<'a> {
    #[inline]
    fn new(text: &'a [u8], at: usize, open: bool) -> Self {
        let ahead = text.get(at..).unwrap_or_default();
        let head = ahead.first_chunk::<WINDOW>().map(|bytes| u32::from_le_bytes(*bytes));
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let edge = !before.is_some_and(|&byte| in_word(byte) && byte != b'-');
        Self { ahead, head, run: Cell::new(None), edge, open }
    }

    /// How far a word goes on from here; without bound where the text ends first and is open.
    fn run(&self) -> usize {
        if let Some(run) = self.run.get() {
            return run;
        }
        let run = self.ahead.iter().take(LONGEST_WINDOW).take_while(|&&byte| in_word(byte)).count();
        let run = if self.open && run == self.ahead.len() { LONGEST_WINDOW } else { run };
        self.run.set(Some(run));
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(bytes: &[u8]) -> ByteClass {
        bytes.iter().copied().collect()
    }

    /// What a slot refuses without a look is what its classes refuse.
    #[test]
    fn a_slot_refuses_nothing_that_its_window_accepts() {
        let heads = [
            [class(b"a"), class(b"Bb"), class(b"0123"), class(b"_")],
            [class(b"Zz"), class(b"@"), class(b"-_"), class(b"Az")],
            [class(b"{["), class(b"AC"), ByteClass::ALL, class(b"[{")],
        ];
        for head in heads {
            let shown = Shown { classes: Box::new([]), edge: false, word: 0, detectors: Vec::new() };
            let slot = Slot::new(0, &shown, &head);
            for (at, class) in head.iter().enumerate() {
                for byte in 0..=u8::MAX {
                    // The other bytes are ones that the window accepts.
                    let mut text = head.map(|class| class.bytes().next().unwrap_or_default());
                    text[at] = byte;
                    let passes = u32::from_le_bytes(text) | slot.fold == slot.value;
                    let exact =
                        matches!(class.bytes().count(), 1) || class.bytes().eq(*b"Bb") || class.bytes().eq(*b"Zz");
                    assert!(passes || !class.contains(byte), "{at} {byte}");
                    assert!(!passes || !exact || class.contains(byte), "{at} {byte}");
                }
            }
        }
    }
}
