//! What a piece of text shows at a glance, as bits for its bytes: told once for a slice, asked for each value in it.

use super::alphabet::{Alphabet, Letters, SHORTEST, same_in_both};
use super::bytes::Classes;
use super::decode::folds;
use crate::scan::kernel::{BLOCK, blocks};
use crate::scan::{Found, Search};

/// What the bytes of a block show, each a bit.
#[derive(Clone, Copy, Default)]
struct Shown {
    /// Quotes and backslashes.
    stops: u64,
    /// All that is below, but for blank runs; windows and keywords.
    any: u64,
    /// What may be decoded or folded.
    coded: u64,
    /// A letter of each run that may be base64.
    runs: u64,
    /// The same for runs that are not blank: something of what is looked for shows in what they stand for.
    loud: u64,
}

/// What a slice of JSON shows.
#[derive(Default)]
pub struct Skim {
    blocks: Vec<Shown>,
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
        let Self { blocks: shown, windows, words, clear, decoded } = self;
        shown.clear();
        shown.extend(std::iter::repeat_n(Shown::default(), text.len().div_ceil(BLOCK)));
        windows.clear();
        words.clear();
        *clear = (0, 0);
        search.each(text, 0, |at, found| {
            shown.get_mut(at / BLOCK).into_iter().for_each(|block| block.any |= 1 << (at % BLOCK));
            match found {
                Found::Window(window) => windows.push((at, window)),
                Found::Word(word) => words.push((at, word)),
            }
            true
        });
        windows.sort_unstable();
        words.sort_unstable();
        let mut work = text.len() as u64;
        let (mut standard, mut url) = (Letters::default(), Letters::default());
        for ((block, at), shown) in blocks(text, 0).zip((0..).step_by(BLOCK)).zip(shown) {
            let seen = Classes::of(&block);
            let standard = standard.begun(Alphabet::Standard.letters(&block));
            let url = url.begun(Alphabet::Url.letters(&block));
            let runs = standard | url;
            let mut loud = 0;
            let mut begun = runs;
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
                if all && url >> offset & 1 == 1 && !same_in_both(None, run, known) {
                    all = blank(Alphabet::Url).1;
                }
                loud |= u64::from(!all) << offset;
            }
            *shown = Shown { stops: seen.stops, any: shown.any | seen.coded | loud, coded: seen.coded, runs, loud };
        }
        work
    }

    /// The first quote or backslash at or behind a place.
    #[inline]
    pub fn stop(&self, from: usize) -> Option<usize> {
        self.next(from, |block| block.stops)
    }

    /// Whether anything is shown in a range.
    #[inline]
    pub fn shows(&mut self, from: usize, to: usize) -> bool {
        if from < self.clear.0 || self.clear.1 < to {
            self.clear = (from, self.next(from, |block| block.any).unwrap_or(usize::MAX));
        }
        self.clear.1 < to
    }

    /// What a string of the slice may hold, or a number that stands in it. What no keyword stands before may pass over
    /// runs that are blank.
    #[inline]
    pub fn glance(&self, from: usize, to: usize, blank: bool) -> Glance<'_> {
        Glance {
            coded: self.any(from, to, |block| block.coded),
            runs: self.any(from, to, |block| if blank { block.loud } else { block.runs }),
            start: from,
            windows: within(&self.windows, from, to),
            words: within(&self.words, from, to),
        }
    }

    /// The first place at or behind another that is of a kind.
    #[inline]
    fn next(&self, from: usize, kind: impl Fn(&Shown) -> u64) -> Option<usize> {
        first(self.blocks.get(from / BLOCK..)?, from % BLOCK, kind).map(|at| from / BLOCK * BLOCK + at)
    }

    /// Whether a place of a kind lies in a range.
    fn any(&self, from: usize, to: usize, kind: impl Fn(&Shown) -> u64) -> bool {
        let blocks = self.blocks.get(from / BLOCK..to.div_ceil(BLOCK)).unwrap_or_default();
        first(blocks, from % BLOCK, kind).is_some_and(|at| from / BLOCK * BLOCK + at < to)
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let lists = [&self.windows, &self.words].map(|it| it.capacity() * size_of::<(usize, usize)>());
        lists.iter().sum::<usize>() + self.blocks.capacity() * size_of::<Shown>() + self.decoded.capacity()
    }
}

/// The first place of a kind in blocks, at or behind one in the first of them.
#[inline]
fn first(blocks: &[Shown], from: usize, kind: impl Fn(&Shown) -> u64) -> Option<usize> {
    let mut kinds = blocks.iter().map(kind).enumerate();
    let here = kinds.next()?.1 & u64::MAX << from;
    let found = if here == 0 { kinds.find(|(_, bits)| *bits != 0) } else { Some((0, here)) };
    found.map(|(block, bits)| block * BLOCK + bits.trailing_zeros() as usize)
}

/// Those of a list whose places lie in a range.
fn within(list: &[(usize, usize)], from: usize, to: usize) -> &[(usize, usize)] {
    let first = list.partition_point(|(at, _)| *at < from);
    let behind = list.partition_point(|(at, _)| *at < to);
    list.get(first..behind).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_across_blocks() {
        let mut skim = Skim { blocks: vec![Shown::default(); 4], ..Skim::default() };
        for at in [0, 63, 64, 199] {
            skim.blocks[at / BLOCK].stops |= 1 << (at % BLOCK);
        }
        assert_eq!([0, 1, 64, 65, 200].map(|from| skim.stop(from)), [Some(0), Some(63), Some(64), Some(199), None]);
        let any = |from, to| skim.any(from, to, |block| block.stops);
        assert!(any(1, 64) && !any(1, 63) && !any(65, 199) && !any(5, 5) && !any(255, 500));
    }
}
