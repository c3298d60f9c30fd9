//! Regions: the bytes that are replaced, made of one match or of several that overlap.

use super::lens::Use;
use crate::pseudonym::PseudonymHasher;

/// A match that takes part in regions; positions are view indices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    pub(super) start: usize,
    /// The end of the bounded part, by which matches are compared.
    pub(super) head: usize,
    /// The end of all that is replaced.
    pub(super) end: usize,
    pub(super) detector: usize,
    /// The detector's first use that changes.
    pub(super) by: Use,
    /// It is open-ended.
    pub(super) tail: bool,
    /// `end` may still grow.
    pub(super) open: bool,
}

impl Accepted {
    /// Moves all positions towards the front.
    pub(super) fn shift(&mut self, by: usize) {
        self.start = self.start.saturating_sub(by);
        self.head = self.head.saturating_sub(by);
        self.end = self.end.saturating_sub(by);
    }
}

/// The region that is being made.
pub(super) struct Region {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The match that names it: the smallest start, then the earlier rule and find.
    pub(super) named: Accepted,
    /// Matches of different spans have met: the action is redact.
    pub(super) merged: bool,
    /// What takes its place need not wait for the region's end.
    pub(super) settled: bool,
    /// What takes its place is settled; what it still grows by is swallowed.
    pub(super) state: State,
    /// Detectors whose open end lies in the region.
    pub(super) tails: Vec<usize>,
}

/// How far a region is settled.
pub(super) enum State {
    /// Overlapping matches may still change what takes its place.
    Open,
    /// The replacement is written.
    Written,
    /// A pseudonym of an open-ended value is being computed; it takes view bytes up to the named match's end.
    Hashing {
        hasher: PseudonymHasher,
        /// View index up to which bytes were taken.
        taken: usize,
    },
}

impl Region {
    /// A region of one match.
    pub(super) fn new(first: Accepted) -> Self {
        let tails = if first.open { vec![first.detector] } else { Vec::new() };
        let settled = first.tail;
        Self { start: first.start, end: first.end, named: first, merged: false, settled, state: State::Open, tails }
    }

    /// Takes in a match that overlaps.
    pub(super) fn join(&mut self, other: Accepted) {
        if other.open {
            self.tails.push(other.detector);
        }
        if matches!(self.state, State::Open) {
            let same_span =
                (other.start, other.head, other.tail) == (self.named.start, self.named.head, self.named.tail);
            let earlier = (other.by.rule, other.by.find) < (self.named.by.rule, self.named.by.find);
            self.merged |= !same_span;
            self.settled |= other.tail;
            if other.start == self.named.start && earlier {
                self.named = other;
            }
        }
        self.end = self.end.max(other.end);
    }

    /// Follows an open end of one of its detectors.
    pub(super) fn grow(&mut self, detector: usize, end: usize, closed: bool) {
        if self.tails.contains(&detector) {
            self.end = self.end.max(end);
            if self.named.detector == detector {
                self.named.end = self.named.end.max(end);
            }
            if closed {
                self.tails.retain(|&it| it != detector);
            }
        }
    }

    /// Moves all positions towards the front.
    pub(super) fn shift(&mut self, by: usize) {
        self.start = self.start.saturating_sub(by);
        self.end = self.end.saturating_sub(by);
        self.named.shift(by);
        if let State::Hashing { taken, .. } = &mut self.state {
            *taken = taken.saturating_sub(by);
        }
    }
}
