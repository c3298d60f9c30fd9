//! The candidate finder: where in a text a match can possibly start.
//!
//! Each detector shows one of its windows, up to four byte classes in a row, at a bounded offset from the start of
//! every match. All windows of all detectors are tested at once by four table look-ups a byte.

use super::class::ByteClass;

/// Bytes that a window spans at most.
pub const WINDOW: usize = 4;

/// Windows share as many buckets as a machine word has bits.
const BUCKETS: usize = 64;

/// Index of the symbol that stands for the end of the text.
const END: usize = 256;

struct Window {
    detector: usize,
    classes: Vec<ByteClass>,
}

/// The windows of all detectors of a plan.
pub struct Finder {
    /// For each byte of a window and each symbol, the buckets that accept it there.
    tables: Vec<[u64; WINDOW]>,
    buckets: Vec<Vec<Window>>,
    /// For each detector, its windows.
    windows: Vec<Vec<Vec<ByteClass>>>,
}

impl Finder {
    /// Builds the tables from each detector's windows.
    pub fn new(detectors: &[Vec<Vec<ByteClass>>]) -> Self {
        let mut tables = vec![[0; WINDOW]; END + 1];
        let mut buckets: Vec<Vec<Window>> = (0..BUCKETS).map(|_| Vec::new()).collect();
        let mut next = 0;
        for (detector, windows) in detectors.iter().enumerate() {
            for classes in windows {
                let bucket = next % BUCKETS;
                next += 1;
                for (symbol, row) in tables.iter_mut().enumerate() {
                    for (at, cell) in row.iter_mut().enumerate() {
                        let accepts = match (classes.get(at), u8::try_from(symbol)) {
                            (None, _) => true,
                            (Some(class), Ok(byte)) => class.contains(byte),
                            (Some(_), Err(_)) => false,
                        };
                        *cell |= u64::from(accepts) << bucket;
                    }
                }
                if let Some(bucket) = buckets.get_mut(bucket) {
                    bucket.push(Window { detector, classes: classes.clone() });
                }
            }
        }
        Self { tables, buckets, windows: detectors.to_vec() }
    }

    fn accepts(&self, symbol: usize, at: usize) -> u64 {
        self.tables.get(symbol).and_then(|row| row.get(at)).copied().unwrap_or(0)
    }

    /// The buckets that accept the bytes of `text` from `at` on, where what lies behind the text is its end.
    #[inline]
    fn mask(&self, text: &[u8], at: usize) -> u64 {
        let mut mask = u64::MAX;
        for offset in 0..WINDOW {
            let symbol = text.get(at + offset).map_or(END, |&byte| usize::from(byte));
            mask &= self.accepts(symbol, offset);
            if mask == 0 {
                break;
            }
        }
        mask
    }

    /// The first position at or behind `from` and before `to` at which a window may lie, with its buckets.
    #[inline]
    pub fn next_candidate(&self, text: &[u8], from: usize, to: usize) -> Option<(usize, u64)> {
        (from..to).find_map(|at| match self.mask(text, at) {
            0 => None,
            mask => Some((at, mask)),
        })
    }

    /// The detectors with a window of `buckets` at `at`; one may be named more than once.
    pub fn detectors<'a>(&'a self, text: &'a [u8], at: usize, mut buckets: u64) -> impl Iterator<Item = usize> + 'a {
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

fn matches(classes: &[ByteClass], text: &[u8], at: usize, open: bool) -> bool {
    classes.iter().enumerate().all(|(offset, class)| text.get(at + offset).map_or(open, |&byte| class.contains(byte)))
}
