//! All detectors over one view, in any cuts: what they find comes out as events.

mod context;
mod guard;
mod seek;
mod tail;
mod woken;

pub(crate) use guard::LONGEST as LONGEST_PSEUDONYM;

use self::woken::{Seen, Stretch};
use super::matcher::{Context, Segment};
use super::view::View;
use crate::scan::{LONGEST_WINDOW, Mask, Run, WINDOW};

/// What has been found; positions are view indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A real match of a detector, with the range that is replaced.
    Match {
        /// Index of the detector.
        detector: usize,
        /// First byte that is replaced.
        from: u64,
        /// One past the last, of the head where the match is open-ended.
        to: u64,
    },
    /// The open end of a detector's last match has moved.
    Tail {
        /// Index of the detector.
        detector: usize,
        /// Where it stood.
        from: u64,
        /// Where it stands.
        end: u64,
        /// It has ended there.
        closed: bool,
    },
}

/// One detector's progress.
#[derive(Clone, Copy, Default)]
enum Phase {
    /// Nothing pending.
    #[default]
    Idle,
    /// A candidate needs more text.
    Running { start: u64, run: Run },
    /// A match needs the text behind it: for keywords, or to tell whether it is a pseudonym.
    Waiting { start: u64, end: u64 },
    /// An open end is swallowed; `until` says that its terminator has been seen.
    Tail { at: u64, until: bool },
}

#[derive(Clone, Copy, Default)]
struct Progress {
    phase: Phase,
    /// The first view index at which the detector may start a match.
    next: u64,
}

/// Bytes at the end of a text that wait at most.
const WAITS: u64 = 512;

/// The state of all detectors in one view.
#[derive(Clone, Default)]
pub struct Scanner {
    /// The text.
    pub view: View,
    /// View index from which the finder goes on.
    scanned: u64,
    /// View index up to which all windows of detectors without keywords are in `windows`, or have been looked at.
    sieved: u64,
    /// Of detectors whose progress is not as at the beginning, in their order: few have anything to do with a text.
    progress: Vec<(usize, Progress)>,
    /// Detectors whose phase is not idle.
    busy: Vec<usize>,
    events: Vec<Event>,
    /// Detectors with a window at the current candidate.
    hits: Vec<usize>,
    /// Windows of detectors without keywords, and where they lie: those that have been seen and not been looked at.
    windows: Vec<(u64, usize)>,
    /// Where the words of detectors with keywords have been seen.
    seen: Seen,
    /// Where these detectors are looked for.
    stretches: Vec<Stretch>,
    /// All of the text is there.
    whole: bool,
    work: u64,
}

impl Scanner {
    /// Begins anew, with an empty view.
    pub fn begin(&mut self) {
        self.view.clear();
        self.scanned = 0;
        self.sieved = 0;
        self.progress.clear();
        self.busy.clear();
        self.events.clear();
        self.windows.clear();
        self.seen.clear();
        self.whole = false;
    }

    /// Looks at the text that has come; all of it is there when `last`.
    pub fn advance(&mut self, context: &Context<'_>, segment: &Segment, last: bool) {
        self.whole = last;
        self.resume(context, segment, last);
        self.find(context, segment, last);
    }

