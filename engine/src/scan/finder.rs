//! The candidate finder: where in a text a match can possibly start.
//!
//! Each detector shows one of its windows, byte classes in a row, at a bounded offset from the start of every match.
//! The first four bytes of all windows of all detectors are tested at once by four table look-ups a byte; the rest is
//! compared where these let a place through.

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

/// Letters, digits, `_` and `-`: what keys and ids are made of. Most words are shorter than a key.
fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The windows of all detectors of a plan.
pub struct Finder {
    tables: [Table; WINDOW],
    /// For each byte of a window, the buckets with a window that is shorter: they accept the end of the text there.
    ends: [Mask; WINDOW],
    /// The classes that windows are made of, each once.
    classes: Vec<ByteClass>,
    /// The windows, each once.
    windows: Vec<Shown>,
    /// Windows of each bucket, and how many of their first classes are of a word.
    buckets: Vec<Vec<(u8, usize)>>,
    /// Windows of each detector.
    shows: Vec<Vec<usize>>,
}

impl Finder {
    /// Builds the tables from each detector's windows.
    pub fn new(detectors: &[Windows]) -> Self {
        let mut finder = Self {
            tables: std::array::from_fn(|_| Box::new([0; 256])),
            ends: [0; WINDOW],
            classes: Vec::new(),
            windows: Vec::new(),
            buckets: (0..BUCKETS).map(|_| Vec::new()).collect(),
            shows: vec![Vec::new(); detectors.len()],
        };
        let mut numbers: HashMap<ByteClass, u16> = HashMap::new();
        let mut known: HashMap<(bool, Box<[u16]>), usize> = HashMap::new();
        let mut heads: Vec<Vec<ByteClass>> = Vec::new();
        for (detector, (windows, shows)) in detectors.iter().zip(&mut finder.shows).enumerate() {
            for window in &windows.all {
                let number = |class: &ByteClass| {
                    *numbers.entry(*class).or_insert_with(|| {
                        finder.classes.push(*class);
                        u16::try_from(finder.classes.len() - 1).unwrap_or(u16::MAX)
                    })
                };
                let classes: Box<[u16]> = window.iter().map(number).collect();
                let at = *known.entry((windows.edge, classes)).or_insert_with_key(|(edge, classes)| {
                    let word = window.iter().take_while(|class| class.bytes().all(in_word)).count();
                    let word = u8::try_from(word).unwrap_or(u8::MAX);
                    finder.windows.push(Shown { classes: classes.clone(), edge: *edge, word, detectors: Vec::new() });
                    heads.push(window.iter().take(WINDOW).copied().collect());
                    heads.len() - 1
                });
                if let Some(window) = finder.windows.get_mut(at)
                    && window.detectors.last() != Some(&detector)
                {
                    window.detectors.push(detector);
                    shows.push(at);
                }
            }
        }
        for (at, (bucket, head)) in clusters(&heads, BUCKETS).into_iter().zip(&heads).enumerate() {
            finder.fill(bucket, head, at);
        }
        finder
    }

    /// Puts a window that begins with these classes into a bucket.
    fn fill(&mut self, bucket: usize, head: &[ByteClass], window: usize) {
        for (at, (table, end)) in self.tables.iter_mut().zip(&mut self.ends).enumerate() {
            let class = head.get(at);
            *end |= Mask::from(class.is_none()) << bucket;
            for (byte, cell) in (0..=u8::MAX).zip(table.iter_mut()) {
                *cell |= Mask::from(class.is_none_or(|class| class.contains(byte))) << bucket;
            }
        }
        if let (Some(bucket), Some(shown)) = (self.buckets.get_mut(bucket), self.windows.get(window)) {
            bucket.push((shown.word, window));
        }
    }

    /// The buckets that accept four bytes.
    #[inline]
    fn mask(&self, bytes: [u8; WINDOW]) -> Mask {
        let accepts = |table: &Table, byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
        let [first, second, third, fourth] = &self.tables;
        let [a, b, c, d] = bytes;
        accepts(first, a) & accepts(second, b) & accepts(third, c) & accepts(fourth, d)
    }

