//! Regions: the bytes that are replaced, made of one match or of several that overlap. Positions are raw bytes of the
//! segment.

use super::lens::Use;

/// A set of views, by index.
pub(super) type Views = u16;

/// A match that takes part in regions and counts.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) start: u64,
    /// The end of the bounded part, by which matches are compared.
    pub(super) head: u64,
    /// The end of all that is replaced.
    pub(super) end: u64,
    pub(super) detector: usize,
    /// The detector's first use that changes; `None` when the match is only counted.
    pub(super) by: Option<Use>,
    /// The first view that shows it.
    pub(super) view: usize,
    /// It is open-ended.
    pub(super) tail: bool,
    /// Views in which `end` may still grow.
    pub(super) open: Views,
    /// What takes its place, once known; `None` is the action's constant text.
    pub(super) text: Option<String>,
    /// The end and view that `text` was made at, for open-ended matches.
    pub(super) text_from: Option<(u64, usize)>,
}

impl Accepted {
    /// By what matches are sorted: where they start, then what names a region that they begin.
    pub(super) fn order(&self) -> impl Ord + use<> {
        let (rule, find) = self.by.map_or((usize::MAX, usize::MAX), |by| (by.rule, by.find));
        (self.start, rule, find, self.detector, std::cmp::Reverse(self.head), self.view)
    }

    /// Whether another is the same match, seen in another view.
    pub(super) fn same(&self, other: &Self) -> bool {
        (self.start, self.head, self.detector) == (other.start, other.head, other.detector)
    }

    /// Takes in the same match of another view.
    pub(super) fn unite(&mut self, other: Self) {
        self.open |= other.open;
        self.end = self.end.max(other.end);
        self.tail |= other.tail;
        if other.view < self.view {
            self.view = other.view;
            if self.text_from.is_none() {
                self.text = other.text;
            }
        }
    }

    /// Follows its open end in a view; `text` is what takes its place if that end is the farthest.
    pub(super) fn grow(&mut self, view: usize, end: u64, closed: bool, text: Option<&str>) {
        if self.open & bit(view) == 0 {
            return;
        }
        self.end = self.end.max(end);
        if closed {
            self.open &= !bit(view);
        }
        if let Some(text) = text {
            let farther = self.text_from.is_none_or(|(at, by)| end > at || end == at && view < by);
            if farther {
                self.text = Some(text.to_owned());
                self.text_from = Some((end, view));
            }
        }
    }
}

/// The set of one view.
pub(super) fn bit(view: usize) -> Views {
    1_u16.checked_shl(u32::try_from(view).unwrap_or(u32::MAX)).unwrap_or(0)
}

/// The region that is being made.
pub(super) struct Region {
    pub(super) start: u64,
    pub(super) end: u64,
    /// The match that names it: the smallest start, then the earlier rule and find.
    pub(super) named: Accepted,
    /// Matches of different spans have met: the action is redact.
    pub(super) merged: bool,
    /// An open-ended match takes part: what takes the region's place need not wait for its end.
    pub(super) open_ended: bool,
    /// What takes its place can no longer change; what it still grows by is swallowed.
    pub(super) settled: bool,
    /// What takes its place is written.
    pub(super) written: bool,
    /// It is as long as the region, which is filled up as far as it still grows.
    pub(super) filled: bool,
    /// Detectors whose open end lies in the region, with the views in which it does.
    tails: Vec<(usize, Views)>,
}

impl Region {
    /// A region of one match.
    pub(super) fn new(first: Accepted) -> Self {
        let tails = if first.open == 0 { Vec::new() } else { vec![(first.detector, first.open)] };
        Self {
            start: first.start,
            end: first.end,
            merged: false,
            open_ended: first.tail,
            settled: false,
            written: false,
            filled: false,
            tails,
            named: first,
        }
    }

    /// Takes in a match that overlaps.
    pub(super) fn join(&mut self, other: &Accepted) {
        if other.open != 0 {
            match self.tails.iter_mut().find(|(detector, _)| *detector == other.detector) {
                Some((_, views)) => *views |= other.open,
                None => self.tails.push((other.detector, other.open)),
            }
        }
        if !self.settled {
            let named = &self.named;
            let same_span = (other.start, other.head, other.tail) == (named.start, named.head, named.tail);
            // One detector sees a value in several views, in some of them less of it.
            let part = other.detector == named.detector && other.head <= named.head;
            self.merged |= !same_span && !part;
            self.open_ended |= other.tail;
        }
        self.end = self.end.max(other.end);
    }

    /// Whether any end may still grow.
    pub(super) fn open(&self) -> bool {
        !self.tails.is_empty()
    }

    /// Follows the open end of a detector in a view; `None` is all detectors of the view.
    pub(super) fn grow(&mut self, detector: Option<usize>, view: usize, end: u64, closed: bool, text: Option<&str>) {
        let mut grew = false;
        for (known, views) in &mut self.tails {
            if detector.is_none_or(|detector| *known == detector) && *views & bit(view) != 0 {
                grew = true;
                if closed {
                    *views &= !bit(view);
                }
            }
        }
        if grew {
            self.end = self.end.max(end);
            self.tails.retain(|(_, views)| *views != 0);
        }
        if detector.is_none_or(|detector| detector == self.named.detector) {
            self.named.grow(view, end, closed, text);
        }
    }

    /// An open end is followed in a further view as well.
    pub(super) fn fork(&mut self, detector: usize, view: usize) {
        for (known, views) in &mut self.tails {
            if *known == detector && *views & bit(0) != 0 {
                *views |= bit(view);
            }
        }
        if self.named.detector == detector && self.named.open & bit(0) != 0 {
            self.named.open |= bit(view);
        }
    }
}
