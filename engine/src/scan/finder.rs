//! The candidate finder: where in a text a match can possibly start.
//!
//! Each detector shows one of its windows, up to four byte classes in a row, at a bounded offset from the start of
//! every match. All windows of all detectors are tested at once by four table look-ups a byte.

use super::class::ByteClass;
use super::clusters::clusters;

/// Bytes that a window spans at most.
pub const WINDOW: usize = 4;

/// A set of buckets.
pub type Mask = u128;

/// Windows share as many buckets as a set has bits.
const BUCKETS: usize = 128;

/// Classes of a window by their numbers; as many as it has bytes.
#[derive(Clone, Copy)]
struct Window {
    classes: [u16; WINDOW],
    length: u8,
}

/// For each byte of a window and each byte of a text, the buckets that accept it there.
type Table = Box<[Mask; 256]>;

/// The windows of all detectors of a plan.
pub struct Finder {
    tables: [Table; WINDOW],
    /// For each byte of a window, the buckets with a window that is shorter: they accept the end of the text there.
    ends: [Mask; WINDOW],
    /// The classes that windows are made of, each once.
    classes: Vec<ByteClass>,
    /// Detectors with a window of each bucket.
    buckets: Vec<Vec<(u32, Window)>>,
    /// The windows, those of a detector behind one another.
    windows: Vec<Window>,
    /// For each detector, where its windows begin, and where the last end.
    starts: Vec<u32>,
}

impl Finder {
    /// Builds the tables from each detector's windows.
    pub fn new(detectors: &[Vec<Vec<ByteClass>>]) -> Self {
        let mut finder = Self {
            tables: std::array::from_fn(|_| Box::new([0; 256])),
            ends: [0; WINDOW],
            classes: Vec::new(),
            buckets: (0..BUCKETS).map(|_| Vec::new()).collect(),
            windows: Vec::new(),
            starts: vec![0],
        };
        let mut all = Vec::new();
        for (detector, windows) in (0_u32..).zip(detectors) {
            for window in windows {
                let window = finder.window(window);
                finder.windows.push(window);
                all.push((detector, window));
            }
            finder.starts.push(u32::try_from(finder.windows.len()).unwrap_or(u32::MAX));
        }
        let spelled: Vec<Vec<ByteClass>> =
            all.iter().map(|(_, window)| finder.spelled(*window).copied().collect()).collect();
        for ((bucket, classes), window) in clusters(&spelled, BUCKETS).into_iter().zip(&spelled).zip(all) {
            finder.fill(bucket, classes, window);
        }
        finder
    }

    /// A window with the numbers of its classes.
    fn window(&mut self, classes: &[ByteClass]) -> Window {
        let mut window = Window { classes: [0; WINDOW], length: 0 };
        for (class, number) in classes.iter().zip(&mut window.classes) {
            let known = self.classes.iter().position(|known| known == class).unwrap_or_else(|| {
                self.classes.push(*class);
                self.classes.len() - 1
            });
            *number = u16::try_from(known).unwrap_or(u16::MAX);
            window.length += 1;
        }
        window
    }

    /// The classes of a window.
    fn spelled(&self, window: Window) -> impl Iterator<Item = &ByteClass> {
        let numbers = window.classes.into_iter().take(usize::from(window.length));
        numbers.filter_map(|number| self.classes.get(usize::from(number)))
    }

    /// Puts a window of a detector, made of `classes`, into a bucket.
    fn fill(&mut self, bucket: usize, classes: &[ByteClass], window: (u32, Window)) {
        for (at, (table, end)) in self.tables.iter_mut().zip(&mut self.ends).enumerate() {
            let class = classes.get(at);
            *end |= Mask::from(class.is_none()) << bucket;
            for (byte, cell) in (0..=u8::MAX).zip(table.iter_mut()) {
                *cell |= Mask::from(class.is_none_or(|class| class.contains(byte))) << bucket;
            }
        }
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.push(window);
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

    /// The buckets that accept the last bytes of a text, fewer than a window, and its end.
    fn mask_of_end(&self, bytes: &[u8]) -> Mask {
        let at = |(index, (table, end)): (usize, (&Table, &Mask))| match bytes.get(index) {
            Some(&byte) => table.get(usize::from(byte)).copied().unwrap_or(0),
            None => *end,
        };
        self.tables.iter().zip(&self.ends).enumerate().map(at).fold(Mask::MAX, |all, mask| all & mask)
    }

    /// The first position at or behind `from` and before `to` at which a window may lie, with its buckets. What lies
    /// behind the text is its end.
    #[inline]
    pub fn next_candidate(&self, text: &[u8], from: usize, to: usize) -> Option<(usize, Mask)> {
        let whole = text.len().saturating_sub(WINDOW - 1).min(to);
        let ahead = text.get(from..(whole + WINDOW - 1).min(text.len())).unwrap_or_default();
        for (offset, bytes) in ahead.array_windows::<WINDOW>().enumerate() {
            let mask = self.mask(*bytes);
            if mask != 0 {
                return Some((from + offset, mask));
            }
        }
        (from.max(whole)..to).find_map(|at| match self.mask_of_end(text.get(at..).unwrap_or_default()) {
            0 => None,
            mask => Some((at, mask)),
        })
    }

    /// The detectors of which the beginning of a window lies at `at`, where the text ends within a window's length.
    pub fn begun<'a>(&'a self, text: &'a [u8], at: usize) -> impl Iterator<Item = usize> + 'a {
        let begins =
            |mask: Mask, (table, byte): (&Table, &u8)| mask & table.get(usize::from(*byte)).copied().unwrap_or(0);
        let mask = self.tables.iter().zip(text.get(at..).unwrap_or_default()).fold(Mask::MAX, begins);
        self.within(mask)
            .filter(move |(_, window)| self.matches(*window, text, at, true))
            .map(|(known, _)| *known as usize)
    }

    /// The detectors with a window of `buckets` at `at`; one may be named more than once.
    pub fn detectors<'a>(&'a self, text: &'a [u8], at: usize, buckets: Mask) -> impl Iterator<Item = usize> + 'a {
        let lies = move |(_, window): &&(u32, Window)| self.matches(*window, text, at, false);
        self.within(buckets).filter(lies).map(|(detector, _)| *detector as usize)
    }

    /// What lies in these buckets.
    fn within(&self, mut buckets: Mask) -> impl Iterator<Item = &(u32, Window)> {
        std::iter::from_fn(move || {
            let bucket = (buckets != 0).then(|| buckets.trailing_zeros() as usize)?;
            buckets &= buckets - 1;
            Some(bucket)
        })
        .filter_map(|bucket| self.buckets.get(bucket))
        .flatten()
    }

    /// Whether one of the detector's windows lies at `at`; a window cut by the end of `text` counts when `open`.
    pub fn lies_at(&self, detector: usize, text: &[u8], at: usize, open: bool) -> bool {
        let (Some(&from), Some(&to)) = (self.starts.get(detector), self.starts.get(detector + 1)) else { return false };
        let windows = self.windows.get(from as usize..to as usize).unwrap_or_default();
        windows.iter().any(|window| self.matches(*window, text, at, open))
    }

    #[inline]
    fn matches(&self, window: Window, text: &[u8], at: usize, open: bool) -> bool {
        let mut classes = self.spelled(window).enumerate();
        classes.all(|(offset, class)| text.get(at + offset).map_or(open, |&byte| class.contains(byte)))
    }
}
