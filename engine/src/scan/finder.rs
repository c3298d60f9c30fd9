//! The candidate finder: where in a text a match can possibly start.
//!
//! Each detector shows one of its windows, up to four byte classes in a row, at a bounded offset from the start of
//! every match. All windows of all detectors are tested at once by four table look-ups a byte.

use super::class::ByteClass;

/// Bytes that a window spans at most.
pub const WINDOW: usize = 4;

/// A set of buckets.
pub type Mask = u128;

/// Windows share as many buckets as a set has bits.
const BUCKETS: usize = 128;

struct Window {
    detector: usize,
    classes: Vec<ByteClass>,
}

/// For each byte of a window and each byte of a text, the buckets that accept it there.
type Table = Box<[Mask; 256]>;

/// The windows of all detectors of a plan.
pub struct Finder {
    tables: [Table; WINDOW],
    /// For each byte of a window, the buckets with a window that is shorter: they accept the end of the text there.
    ends: [Mask; WINDOW],
    buckets: Vec<Vec<Window>>,
    /// For each detector, its windows.
    windows: Vec<Vec<Vec<ByteClass>>>,
}

impl Finder {
    /// Builds the tables from each detector's windows.
    pub fn new(detectors: &[Vec<Vec<ByteClass>>]) -> Self {
        let mut tables: [Table; WINDOW] = std::array::from_fn(|_| Box::new([0; 256]));
        let mut ends = [0; WINDOW];
        let mut buckets: Vec<Vec<Window>> = (0..BUCKETS).map(|_| Vec::new()).collect();
        let each = |(detector, windows): (usize, &Vec<Vec<ByteClass>>)| {
            windows.iter().map(|classes| Window { detector, classes: classes.clone() }).collect::<Vec<_>>()
        };
        let mut all: Vec<Window> = detectors.iter().enumerate().flat_map(each).collect();
        all.sort_by_cached_key(likeness);
        let count = all.len().max(1);
        for (place, window) in all.into_iter().enumerate() {
            let bucket = place * BUCKETS / count;
            for (at, (table, end)) in tables.iter_mut().zip(&mut ends).enumerate() {
                let class = window.classes.get(at);
                *end |= Mask::from(class.is_none()) << bucket;
                for (byte, cell) in (0..=u8::MAX).zip(table.iter_mut()) {
                    *cell |= Mask::from(class.is_none_or(|class| class.contains(byte))) << bucket;
                }
            }
            if let Some(bucket) = buckets.get_mut(bucket) {
                bucket.push(window);
            }
        }
        Self { tables, ends, buckets, windows: detectors.to_vec() }
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

    /// The detectors with a window of `buckets` at `at`; one may be named more than once.
    pub fn detectors<'a>(&'a self, text: &'a [u8], at: usize, mut buckets: Mask) -> impl Iterator<Item = usize> + 'a {
        std::iter::from_fn(move || {
            let bucket = (buckets != 0).then(|| buckets.trailing_zeros() as usize)?;
            buckets &= buckets - 1;
            Some(bucket)
        })
        .filter_map(|bucket| self.buckets.get(bucket))
        .flatten()
        .filter(move |window| matches(&window.classes, text, at, false))
        .map(|window| window.detector)
    }

    /// Whether one of the detector's windows lies at `at`; a window cut by the end of `text` counts when `open`.
    pub fn lies_at(&self, detector: usize, text: &[u8], at: usize, open: bool) -> bool {
        self.windows.get(detector).is_some_and(|windows| windows.iter().any(|classes| matches(classes, text, at, open)))
    }
}

/// Sorts windows so that those which share a bucket are alike: what a bucket accepts is a mixture of its windows, and of
/// unlike ones it would be nearly everything.
fn likeness(window: &Window) -> Vec<(usize, u8)> {
    let of = |class: &ByteClass| {
        let members = (0..=u8::MAX).filter(|&byte| class.contains(byte));
        let first = members.clone().next().unwrap_or_default();
        (members.count(), first)
    };
    let mut key: Vec<_> = window.classes.iter().map(of).collect();
    // Wide windows by themselves, whatever they begin with.
    let wide = key.iter().map(|(count, _)| *count).min().unwrap_or(0);
    key.insert(0, (usize::from(wide > 2), 0));
    key
}

fn matches(classes: &[ByteClass], text: &[u8], at: usize, open: bool) -> bool {
    classes.iter().enumerate().all(|(offset, class)| text.get(at + offset).map_or(open, |&byte| class.contains(byte)))
}