    /// The buckets that accept the last bytes of a text, fewer than they look at, and its end.
    fn mask_of_end(&self, bytes: &[u8]) -> Mask {
        let at = |(index, (table, end)): (usize, (&Table, &Mask))| match bytes.get(index) {
            Some(&byte) => table.get(usize::from(byte)).copied().unwrap_or(0),
            None => *end,
        };
        self.tables.iter().zip(&self.ends).enumerate().map(at).fold(Mask::MAX, |all, mask| all & mask)
    }

    /// The buckets of a detector's windows.
    pub fn buckets_of(&self, detector: usize) -> Mask {
        let shown = self.shows.get(detector).map_or(&[][..], Vec::as_slice);
        let lies = |bucket: &[(u8, usize)]| bucket.iter().any(|(_, window)| shown.contains(window));
        (0..).zip(&self.buckets).filter(|(_, bucket)| lies(bucket)).fold(0, |mask, (at, _)| mask | 1 << at)
    }

    /// The first position at or behind `from` and before `to` at which a window of the buckets `among` may lie, with
    /// its buckets. What lies behind the text is its end.
    #[inline]
    pub fn next_candidate(&self, text: &[u8], from: usize, to: usize, among: Mask) -> Option<(usize, Mask)> {
        let whole = text.len().saturating_sub(WINDOW - 1).min(to);
        let ahead = text.get(from..(whole + WINDOW - 1).min(text.len())).unwrap_or_default();
        for (offset, bytes) in ahead.array_windows::<WINDOW>().enumerate() {
            let mask = self.mask(*bytes) & among;
            if mask != 0 {
                return Some((from + offset, mask));
            }
        }
        (from.max(whole)..to).find_map(|at| match self.mask_of_end(text.get(at..).unwrap_or_default()) & among {
            0 => None,
            mask => Some((at, mask)),
        })
    }

    /// The detectors of which the beginning of a window lies at `at`, where the text ends within four bytes and may
    /// go on.
    pub fn begun<'a>(&'a self, text: &'a [u8], at: usize) -> impl Iterator<Item = usize> + 'a {
        let begins =
            |mask: Mask, (table, byte): (&Table, &u8)| mask & table.get(usize::from(*byte)).copied().unwrap_or(0);
        let mask = self.tables.iter().zip(text.get(at..).unwrap_or_default()).fold(Mask::MAX, begins);
        self.detectors(text, at, mask, true)
    }

    /// The detectors with a window of `buckets` at `at`; one may be named more than once. A window that is cut by the
    /// end of the text counts when the text is `open`.
    pub fn detectors<'a>(
        &'a self,
        text: &'a [u8],
        at: usize,
        mut buckets: Mask,
        open: bool,
    ) -> impl Iterator<Item = usize> + 'a {
        let lit = std::iter::from_fn(move || {
            let bucket = (buckets != 0).then(|| buckets.trailing_zeros() as usize)?;
            buckets &= buckets - 1;
            Some(bucket)
        });
        // How far a word goes on from here, told once for all windows.
        let ahead = text.get(at..).unwrap_or_default();
        let run = ahead.iter().take(LONGEST_WINDOW).take_while(|&&byte| in_word(byte)).count();
        let run = if open && run == ahead.len() { LONGEST_WINDOW } else { run };
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let edge = !before.is_some_and(|&byte| in_word(byte) && byte != b'-');
        lit.filter_map(|bucket| self.buckets.get(bucket))
            .flatten()
            .filter(move |(word, _)| usize::from(*word) <= run)
            .filter_map(|(_, window)| self.windows.get(*window))
            .filter(move |window| edge || !window.edge)
            .filter(move |window| self.matches(window, text, at, open))
            .flat_map(|window| window.detectors.iter().copied())
    }

    /// Whether one of the detector's windows lies at `at`; one cut by the end of the text counts when that is `open`.
    pub fn lies_at(&self, detector: usize, text: &[u8], at: usize, open: bool) -> bool {
        let mut shown = self.shows.get(detector).into_iter().flatten().filter_map(|&window| self.windows.get(window));
        shown.any(|window| self.matches(window, text, at, open))
    }

    #[inline]
    fn matches(&self, window: &Shown, text: &[u8], at: usize, open: bool) -> bool {
        let ahead = text.get(at..).unwrap_or_default();
        let lies = |(&byte, &class): (&u8, &u16)| {
            self.classes.get(usize::from(class)).is_some_and(|class| class.contains(byte))
        };
        (open || ahead.len() >= window.classes.len()) && ahead.iter().zip(&window.classes).all(lies)
    }
}
