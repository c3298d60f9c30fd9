//! What a piece of text shows at a glance, as bits for its bytes: told once for a slice, asked for each value in it.

use super::bytes::Classes;
use super::decode::folds;
use super::runs::{Alphabet, SHORTEST};
use crate::scan::kernel::{BLOCK, blocks, ends_of_runs};
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
    /// All that is below, but for blank runs.
    shown: Places,
    /// What may be decoded or folded.
    coded: Places,
    /// A letter of each run that may be base64.
    runs: Places,
    /// The same for runs that are not blank: something of what is looked for shows in what they stand for.
    loud: Places,
    /// Windows of detectors without keywords, by their places.
    windows: Vec<(usize, usize)>,
    /// Keywords, by their places.
    words: Vec<(usize, usize)>,
    /// A range in which nothing is shown.
    clear: (usize, usize),
    /// Room for what a run stands for.
    decoded: Vec<u8>,
}

/// What a text may hold, as far as a glance tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Glance<'a> {
    /// Bytes that are decoded or folded.
    pub coded: bool,
    /// Base64 that has to be looked at.
    pub runs: bool,
    /// Where the text begins among the places that follow.
    pub start: usize,
    /// Windows of detectors without keywords, by their places.
    pub windows: &'a [(usize, usize)],
    /// Keywords, by their places.
    pub words: &'a [(usize, usize)],
}

impl Skim {
    /// Looks at a slice; how many bytes were read.
    pub fn read(&mut self, search: &Search, text: &[u8]) -> u64 {
        let Self { stops, shown, coded, runs, loud, windows, words, clear, decoded } = self;
        [&mut *stops, shown, coded, runs, loud].into_iter().for_each(|places| places.clear(text.len()));
        windows.clear();
        words.clear();
        *clear = (0, 0);
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
        let mut work = text.len() as u64;
        let (mut standard, mut url) = (Run::default(), Run::default());
        let all = stops.0.iter_mut().zip(&mut shown.0).zip(&mut coded.0).zip(&mut runs.0).zip(&mut loud.0);
        for ((block, at), ((((stops, shown), coded), runs), loud)) in blocks(text, 0).zip((0..).step_by(BLOCK)).zip(all)
        {
            let seen = Classes::of(&block);
            *stops = seen.stops;
            *coded = seen.coded;
            let (standard, url) = (standard.begun(seen.standard), url.begun(seen.url));
            *runs = standard | url;
            let mut begun = *runs;
            while begun != 0 {
                let offset = begun.trailing_zeros();
                begun &= begun - 1;
                let run = text.get((at + offset as usize + 1).saturating_sub(SHORTEST as usize)..).unwrap_or_default();
                let mut blank = |alphabet: Alphabet| {
                    let length = alphabet.decode_run(run, decoded);
                    work += length as u64;
                    (length, search.shows_nothing(decoded) && !folds(decoded))
                };
                let mut all = true;
                let mut known = 0;
                if standard >> offset & 1 == 1 {
                    (known, all) = blank(Alphabet::Standard);
                }
                if all && url >> offset & 1 == 1 && !same_in_both(run, known) {
                    all = blank(Alphabet::Url).1;
                }
                *loud |= u64::from(!all) << offset;
            }
            *shown |= *coded | *loud;
        }
        work
    }

    /// The first quote or backslash at or behind a place.
    #[inline]
    pub fn stop(&self, from: usize) -> Option<usize> {
        self.stops.next(from)
    }

    /// Whether anything is shown in a range.
    #[inline]
    pub fn shows(&mut self, from: usize, to: usize) -> bool {
        if from < self.clear.0 || self.clear.1 < to {
            self.clear = (from, self.shown.next(from).unwrap_or(usize::MAX));
        }
        self.clear.1 < to
    }

    /// What a string of the slice may hold, or a number that stands in it. What no keyword stands before may pass over
    /// runs that are blank.
    #[inline]
    pub fn glance(&self, from: usize, to: usize, blank: bool) -> Glance<'_> {
        Glance {
            coded: self.coded.any(from, to),
            runs: if blank { &self.loud } else { &self.runs }.any(from, to),
            start: from,
            windows: within(&self.windows, from, to),
            words: within(&self.words, from, to),
        }
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let sets = [&self.stops, &self.shown, &self.coded, &self.runs, &self.loud];
        let sets = sets.map(|it| it.0.capacity() * size_of::<u64>());
        let lists = [&self.windows, &self.words].map(|it| it.capacity() * size_of::<(usize, usize)>());
        sets.iter().chain(&lists).sum::<usize>() + self.decoded.capacity()
    }
}

/// Whether the run of the standard alphabet that a text begins with is one of the other alphabet as well.
fn same_in_both(text: &[u8], length: usize) -> bool {
    let run = text.get(..length).filter(|run| !run.is_empty());
    run.is_some_and(|run| run.iter().all(u8::is_ascii_alphanumeric))
        && !text.get(length).is_some_and(|&byte| Alphabet::Url.is_letter(byte))
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
    /// The last letter before has enough letters before it.
    inside: bool,
}

impl Run {
    /// The letter of each run that is its [`SHORTEST`]th, if it stands in the next block.
    #[inline]
    fn begun(&mut self, letters: u64) -> u64 {
        let all = u128::from(letters) << 64 | u128::from(std::mem::replace(&mut self.before, letters));
        let ends = (ends_of_runs(all, SHORTEST as u32) >> 64) as u64;
        let begun = ends & !(ends << 1 | u64::from(self.inside));
        self.inside = ends >> 63 == 1;
        begun
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
