//! How each detector, alone, finds its matches: at every start its longest, a rejected one resumes at the next start,
//! an accepted one at its end.

use super::{Context, Matcher, Phase, Scope, guard};
use crate::redact::lens::{Effect, Use};
use crate::redact::region::Accepted;
use crate::redact::tally::{Key, Tally};
use crate::scan::{Step, Tail, WINDOW};

impl Matcher {
    /// Takes up the detectors that waited for more text.
    pub(super) fn resume(&mut self, context: &Context<'_>, last: bool, tally: &mut Tally) {
        for detector in std::mem::take(&mut self.busy) {
            self.drive(context, detector, last, tally);
            if !matches!(self.phase(detector), Phase::Idle) {
                self.busy.push(detector);
            }
        }
    }

    /// Runs the finder over the text that has come since.
    pub(super) fn find(&mut self, context: &Context<'_>, last: bool, tally: &mut Tally) {
        let end = self.held.view().len();
        let to = if last { end } else { end.saturating_sub(WINDOW - 1) };
        while let Some((at, buckets)) = context.finder.next_candidate(self.held.view(), self.scanned, to) {
            let hits: Vec<usize> = context.finder.detectors(self.held.view(), at, buckets).collect();
            self.scanned = at + 1;
            for detector in hits {
                if context.lens.uses(detector).is_empty() || !matches!(self.phase(detector), Phase::Idle) {
                    continue;
                }
                self.candidate(context, detector, at, last, tally);
                self.drive(context, detector, last, tally);
                if !matches!(self.phase(detector), Phase::Idle) {
                    self.busy.push(detector);
                }
            }
        }
        self.scanned = self.scanned.max(to);
    }

    /// The least view index at which a match may still start that is not known yet.
    pub(super) fn frontier(&self, context: &Context<'_>) -> usize {
        let view = self.held.view();
        let end = view.len();
        let mut frontier = end;
        for (detector, progress) in self.progress.iter().enumerate() {
            if context.lens.uses(detector).is_empty() {
                continue;
            }
            match progress.phase {
                Phase::Running { start, .. } | Phase::Waiting { start, .. } => frontier = frontier.min(start),
                Phase::Tail { .. } => {}
                Phase::Idle => {
                    for at in self.scanned..end {
                        if context.finder.lies_at(detector, view, at, true)
                            && let Some((lowest, highest)) = self.starts(context, detector, at)
                            && lowest <= highest
                        {
                            frontier = frontier.min(lowest);
                        }
                    }
                    // A window behind the end reaches back no further than one that begins there would.
                    if let Some((lowest, _)) = self.starts(context, detector, end) {
                        frontier = frontier.min(lowest);
                    }
                }
            }
        }
        frontier
    }

    fn phase(&self, detector: usize) -> Phase {
        self.progress.get(detector).map_or(Phase::Idle, |progress| progress.phase)
    }

    fn set(&mut self, detector: usize, phase: Phase) {
        if let Some(progress) = self.progress.get_mut(detector) {
            progress.phase = phase;
        }
    }

    fn next(&self, detector: usize) -> usize {
        self.progress.get(detector).map_or(0, |progress| progress.next)
    }

    fn set_next(&mut self, detector: usize, next: usize) {
        if let Some(progress) = self.progress.get_mut(detector) {
            progress.next = next;
            progress.phase = Phase::Idle;
        }
    }

    /// The starts that a window at `at` speaks for, least and greatest; none when the least is greater.
    fn starts(&self, context: &Context<'_>, detector: usize, at: usize) -> Option<(usize, usize)> {
        let known = context.plan.detectors.get(detector)?;
        let (nearest, farthest) = known.offsets;
        let highest = at.saturating_sub(nearest);
        let floor = self.next(detector).max(at.saturating_sub(farthest));
        let behind = self.held.view().get(floor..at)?;
        let run = behind.iter().rev().take_while(|&&byte| known.before.contains(byte)).count();
        Some((at - run, highest))
    }

