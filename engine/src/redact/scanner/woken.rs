//! Detectors with keywords: tried near their words, and at the end of the text, behind which a word may still come.

use super::{Phase, Scanner, index};
use crate::redact::matcher::{Context, Scope, Segment};
use crate::redact::store::Store;
use crate::scan::Detector;

/// View indices from and up to which windows of a detector are looked at.
pub(super) type Stretch = (usize, u64, u64);

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
    fn from(&self, context: &Context<'_>, detector: usize, reach: usize) -> u64 {
        let longest = context.plan.detectors.get(detector).map_or(reach, Detector::longest);
        self.end.saturating_sub(reach as u64).max(self.line.saturating_sub(longest as u64))
    }

    /// No later than the first of any detector.
    fn nearest(&self, farthest: usize) -> u64 {
        self.end.saturating_sub(farthest as u64).max(self.line.saturating_sub(farthest as u64))
    }
}

impl Scanner {
    /// Looks for windows of these detectors from `from` up to `to`.
    pub(super) fn wake(&mut self, context: &Context<'_>, segment: &Segment, from: u64, to: u64, last: bool) {
        let search = context.search;
        if search.words.is_empty() || from >= to {
            return;
        }
        let mut woken = std::mem::take(&mut self.woken);
        woken.clear();
        self.words(context, segment, from, to, last, &mut woken);
        if !last {
            self.open_end(context, segment, from, to, &mut woken);
        }
        join(&mut woken);
        for &(detector, from, to) in &woken {
            for at in from..to {
                if !self.lies_at(context, detector, at, false) {
                    continue;
                }
                if !matches!(self.phase(detector), Phase::Idle) {
                    break;
                }
                self.candidate(context, segment, detector, at, last);
                self.drive(context, segment, detector, last);
            }
            self.note_busy(detector);
        }
        // A text full of words is no reason to keep room for another.
        woken.clear();
        woken.shrink_to(64);
        self.woken = woken;
    }

    /// The stretches around words. What a word behind the end of the text would wake is not in them.
    fn words(
        &mut self,
        context: &Context<'_>,
        segment: &Segment,
        from: u64,
        to: u64,
        last: bool,
        woken: &mut Vec<Stretch>,
    ) {
        let search = context.search;
        let store = self.view.text();
        let (first, end) = (store.start(), store.end());
        let open = Open::of(segment, store);
        let mut add = |detector: usize, low: u64, high: u64| {
            let Some(reach) = search.reach(detector).filter(|_| !context.lens.uses(detector).is_empty()) else {
                return;
            };
            // From there on it is looked for without a word.
            let to = if last { to } else { to.min(open.from(context, detector, reach)) };
            let (low, high) = (low.saturating_sub(reach as u64).max(from), (high + reach as u64 + 1).min(to));
            note(woken, (detector, low, high));
        };
        let back = from.saturating_sub(search.farthest() as u64).max(first);
        search.words.each(store.tail(0), index(back - first), |at, detectors| {
            let at = first + at as u64;
            detectors.iter().for_each(|&detector| add(detector, at, at));
            true
        });
        if segment.scope == Scope::Member && from < search.farthest() as u64 {
            search.words.each(&segment.context, 0, |_, detectors| {
                detectors.iter().for_each(|&detector| add(detector, 0, 0));
                true
            });
        }
        self.work += end - back;
    }

    /// The windows so near to the end that a word which decides on them may still come.
    fn open_end(&mut self, context: &Context<'_>, segment: &Segment, from: u64, to: u64, woken: &mut Vec<Stretch>) {
        let search = context.search;
        let store = self.view.text();
        let first = store.start();
        let open = Open::of(segment, store);
        let (mut at, to) = (from.max(open.nearest(search.farthest())), index(to - first));
        while let Some((found, buckets)) = search.worded.next_candidate(store.tail(0), index(at - first), to) {
            let here = first + found as u64;
            for detector in search.worded.detectors(store.tail(0), found, buckets) {
                let near = search.reach(detector).is_some_and(|reach| here >= open.from(context, detector, reach));
                if near && !context.lens.uses(detector).is_empty() {
                    note(woken, (detector, here, here + 1));
                }
            }
            at = here + 1;
        }
    }
}

/// Adds a stretch. A full list is joined before it grows: a text full of words takes the room of its stretches joined.
fn note(woken: &mut Vec<Stretch>, stretch: Stretch) {
    if stretch.1 >= stretch.2 {
        return;
    }
    if woken.len() == woken.capacity() {
        join(woken);
        woken.reserve(woken.len().max(64));
    }
    woken.push(stretch);
}

/// Sorts stretches, and makes one of those of a detector that overlap or touch.
fn join(woken: &mut Vec<Stretch>) {
    woken.sort_unstable();
    woken.dedup_by(|next, last| {
        let joined = next.0 == last.0 && next.1 <= last.2;
        if joined {
            last.2 = last.2.max(next.2);
        }
        joined
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_joined_and_take_no_more_room_than_joined() {
        let mut woken = Vec::new();
        for at in (0..10_000).rev() {
            note(&mut woken, (at as usize % 2, at, at + 3));
            note(&mut woken, (7, 3 * at, 3 * at + 2));
            note(&mut woken, (8, 5, 5));
        }
        join(&mut woken);
        assert_eq!(woken.iter().filter(|it| it.0 < 2).collect::<Vec<_>>(), [&(0, 0, 10_001), &(1, 1, 10_002)]);
        assert_eq!(woken.len(), 10_002);
        let mut alike = Vec::new();
        (0..100_000).for_each(|at| note(&mut alike, (3, at, at + 9)));
        assert!(alike.capacity() < 200, "{}", alike.capacity());
    }
}
