//! From matches to regions, and from regions to output.

use super::{Context, Matcher, Sink};
use crate::policy::model::Action;
use crate::redact::action::{Render, mark, render};
use crate::redact::region::{Region, State};
use crate::redact::tally::{Hit, Key};

impl Matcher {
    /// Writes everything before `frontier`, behind which matches may still start.
    pub(super) fn flush(&mut self, context: &Context<'_>, frontier: usize, sink: &mut Sink<'_>) {
        loop {
            let Some(mut region) = self.region.take() else {
                let Some(first) = self.accepted.pop_front_if(|it| it.start < frontier) else {
                    return self.held.emit(frontier, sink.out);
                };
                self.held.emit(first.start, sink.out);
                let mut region = Region::new(first);
                // Matches with the same start are compared before anything is settled.
                while let Some(next) = self.accepted.pop_front_if(|it| it.start == first.start) {
                    region.join(next);
                }
                self.region = Some(region);
                continue;
            };
            self.settle(context, &mut region, sink);
            while let Some(next) = self.accepted.pop_front_if(|it| it.start < frontier && it.start < region.end) {
                region.join(next);
                self.settle(context, &mut region, sink);
            }
            if !matches!(region.state, State::Open) {
                self.take(&mut region);
                self.drop_to(region.end.min(self.held.view().len()), sink);
            }
            if frontier < region.end || !region.tails.is_empty() {
                self.region = Some(region);
                return;
            }
            self.close(context, region, sink);
        }
    }

    /// Writes what takes the region's place once nothing can change it any more.
    fn settle(&mut self, context: &Context<'_>, region: &mut Region, sink: &mut Sink<'_>) {
        let bound = context.plan.limits.hold_back as usize;
        if !matches!(region.state, State::Open) || !(region.settled || region.end - region.start >= bound) {
            return;
        }
        if let Some((Action::Hash { .. }, entity)) = self.action(context, region).filter(|_| region.named.tail)
            && let Some(key) = context.key
        {
            self.count(context, region, sink);
            region.state = State::Hashing { hasher: key.start(entity), taken: region.named.start };
            return;
        }
        self.write(context, region, sink);
    }

    /// Gives the pseudonym of an open-ended value the bytes that have come.
    fn take(&self, region: &mut Region) {
        let end = region.named.end;
        if let State::Hashing { hasher, taken } = &mut region.state
            && let Some(bytes) = self.held.view().get(*taken..end)
        {
            hasher.update(bytes);
            *taken = end;
        }
    }

    fn close(&mut self, context: &Context<'_>, mut region: Region, sink: &mut Sink<'_>) {
        if matches!(region.state, State::Open) {
            self.write(context, &mut region, sink);
        }
        if let State::Hashing { hasher, .. } = region.state {
            context.encoding.write(&hasher.finish(), sink.out);
        }
        self.drop_to(region.end, sink);
    }

    fn write(&mut self, context: &Context<'_>, region: &mut Region, sink: &mut Sink<'_>) {
        self.count(context, region, sink);
        region.state = State::Written;
        let Some((action, entity)) = self.action(context, region) else { return };
        let text = match action {
            // What is left of an open-ended value when it is masked or truncated would depend on where it was cut.
            Action::Mask { .. } | Action::TruncateIp { .. } | Action::Hash { .. } if region.named.tail => mark(entity),
            _ => {
                let value = self.held.view().get(region.start..region.end).unwrap_or_default();
                render(&Render { action, entity, key: context.key }, value)
            }
        };
        context.encoding.write(&text, sink.out);
    }

    /// What takes the region's place, and what findings call it.
    fn action<'a>(&self, context: &Context<'a>, region: &Region) -> Option<(&'a Action, &'a str)> {
        let by = region.named.by;
        let action = if region.merged { &Action::Redact } else { context.plan.action(by.rule, by.find)? };
        Some((action, context.plan.detectors.get(region.named.detector)?.entity.as_str()))
    }

    fn count(&self, context: &Context<'_>, region: &Region, sink: &mut Sink<'_>) {
        sink.changed = true;
        let by = region.named.by;
        let detector = Some(region.named.detector);
        let origin = (context.origin)();
        let merged = region.merged;
        sink.tally.count(Key { rule: by.rule, find: by.find, detector, effect: by.effect, merged, origin });
        let start = self.segment.offset + self.held.position();
        if let Some(hits) = &mut sink.tally.hits {
            hits.push(Hit { rule: by.rule, find: by.find, detector, merged, start, end: start });
        }
    }

    /// Drops raw bytes of a region.
    fn drop_to(&mut self, to: usize, sink: &mut Sink<'_>) {
        self.held.drop_to(to);
        let end = self.segment.offset + self.held.position();
        if let Some(hit) = sink.tally.hits.as_mut().and_then(|hits| hits.last_mut()) {
            hit.end = hit.end.max(end);
        }
    }
}
