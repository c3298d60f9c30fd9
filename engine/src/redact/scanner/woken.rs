//! Detectors with keywords: tried near their words, and at the end of the text, behind which a word may still come.

use super::{Phase, Scanner, index};
use crate::redact::matcher::{Context, Scope, Segment};
use crate::redact::store::Store;
use crate::scan::{Found, Mask, Search, Words};

/// The end of a text that goes on.
struct Open {
    end: u64,
    /// Where the line begins that words must stand in.
    line: u64,
}

impl Open {
    fn of(segment: &Segment, store: &Store) -> Self {
        let line = match segment.scope {
            Scope::Member => None,
            Scope::Line => store.tail(0).iter().rposition(|&byte| byte == b'\n'),
        };
        Self { end: store.end(), line: store.start() + line.map_or(0, |at| at as u64 + 1) }
    }

    /// The first window of a detector that a word behind the end may decide on: a match of it may reach into the line.
    fn from(&self, context: &Context<'_>, detector: usize, reach: u64) -> u64 {
        let longest = context.plan.detectors.get(detector).map_or(reach, |it| it.longest() as u64);
        self.end.saturating_sub(reach).max(self.line.saturating_sub(longest))
    }

    /// No later than the first of any detector that reaches so far.
    fn nearest(&self, reach: u64) -> u64 {
        self.end.saturating_sub(reach).max(self.line.saturating_sub(reach))
    }

    /// Where between `from` and `to` windows lie that a word behind the end may decide on, and in which buckets.
    fn stretches(&self, search: &Search, from: u64, to: u64, out: &mut Vec<Stretch>) {
        let steps = search.far.iter();
        let ends = steps.clone().skip(1).map(|(reach, _)| self.nearest(*reach as u64)).chain([to]);
        for ((reach, buckets), end) in steps.zip(ends) {
            let (low, high) = (self.nearest(*reach as u64).max(from), end.min(to));
            if low < high {
                out.push((low, high, *buckets));
            }
        }
    }
}

/// View indices from and up to which windows of some buckets are looked for.
pub(super) type Stretch = (u64, u64, Mask);

/// Where words have been seen.
#[derive(Clone, Default)]
pub(super) struct Seen {
    /// In the order of words, and of those of a word in the order of places.
    series: Vec<Series>,
    /// View index up to which all words are in it.
    to: u64,
}

/// A word that stands so often that no window between its first and its last place is out of its reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Series {
    word: usize,
    first: u64,
    last: u64,
}

impl Seen {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.series.clear();
        self.to = 0;
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.series.capacity() * size_of::<Series>()
    }

    /// Notes a word that reaches so far at a place; the same may be noted more than once.
    fn note(&mut self, word: usize, reach: usize, at: u64) {
        let behind = self.series.partition_point(|it| (it.word, it.first) <= (word, at));
        let before = behind.checked_sub(1).and_then(|before| self.series.get_mut(before));
        match before.filter(|it| it.word == word && at <= it.last + 2 * reach as u64) {
            Some(series) => series.last = series.last.max(at),
            None => self.series.insert(behind, Series { word, first: at, last: at }),
        }
    }

    /// Where between `from` and `to` windows of the detectors lie that the words wake, and in which buckets.
    fn stretches(&self, words: &Words, from: u64, to: u64, out: &mut Vec<Stretch>) {
        out.extend(self.series.iter().filter_map(|it| {
            let reach = words.reach(it.word).1 as u64;
            let (low, high) = (it.first.saturating_sub(reach).max(from), (it.last + reach + 1).min(to));
            (low < high).then(|| (low, high, words.buckets(it.word)))
        }));
    }

    /// Whether one of these words stands no farther than `reach` from a place.
    fn near(&self, words: &[usize], at: u64, reach: u64) -> bool {
        words.iter().any(|&word| {
            let from = self.series.partition_point(|it| it.word < word);
            let series = self.series.get(from..).unwrap_or_default().iter().take_while(|it| it.word == word);
            series.into_iter().any(|it| it.first <= at + reach && at <= it.last + reach)
        })
    }
}

/// Puts stretches in order, and makes one of those that overlap: a detector's windows are tried from left to right.
fn join(stretches: &mut Vec<Stretch>) {
    stretches.sort_unstable();
    stretches.dedup_by(|next, last| {
        let joined = next.0 < last.1;
        if joined {
            (last.1, last.2) = (last.1.max(next.1), last.2 | next.2);
        }
        joined
    });
}

