//! Matches inside base64: what takes their place takes the run's.

use super::accept::Place;
use super::{Context, Matcher};
use crate::redact::runs::{Progress, Run, Runs};
use crate::redact::scanner::Event;

impl Matcher {
    /// Reads the runs of what has come in the first view from `from` on.
    pub(super) fn derive_runs(&mut self, context: &Context<'_>, runs: &mut Runs, from: u64, last: bool) {
        let mut at = from;
        while let Some(progress) = runs.next(context, &self.segment, &self.scanner.view, &mut at, last) {
            self.take_run(context, runs, progress);
        }
        if let Some(progress) = runs.pause(context, &self.segment, &self.scanner.view) {
            self.take_run(context, runs, progress);
        }
    }

    fn take_run(&mut self, context: &Context<'_>, runs: &mut Runs, progress: Progress) {
        let events = runs.scanner.take_events();
        match progress {
            Progress::Short(run) => self.take_short(context, runs, run, &events),
            Progress::Long { end, closed } => {
                for event in events {
                    let Event::Match { detector, from, to } = event else { continue };
                    let group = runs.scanner.view.unit(from);
                    let place = Place { start: group.start, head: group.end, tail: true, cut: true };
                    self.accept_in(context, runs, detector, (from, to), &place);
                }
                self.grow(None, runs.index, end, closed, None);
            }
        }
    }

    /// A match in a run that was held whole takes all of it.
    fn take_short(&mut self, context: &Context<'_>, runs: &mut Runs, run: Run, events: &[Event]) {
        let (start, end) = (self.scanner.view.unit(run.start).start, self.scanner.view.unit(run.end - 1).end);
        for event in events {
            match *event {
                Event::Match { detector, from, to } => {
                    let place = Place { start, head: end, tail: false, cut: false };
                    self.accept_in(context, runs, detector, (from, to), &place);
                }
                Event::Tail { detector, from, end: to, closed } => {
                    std::mem::swap(&mut self.scanner, &mut runs.scanner);
                    let text = self.hash(context, runs.index, detector, (from, to), closed);
                    std::mem::swap(&mut self.scanner, &mut runs.scanner);
                    self.grow(Some(detector), runs.index, end, closed, text.as_deref());
                }
            }
        }
    }

    fn accept_in(&mut self, context: &Context<'_>, runs: &mut Runs, detector: usize, value: (u64, u64), place: &Place) {
        std::mem::swap(&mut self.scanner, &mut runs.scanner);
        self.accept(context, runs.index, detector, value, place);
        std::mem::swap(&mut self.scanner, &mut runs.scanner);
    }
}
