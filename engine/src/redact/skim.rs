//! What a piece of text shows at a glance, as bits for its bytes: told once for a slice, asked for each value in it.

use super::bytes::{CODED_IN_JSON, LETTER, STOP, class};
use super::runs::SHORTEST;
use crate::scan::Search;

/// A set of places in a slice.
#[derive(Default)]
struct Places(Vec<u64>);

impl Places {
    fn clear(&mut self, len: usize) {
        self.0.clear();
        self.0.resize(len.div_ceil(64), 0);
    }

    fn add(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// Whether one lies in a range.
    fn any(&self, from: usize, to: usize) -> bool {
        let Some(last) = to.checked_sub(1).filter(|&last| last >= from) else { return false };
        let words = self.0.get(from / 64..=last / 64).unwrap_or_default();
        let Some((first, rest)) = words.split_first() else { return false };
        let (begin, end) = (u64::MAX << (from % 64), u64::MAX >> (63 - last % 64));
        match rest.split_last() {
            None => first & begin & end != 0,
            Some((end_word, between)) => {
                first & begin != 0 || end_word & end != 0 || between.iter().any(|&word| word != 0)
            }
        }
    }

    /// The first one at or behind a place.
    fn next(&self, from: usize) -> Option<usize> {
        let mut index = from / 64;
        let mut word = self.0.get(index)? & u64::MAX << (from % 64);
        while word == 0 {
            index += 1;
            word = *self.0.get(index)?;
        }
        Some(index * 64 + word.trailing_zeros() as usize)
    }
}

/// What a slice of JSON shows.
#[derive(Default)]
pub struct Skim {
    /// Quotes and backslashes.
    stops: Places,
    /// Windows of detectors without keywords.
    windows: Places,
    /// Where keywords begin.
    words: Places,
    /// What may be decoded or folded.
    coded: Places,
    /// Letters with so many before them that they may be base64.
    runs: Places,
}

/// What a text may hold, as far as a glance tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Windows of detectors without keywords.
    pub windows: bool,
    /// Keywords, or they stand before it.
    pub words: bool,
    /// Bytes that are decoded or folded.
    pub coded: bool,
    /// Base64.
    pub runs: bool,
}

impl Glance {
    /// Nothing.
    pub const NONE: Self = Self { windows: false, words: false, coded: false, runs: false };
}

impl Skim {
    /// Looks at a slice.
    pub fn read(&mut self, search: &Search, text: &[u8]) {
        let Self { stops, windows, words, coded, runs } = self;
        [&mut *stops, windows, words, coded, runs].into_iter().for_each(|places| places.clear(text.len()));
        let mut letters = 0_u128;
        for (((chunk, stops), coded), runs) in text.chunks(64).zip(&mut stops.0).zip(&mut coded.0).zip(&mut runs.0) {
            letters >>= 64;
            for (at, &byte) in chunk.iter().enumerate() {
                let class = class(byte);
                letters |= u128::from(class & LETTER) << (64 + at);
                *coded |= u64::from(class & CODED_IN_JSON != 0) << at;
                *stops |= u64::from(class & STOP != 0) << at;
            }
            *runs = (ends_of_runs(letters) >> 64) as u64;
        }
        search.windows(text, |at| windows.add(at));
        search.words.each(text, 0, |at, _| {
            words.add(at);
            true
        });
    }

    /// The first quote or backslash at or behind a place.
    pub fn stop(&self, from: usize) -> Option<usize> {
        self.stops.next(from)
    }

    /// What a string of the slice may hold, or a number that stands in it.
    pub fn glance(&self, from: usize, to: usize) -> Glance {
        let [windows, words, coded, runs] =
            [&self.windows, &self.words, &self.coded, &self.runs].map(|places| places.any(from, to));
        Glance { windows, words, coded, runs }
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let all = [&self.stops, &self.windows, &self.words, &self.coded, &self.runs];
        all.into_iter().map(|it| it.0.capacity() * size_of::<u64>()).sum()
    }
}

/// The bits of a set that have [`SHORTEST`] less one before them.
fn ends_of_runs(bits: u128) -> u128 {
    const { assert!(SHORTEST == 12, "two, four, eight, twelve") };
    let two = bits & bits << 1;
    let four = two & two << 2;
    let eight = four & four << 4;
    eight & eight << 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_across_words() {
        let mut places = Places::default();
        places.clear(200);
        [0, 63, 64, 199].into_iter().for_each(|at| places.add(at));
        assert_eq!([0, 1, 64, 65, 200].map(|from| places.next(from)), [Some(0), Some(63), Some(64), Some(199), None]);
        assert!(places.any(1, 64) && !places.any(1, 63) && !places.any(65, 199) && !places.any(5, 5));
    }

    #[test]
    fn a_run_shows_at_its_twelfth_bit() {
        assert_eq!(ends_of_runs(0xfff << 60), 1 << 71);
        assert_eq!(ends_of_runs(0x1fff << 60), 3 << 71);
        assert_eq!(ends_of_runs(0x7ff << 60), 0);
        assert_eq!(ends_of_runs(0x7ff_7ff), 0);
    }
}
