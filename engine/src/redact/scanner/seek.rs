//! How each detector, alone, finds its matches: at every start its longest, a rejected one resumes at the next start,
//! an accepted one at its end.

use super::{Event, Phase, Scanner, guard, index};
use crate::redact::matcher::{Context, Segment};
use crate::scan::Step;

impl Scanner {
    /// The starts that a window at `at` speaks for, least and greatest; none when the least is greater.
    pub(super) fn starts(&self, context: &Context<'_>, detector: usize, at: u64) -> Option<(u64, u64)> {
        let known = context.plan.detectors.get(detector)?;
        let (nearest, farthest) = known.offsets;
        let highest = at.saturating_sub(nearest as u64);
        let floor = self.next(detector).max(at.saturating_sub(farthest as u64));
        if floor > at {
            return None;
        }
        let behind = self.view.text().range(floor, at);
        let run = behind.iter().rev().take_while(|&&byte| known.before.contains(byte)).count();
        Some((at - run as u64, highest))
    }

    /// Tries the starts that a window speaks for, until one needs more text.
    pub(super) fn candidate(&mut self, context: &Context<'_>, segment: &Segment, detector: usize, at: u64, last: bool) {
        let Some((lowest, highest)) = self.starts(context, detector, at) else { return };
        self.work += at.saturating_sub(lowest) + 1;
        let mut start = lowest;
        while start <= highest {
            let Some(known) = context.plan.detectors.get(detector) else { return };
            let before = start.checked_sub(1).and_then(|at| self.view.text().byte(at));
            if let Some(run) = known.automaton.start(before) {
                match known.automaton.resume(run, self.view.text().tail(start), last, &mut self.work) {
                    Step::Open(run) => self.set(detector, Phase::Running { start, run }),
                    Step::Decided(None) => self.set_next(detector, start + 1),
                    Step::Decided(Some(len)) => self.judge(context, segment, detector, start, start + len as u64, last),
                }
            } else {
                self.set_next(detector, start + 1);
            }
            if !matches!(self.phase(detector), Phase::Idle) {
                return;
            }
            start = self.next(detector).max(start + 1);
        }
    }

    /// Drives a detector until it is idle and has caught up with the finder, or needs more text.
    pub(super) fn drive(&mut self, context: &Context<'_>, segment: &Segment, detector: usize, last: bool) {
        loop {
            match self.phase(detector) {
                Phase::Idle => return,
                Phase::Running { start, run } => {
                    let Some(known) = context.plan.detectors.get(detector) else { return };
                    let text = self.view.text().tail(start + run.read() as u64);
                    match known.automaton.resume(run, text, last, &mut self.work) {
                        Step::Open(run) => return self.set(detector, Phase::Running { start, run }),
                        Step::Decided(None) => self.set_next(detector, start + 1),
                        Step::Decided(Some(len)) => {
                            self.judge(context, segment, detector, start, start + len as u64, last);
                        }
                    }
                }
                Phase::Waiting { start, end } => {
                    self.judge(context, segment, detector, start, end, last);
                    if matches!(self.phase(detector), Phase::Waiting { .. }) {
                        return;
                    }
                }
                Phase::Tail { at, until } => {
                    if !self.swallow(context, detector, at, until, last) {
                        return;
                    }
                }
            }
            self.catch_up(context, segment, detector, last);
        }
    }

    /// Looks again at windows that the finder passed while the detector was busy.
    fn catch_up(&mut self, context: &Context<'_>, segment: &Segment, detector: usize, last: bool) {
        let nearest = context.plan.detectors.get(detector).map_or(0, |known| known.offsets.0) as u64;
        let mut at = self.next(detector) + nearest;
        while at < self.scanned && matches!(self.phase(detector), Phase::Idle) {
            if self.lies_at(context, detector, at, last) {
                self.candidate(context, segment, detector, at, last);
            }
            self.work += 1;
            at = (at + 1).max(self.next(detector) + nearest);
        }
    }

    /// Decides a longest match whose end is certain.
    fn judge(&mut self, context: &Context<'_>, segment: &Segment, detector: usize, start: u64, end: u64, last: bool) {
        let Some(known) = context.plan.detectors.get(detector) else { return };
        let store = self.view.text();
        let first = store.start();
        self.work += end - start;
        let (low, high) = (index(start.saturating_sub(first)), index(end.saturating_sub(first)));
        let Some((from, to)) = known.real(store.tail(0), low, high, context.now_ms) else {
            return self.set_next(detector, start + 1);
        };
        let inside = guard::inside_pseudonym(store.tail(0), from, last);
        let (from, to) = (first + from as u64, first + to as u64);
        match inside {
            None => return self.set(detector, Phase::Waiting { start, end }),
            Some(true) => return self.set_next(detector, start + 1),
            Some(false) => {}
        }
        if let Some(words) = &known.keywords {
            self.work += words.reach() as u64;
            if !self.word_before(segment, words, start) {
                match self.word_behind(segment, words, end, last) {
                    None => return self.set(detector, Phase::Waiting { start, end }),
                    Some(true) => {}
                    Some(false) => return self.set_next(detector, start + 1),
                }
            }
        }
        self.events.push(Event::Match { detector, from, to });
        self.set_next(detector, end);
        if known.tail.is_some() {
            self.set(detector, Phase::Tail { at: end, until: false });
        }
    }
}