    /// What was found since the last time.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Detectors that swallow an open end.
    pub fn tails(&self) -> impl Iterator<Item = usize> + '_ {
        self.busy.iter().copied().filter(|&detector| matches!(self.phase(detector), Phase::Tail { .. }))
    }

    /// Detectors that wait for more text.
    pub fn waiting(&self) -> impl Iterator<Item = usize> + '_ {
        let waits = |phase| matches!(phase, Phase::Running { .. } | Phase::Waiting { .. });
        self.busy.iter().copied().filter(move |&detector| waits(self.phase(detector)))
    }

    /// Bytes that automata, keywords and open ends have read: what the time is made of.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let lists = (self.busy.capacity() + self.hits.capacity()) * size_of::<usize>()
            + self.windows.capacity() * size_of::<(u64, usize)>()
            + self.seen.memory()
            + self.stretches.capacity() * size_of::<Stretch>();
        let progress = self.progress.capacity() * size_of::<(usize, Progress)>();
        self.view.memory() + progress + lists + self.events.capacity() * size_of::<Event>()
    }

    /// Forgets text that nothing looks back to from `frontier` on.
    pub fn forget(&mut self, context: &Context<'_>, frontier: u64) {
        self.view.forget(frontier.saturating_sub(context.plan.look_behind as u64));
    }

    /// Takes up the detectors that waited for more text.
    fn resume(&mut self, context: &Context<'_>, segment: &Segment, last: bool) {
        for detector in std::mem::take(&mut self.busy) {
            self.drive(context, segment, detector, last);
            self.note_busy(detector);
        }
    }

    /// Looks for windows and words in the text that has come since.
    fn find(&mut self, context: &Context<'_>, segment: &Segment, last: bool) {
        let end = self.view.text().end();
        let from = self.scanned;
        let to = match (last, context.soon) {
            (true, _) => end,
            (false, true) => from.max(end.saturating_sub(waits(context))),
            (false, false) => end.saturating_sub(WINDOW as u64 - 1),
        };
        let whole = if last { end } else { end.saturating_sub(LONGEST_WINDOW as u64) };
        self.see(context, segment, whole, last);
        let mut windows = std::mem::take(&mut self.windows);
        windows.sort_unstable();
        let looked = windows.partition_point(|(at, _)| *at < to);
        for (at, window) in windows.drain(..looked) {
            self.scanned = at + 1;
            for &detector in context.search.plain.showing(window) {
                self.offer(context, segment, detector, at, last);
            }
        }
        self.windows = windows;
        self.scanned = self.scanned.max(whole.min(to));
        // Closer to the end, windows may be cut.
        let mut hits = std::mem::take(&mut self.hits);
        while let Some((at, buckets)) = self.next_candidate(context, to) {
            let text = self.view.text().tail(0);
            hits.clear();
            hits.extend(context.search.plain.detectors(text, index(at - self.view.text().start()), buckets, !last));
            self.scanned = at + 1;
            for &detector in &hits {
                self.offer(context, segment, detector, at, last);
            }
        }
        self.hits = hits;
        self.scanned = self.scanned.max(to);
        self.wake(context, segment, from, to, last);
    }

    /// Tries a detector that shows a window at `at`.
    fn offer(&mut self, context: &Context<'_>, segment: &Segment, detector: usize, at: u64, last: bool) {
        if !context.lens.uses(detector).is_empty() && matches!(self.phase(detector), Phase::Idle) {
            self.candidate(context, segment, detector, at, last);
            self.drive(context, segment, detector, last);
            self.note_busy(detector);
        }
    }

    fn next_candidate(&self, context: &Context<'_>, to: u64) -> Option<(u64, Mask)> {
        let store = self.view.text();
        let first = store.start();
        let (from, to) = (index(self.scanned.saturating_sub(first)), index(to.saturating_sub(first)));
        let (at, buckets) = context.search.plain.next_candidate(store.tail(0), from, to, Mask::MAX)?;
        Some((first + at as u64, buckets))
    }

    fn note_busy(&mut self, detector: usize) {
        if !matches!(self.phase(detector), Phase::Idle) && !self.busy.contains(&detector) {
            self.busy.push(detector);
        }
    }

    /// The least view index at which a match may still start that is not known yet.
    pub fn frontier(&self, context: &Context<'_>) -> u64 {
        let end = self.view.text().end();
        let mut frontier = end;
        for &detector in &self.busy {
            if let Phase::Running { start, .. } | Phase::Waiting { start, .. } = self.phase(detector) {
                frontier = frontier.min(start);
            }
        }
        if self.whole {
            // What is idle has nothing more to find.
            return frontier;
        }
        let store = self.view.text();
        if context.soon {
            // Wherever the next window lies.
            return frontier.min(self.scanned.saturating_sub(context.search.before as u64).max(store.start()));
        }
        let counts =
            |detector: usize| !context.lens.uses(detector).is_empty() && matches!(self.phase(detector), Phase::Idle);
        // A window behind the end reaches back no further than one that begins there would.
        for led in &context.search.led {
            // It must reach back farther than what is known.
            let farther = |at| store.byte(at).is_some_and(|byte| led.before.contains(byte));
            if led.most as u64 <= end - frontier || !frontier.checked_sub(1).is_some_and(farther) {
                continue;
            }
            let text = store.range(end.saturating_sub(led.most as u64), end);
            let run = text.iter().rev().take_while(|&&byte| led.before.contains(byte)).count() as u64;
            if end - run < frontier {
                let starts = led.detectors.iter().filter(|&&it| counts(it)).map(|&it| self.next(it).max(end - run));
                frontier = starts.fold(frontier, u64::min);
            }
        }
        for at in self.scanned..end {
            for detector in context.search.begun(store.tail(0), index(at - store.start())) {
                let most = context.plan.detectors.get(detector).map_or(0, |known| known.offsets.1);
                if at.saturating_sub(most as u64) < frontier
                    && counts(detector)
                    && let Some((lowest, highest)) = self.starts(context, detector, at)
                    && lowest <= highest
                {
                    frontier = frontier.min(lowest);
                }
            }
        }
        frontier
    }

    fn lies_at(&self, context: &Context<'_>, detector: usize, at: u64, last: bool) -> bool {
        let store = self.view.text();
        context.search.lies_at(detector, store.tail(0), index(at.saturating_sub(store.start())), !last)
    }

    fn phase(&self, detector: usize) -> Phase {
        self.known(detector).map_or(Phase::Idle, |progress| progress.phase)
    }

    fn next(&self, detector: usize) -> u64 {
        self.known(detector).map_or(0, |progress| progress.next)
    }

    fn set(&mut self, detector: usize, phase: Phase) {
        if let Some(progress) = self.progress(detector) {
            progress.phase = phase;
        }
    }

    fn set_next(&mut self, detector: usize, next: u64) {
        if let Some(progress) = self.progress(detector) {
            *progress = Progress { phase: Phase::Idle, next };
        }
    }

    fn known(&self, detector: usize) -> Option<&Progress> {
        let at = self.progress.binary_search_by_key(&detector, |(known, _)| *known).ok()?;
        self.progress.get(at).map(|(_, progress)| progress)
    }

    fn progress(&mut self, detector: usize) -> Option<&mut Progress> {
        let at = match self.progress.binary_search_by_key(&detector, |(known, _)| *known) {
            Ok(at) => at,
            Err(at) => {
                self.progress.insert(at, (detector, Progress::default()));
                at
            }
        };
        self.progress.get_mut(at).map(|(_, progress)| progress)
    }
}

/// How many bytes at the end of a text are not looked at yet when more is on its way: most of what decides on the rest
/// of it lies in them, so that the rest can be told as if the text were whole. The end of a text that goes on is hard to
/// tell.
fn waits(context: &Context<'_>) -> u64 {
    let bound = u64::from(context.plan.limits.hold_back) / 4;
    (context.search.farthest() as u64).min(bound).min(WAITS).max(LONGEST_WINDOW as u64)
}

/// A distance within kept text, as an index; what does not fit lies behind the end.
fn index(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}
