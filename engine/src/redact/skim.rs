//! What a piece of text shows at a glance, as bits for its bytes: told once for a slice, asked for each value in it.

use super::bytes::Classes;
use super::runs::SHORTEST;
use crate::scan::kernel::{blocks, ends_of_runs};
use crate::scan::{Found, Search};

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
    /// All that is below.
    shown: Places,
    /// What may be decoded or folded.
    coded: Places,
    /// Letters with so many before them that they may be base64.
    runs: Places,
    /// Windows of detectors without keywords, by their places.
    windows: Vec<(usize, usize)>,
    /// Keywords, by their places.
    words: Vec<(usize, usize)>,
}

/// What a text may hold, as far as a glance tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Glance<'a> {
    /// Bytes that are decoded or folded.
    pub coded: bool,
    /// Base64.
    pub runs: bool,
    /// Where the text begins among the places that follow.
    pub start: usize,
    /// Windows of detectors without keywords, by their places.
    pub windows: &'a [(usize, usize)],
    /// Keywords, by their places.
    pub words: &'a [(usize, usize)],
}

impl Skim {
    /// Looks at a slice.
    pub fn read(&mut self, search: &Search, text: &[u8]) {
        let Self { stops, shown, coded, runs, windows, words } = self;
        [&mut *stops, shown, coded, runs].into_iter().for_each(|places| places.clear(text.len()));
        windows.clear();
        words.clear();
        search.each(text, 0, |at, found| {
            shown.add(at);
            match found {
                Found::Window(window) => windows.push((at, window)),
                Found::Word(word) => words.push((at, word)),
            }
            true
        });
        windows.sort_unstable();
        words.sort_unstable();
        let (mut standard, mut url) = (Run::default(), Run::default());
        let all = stops.0.iter_mut().zip(&mut shown.0).zip(&mut coded.0).zip(&mut runs.0);
        for (block, (((stops, shown), coded), runs)) in blocks(text, 0).zip(all) {
            let seen = Classes::of(&block);
            *stops = seen.stops;
            *coded = seen.coded;
            *runs = standard.ends(seen.standard) | url.ends(seen.url);
            *shown |= *coded | *runs;
        }
    }

    /// The first quote or backslash at or behind a place.
    #[inline]
    pub fn stop(&self, from: usize) -> Option<usize> {
        self.stops.next(from)
    }

    /// What a string of the slice may hold, or a number that stands in it; `None`: nothing.
    #[inline]
    pub fn glance(&self, from: usize, to: usize) -> Option<Glance<'_>> {
        self.shown.any(from, to).then(|| Glance {
            coded: self.coded.any(from, to),
            runs: self.runs.any(from, to),
            start: from,
            windows: within(&self.windows, from, to),
            words: within(&self.words, from, to),
        })
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let sets = [&self.stops, &self.shown, &self.coded, &self.runs].map(|it| it.0.capacity() * size_of::<u64>());
        let lists = [&self.windows, &self.words].map(|it| it.capacity() * size_of::<(usize, usize)>());
        sets.iter().chain(&lists).sum()
    }
}

/// Those of a list whose places lie in a range.
fn within(list: &[(usize, usize)], from: usize, to: usize) -> &[(usize, usize)] {
    let first = list.partition_point(|(at, _)| *at < from);
    let behind = list.partition_point(|(at, _)| *at < to);
    list.get(first..behind).unwrap_or_default()
}

/// Letters of an alphabet of base64, block by block.
#[derive(Default)]
struct Run {
    before: u64,
}

impl Run {
    /// The letters of the next block that have [`SHORTEST`] less one before them.
    #[inline]
    fn ends(&mut self, letters: u64) -> u64 {
        let all = u128::from(letters) << 64 | u128::from(std::mem::replace(&mut self.before, letters));
        (ends_of_runs(all, SHORTEST as u32) >> 64) as u64
    }
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
}