impl Scanner {
    /// Looks for windows of these detectors from `from` up to `to`.
    pub(super) fn wake(&mut self, context: &Context<'_>, segment: &Segment, from: u64, to: u64, last: bool) {
        let search = context.search;
        if search.words.is_empty() || from >= to {
            return;
        }
        let open = (!last).then(|| Open::of(segment, self.view.text()));
        let mut stretches = std::mem::take(&mut self.stretches);
        stretches.clear();
        self.seen.stretches(&search.words, from, to, &mut stretches);
        if let Some(open) = &open {
            open.stretches(search, from, to, &mut stretches);
        }
        join(&mut stretches);
        let mut hits = std::mem::take(&mut self.hits);
        for &(from, to, among) in &stretches {
            let mut at = from;
            loop {
                let store = self.view.text();
                let first = store.start();
                let place = |at: u64| index(at.saturating_sub(first));
                let found = search.worded.next_candidate(store.tail(0), place(at), place(to), among);
                let Some((found, buckets)) = found else { break };
                hits.clear();
                hits.extend(search.worded.detectors(store.tail(0), found, buckets, !last));
                at = first + found as u64;
                for &detector in &hits {
                    if self.wakes(context, open.as_ref(), detector, at) {
                        self.candidate(context, segment, detector, at, last);
                        self.drive(context, segment, detector, last);
                        self.note_busy(detector);
                    }
                }
                at += 1;
            }
        }
        self.hits = hits;
        self.stretches = stretches;
    }

    /// Whether a window at `at` is worth a try: a word stands near, or may still come.
    fn wakes(&self, context: &Context<'_>, open: Option<&Open>, detector: usize, at: u64) -> bool {
        let Some(reach) = context.search.reach(detector).map(|reach| reach as u64) else { return false };
        let idle = !context.lens.uses(detector).is_empty() && matches!(self.phase(detector), Phase::Idle);
        let waits = || open.is_some_and(|open| at >= open.from(context, detector, reach));
        idle && (waits() || self.seen.near(context.search.words.of(detector), at, reach))
    }

    /// Notes the words that have come and the windows that lie before `whole`, and forgets words that are out of reach.
    pub(super) fn see(&mut self, context: &Context<'_>, segment: &Segment, whole: u64, last: bool) {
        let search = context.search;
        let words = &search.words;
        let store = self.view.text();
        let (first, end) = (store.start(), store.end());
        let from = self.scanned.max(self.sieved);
        let (seen, windows) = (&mut self.seen, &mut self.windows);
        let farthest = search.farthest() as u64;
        seen.series.retain(|it| it.last + farthest >= self.scanned);
        if seen.to == 0 && segment.scope == Scope::Member {
            search.each(&segment.context, 0, |_, found| {
                if let Found::Word(word) = found {
                    seen.note(word, words.reach(word).0, 0);
                }
                true
            });
        }
        let new = seen.to.max(first);
        search.each(store.tail(0), index(new.min(from).saturating_sub(first)), |at, found| {
            let at = first + at as u64;
            match found {
                Found::Word(word) if at >= new => seen.note(word, words.reach(word).0, at),
                Found::Window(window) if (from..whole).contains(&at) => windows.push((at, window)),
                Found::Word(_) | Found::Window(_) => {}
            }
            true
        });
        self.work += end - new;
        self.sieved = self.sieved.max(whole);
        // A word that is cut by the end of the text is seen when the rest of it has come.
        seen.to = if last { end } else { new.max((end + 1).saturating_sub(words.longest().max(1) as u64)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_while_nothing_between_is_out_of_reach() {
        let mut seen = Seen::default();
        // In any order, and more than once.
        for at in [100, 120, 110, 141, 100, 120] {
            seen.note(7, 10, at);
        }
        seen.note(3, 10, 130);
        let series = |word, first, last| Series { word, first, last };
        assert_eq!(seen.series, [series(3, 130, 130), series(7, 100, 120), series(7, 141, 141)]);
        let near: Vec<u64> = (80..160).filter(|&at| seen.near(&[7], at, 10)).collect();
        assert_eq!(near, (90..=130).chain(131..=151).collect::<Vec<_>>());
        assert!(!seen.near(&[5], 100, 10) && !seen.near(&[], 100, 10));
    }

    #[test]
    fn stretches_are_in_order_and_do_not_overlap() {
        let mut stretches = vec![(5, 9, 1), (0, 4, 2), (8, 12, 4), (12, 13, 8), (4, 5, 1)];
        join(&mut stretches);
        assert_eq!(stretches, [(0, 4, 2), (4, 5, 1), (5, 12, 5), (12, 13, 8)]);
    }

    #[test]
    fn a_text_full_of_words_takes_little_room() {
        let mut seen = Seen::default();
        (0..100_000).for_each(|at| seen.note(at % 3, 5, at as u64));
        assert_eq!(seen.series.len(), 3);
        seen.note(1, 5, 200_000);
        assert_eq!(seen.series.len(), 4);
    }
}