    /// Tries the starts that a window speaks for, until one needs more text.
    fn candidate(&mut self, context: &Context<'_>, detector: usize, at: usize, last: bool, tally: &mut Tally) {
        let Some((lowest, highest)) = self.starts(context, detector, at) else { return };
        let mut start = lowest;
        while start <= highest {
            let Some(known) = context.plan.detectors.get(detector) else { return };
            let view = self.held.view();
            let before = start.checked_sub(1).and_then(|at| view.get(at).copied());
            if let Some(run) = known.automaton.start(before) {
                match known.automaton.resume(run, view.get(start..).unwrap_or_default().iter().copied(), last) {
                    Step::Open(run) => self.set(detector, Phase::Running { start, run }),
                    Step::Decided(None) => self.set_next(detector, start + 1),
                    Step::Decided(Some(len)) => self.judge(context, detector, start, start + len, last, tally),
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
    fn drive(&mut self, context: &Context<'_>, detector: usize, last: bool, tally: &mut Tally) {
        loop {
            match self.phase(detector) {
                Phase::Idle => return,
                Phase::Running { start, run } => {
                    let Some(known) = context.plan.detectors.get(detector) else { return };
                    let text = self.held.view().get(start + run.read()..).unwrap_or_default();
                    match known.automaton.resume(run, text.iter().copied(), last) {
                        Step::Open(run) => return self.set(detector, Phase::Running { start, run }),
                        Step::Decided(None) => self.set_next(detector, start + 1),
                        Step::Decided(Some(len)) => self.judge(context, detector, start, start + len, last, tally),
                    }
                }
                Phase::Waiting { start, end } => {
                    self.judge(context, detector, start, end, last, tally);
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
            self.catch_up(context, detector, last, tally);
        }
    }

    /// Looks again at windows that the finder passed while the detector was busy.
    fn catch_up(&mut self, context: &Context<'_>, detector: usize, last: bool, tally: &mut Tally) {
        let nearest = context.plan.detectors.get(detector).map_or(0, |known| known.offsets.0);
        let mut at = self.next(detector) + nearest;
        while at < self.scanned && matches!(self.phase(detector), Phase::Idle) {
            if context.finder.lies_at(detector, self.held.view(), at, false) {
                self.candidate(context, detector, at, last, tally);
            }
            at = (at + 1).max(self.next(detector) + nearest);
        }
    }

    /// Decides a longest match whose end is certain.
    fn judge(
        &mut self,
        context: &Context<'_>,
        detector: usize,
        start: usize,
        end: usize,
        last: bool,
        tally: &mut Tally,
    ) {
        let Some(known) = context.plan.detectors.get(detector) else { return };
        let Some((from, to)) = known.real(self.held.view(), start, end, context.now_ms) else {
            return self.set_next(detector, start + 1);
        };
        match guard::inside_pseudonym(self.held.view(), from, last) {
            None => return self.set(detector, Phase::Waiting { start, end }),
            Some(true) => return self.set_next(detector, start + 1),
            Some(false) => {}
        }
        if known.keywords.is_none() || self.word_before(context, detector, start) {
            return self.accept(context, detector, end, from, to, tally);
        }
        match self.word_behind(context, detector, end, last) {
            None => self.set(detector, Phase::Waiting { start, end }),
            Some(true) => self.accept(context, detector, end, from, to, tally),
            Some(false) => self.set_next(detector, start + 1),
        }
    }

    fn word_before(&self, context: &Context<'_>, detector: usize, start: usize) -> bool {
        let Some(words) = context.plan.detectors.get(detector).and_then(|known| known.keywords.as_ref()) else {
            return true;
        };
        let text = self.held.view().get(start.saturating_sub(words.reach())..start).unwrap_or_default();
        match self.segment.scope {
            Scope::Line => {
                let line = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
                words.before(text.get(line..).unwrap_or_default(), 0)
            }
            Scope::Member => {
                let inside = usize::try_from(self.forgotten).unwrap_or(usize::MAX).saturating_add(start);
                words.before(text, 0) || words.before(&self.segment.name, inside)
            }
        }
    }

    /// Whether a keyword stands behind a match; `None` while that is open.
    fn word_behind(&self, context: &Context<'_>, detector: usize, end: usize, last: bool) -> Option<bool> {
        let Some(words) = context.plan.detectors.get(detector).and_then(|known| known.keywords.as_ref()) else {
            return Some(true);
        };
        let behind = self.held.view().get(end..).unwrap_or_default();
        let near = behind.get(..words.reach()).unwrap_or(behind);
        let line = match self.segment.scope {
            Scope::Line => near.iter().position(|&byte| byte == b'\n'),
            Scope::Member => None,
        };
        let text = line.map_or(near, |at| near.get(..at).unwrap_or_default());
        if words.after(text) {
            return Some(true);
        }
        (last || line.is_some() || behind.len() >= words.reach()).then_some(false)
    }

    /// Counts a match, refuses the exchange if a find says so, and hands it on if a find changes it.
    fn accept(
        &mut self,
        context: &Context<'_>,
        detector: usize,
        end: usize,
        from: usize,
        to: usize,
        tally: &mut Tally,
    ) {
        let mut change = None;
        let mut blocks = false;
        let key = |by: &Use| Key {
            rule: by.rule,
            find: by.find,
            detector: Some(detector),
            effect: by.effect,
            merged: false,
            origin: (context.origin)(),
        };
        for by in context.lens.uses(detector).iter().filter(|by| by.applies(self.segment.narrows)) {
            match by.effect {
                Effect::Change => change = change.or(Some(*by)),
                Effect::Block if !blocks => {
                    blocks = true;
                    tally.block(by.rule, by.find);
                    tally.count(key(by));
                }
                Effect::Block => {}
                Effect::Logs | Effect::Shadow | Effect::Observe => {
                    tally.count(key(by));
                }
            }
        }
        let tail = context.plan.detectors.get(detector).is_some_and(|known| known.tail.is_some());
        // A match that blocks changes nothing: nothing of it leaves.
        if let Some(by) = change.filter(|_| !blocks) {
            let accepted = Accepted { start: from, head: to, end: to, detector, by, tail, open: tail };
            let at = self.accepted.partition_point(|it| (it.start, it.head) <= (from, to));
            self.accepted.insert(at, accepted);
        }
        self.set_next(detector, end);
        if tail {
            self.set(detector, Phase::Tail { at: end, until: false });
        }
    }

    /// Follows an open end; whether it ended.
    fn swallow(&mut self, context: &Context<'_>, detector: usize, at: usize, mut until: bool, last: bool) -> bool {
        let Some(tail) = context.plan.detectors.get(detector).and_then(|known| known.tail.as_ref()) else {
            return true;
        };
        let view = self.held.view();
        let text = view.get(at..).unwrap_or_default();
        let mut end = at;
        let mut closed = false;
        match tail {
            Tail::Class(class) => {
                end += text.iter().take_while(|&&byte| class.contains(byte)).count();
                closed = end < view.len();
            }
            Tail::Until(literal) => {
                if !until {
                    // A terminator may be cut by the end of the text: its possible beginning is read again.
                    match text.windows(literal.len().max(1)).position(|window| window == literal.as_slice()) {
                        Some(found) => {
                            until = true;
                            end += found + literal.len();
                        }
                        None => end += text.len().saturating_sub(literal.len().saturating_sub(1)),
                    }
                }
                if until {
                    let rest = view.get(end..).unwrap_or_default();
                    end += rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b" -".contains(byte)).count();
                    closed = end < view.len();
                }
            }
        }
        if last && !closed && matches!(tail, Tail::Until(_)) && !until {
            // The terminator did not come: all of the segment is the value's.
            end = view.len();
        }
        closed |= last;
        for accepted in self.accepted.iter_mut().filter(|it| it.open && it.detector == detector) {
            accepted.end = end;
            accepted.open = !closed;
        }
        if let Some(region) = &mut self.region {
            region.grow(detector, end, closed);
        }
        if closed {
            self.set_next(detector, end);
        } else {
            self.set(detector, Phase::Tail { at: end, until });
        }
        closed
    }
}
