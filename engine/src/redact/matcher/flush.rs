//! From matches to regions, and from regions to output.

use super::{Context, Matcher, Sink};
use crate::policy::model::Action;
use crate::redact::action::mark;
use crate::redact::lens::Effect;
use crate::redact::region::{Accepted, Region};
use crate::redact::syntax::{FILL, Syntax, fitted};
use crate::redact::tally::{Hit, Key};

impl Matcher {
    /// Writes everything before `frontier`, behind which matches may still start.
    pub(super) fn flush(&mut self, context: &Context<'_>, frontier: u64, sink: &mut Sink<'_>) {
        loop {
            let Some(mut region) = self.region.take() else {
                let Some(first) = self.queue.pop_front_if(|it| it.start < frontier) else {
                    return self.emit(frontier, sink);
                };
                self.count_uses(context, &first, sink);
                // What was decided before its time is written and counted.
                let known = first.start < self.forced;
                if first.by.is_none() {
                    continue;
                }
                self.emit(first.start, sink);
                let start = first.start;
                let mut region = Region::new(first);
                region.written = known;
                region.settled = known;
                // Matches with the same start are compared before anything is settled.
                while let Some(next) = self.queue.pop_front_if(|it| it.start == start) {
                    self.join(context, &mut region, &next, sink);
                }
                self.region = Some(region);
                continue;
            };
            self.settle(context, &mut region, sink);
            while let Some(next) = self.queue.pop_front_if(|it| it.start < frontier && it.start < region.end) {
                self.join(context, &mut region, &next, sink);
                self.settle(context, &mut region, sink);
            }
            if region.settled {
                // What a pseudonym waits for is dropped before it is written, whatever the cuts.
                let to = if region.written { region.end } else { region.end.min(region.named.end) };
                self.drop_region(&region, to, sink);
            }
            if frontier < region.end || region.open() {
                self.region = Some(region);
                return;
            }
            if !region.written {
                self.write(context, &mut region, sink);
            }
            self.drop_region(&region, region.end, sink);
        }
    }

    fn join(&self, context: &Context<'_>, region: &mut Region, other: &Accepted, sink: &mut Sink<'_>) {
        self.count_uses(context, other, sink);
        if other.by.is_some() {
            region.join(other);
        }
    }

    /// Counts the uses of a match that change nothing, and refuses the exchange if one says so.
    fn count_uses(&self, context: &Context<'_>, accepted: &Accepted, sink: &mut Sink<'_>) {
        let detector = accepted.detector;
        let mut blocked = false;
        for by in context.lens.uses(detector).iter().filter(|by| by.applies(self.segment.narrows)) {
            match by.effect {
                Effect::Change => continue,
                Effect::Block if std::mem::replace(&mut blocked, true) => continue,
                Effect::Block => sink.tally.block(by.rule, by.find),
                Effect::Logs | Effect::Shadow | Effect::Observe => {}
            }
            let (rule, find, effect) = (by.rule, by.find, by.effect);
            let origin = (context.origin)();
            sink.tally.count(Key { rule, find, detector: Some(detector), effect, merged: false, origin });
        }
    }

    /// Writes what takes the region's place once nothing can change it any more.
    fn settle(&mut self, context: &Context<'_>, region: &mut Region, sink: &mut Sink<'_>) {
        let bound = u64::from(context.plan.limits.hold_back);
        region.settled |= region.open_ended || region.end - region.start >= bound;
        if !region.settled || region.written {
            return;
        }
        // A pseudonym waits for the end of its value, and what must have a length until it can have it.
        let hash = !region.merged && region.named.open != 0 && self.hashes(context, region);
        let waits = match self.replacement(context, region) {
            Some((text, true)) => region.end - region.start < text.len() as u64,
            _ => hash,
        };
        if !waits {
            self.write(context, region, sink);
        }
    }

    fn hashes(&self, context: &Context<'_>, region: &Region) -> bool {
        let detector = region.named.detector;
        self.hashing.iter().any(|it| it.detector == detector)
            && matches!(self.action(context, region), Some((Action::Hash { .. }, _)))
    }

    fn write(&mut self, context: &Context<'_>, region: &mut Region, sink: &mut Sink<'_>) {
        region.written = true;
        if !region.merged && region.named.text_from.is_some() {
            self.drop_to(region.named.end, sink);
        }
        self.count(context, region, sink);
        let Some((text, fixed)) = self.replacement(context, region) else { return };
        if fixed {
            // What the region still grows by is filled up as it comes.
            let end = region.end.min(self.raw.end());
            let length = usize::try_from(end - region.start).unwrap_or_default();
            context.syntax.write(&fitted(&text, length), sink.out);
            self.drop_to(end, sink);
            region.filled = true;
            return;
        }
        context.syntax.write(&text, sink.out);
    }

    /// The text that takes the region's place, and whether it must have the region's length.
    fn replacement(&self, context: &Context<'_>, region: &Region) -> Option<(String, bool)> {
        let (action, entity) = self.action(context, region)?;
        let fixed = match context.syntax {
            Syntax::Fixed => true,
            // Without a key, and of what was not seen whole, there is no pseudonym.
            Syntax::Field => match action {
                Action::Remove => false,
                Action::Hash { .. } => context.key.is_none() || region.named.text.is_none(),
                _ => true,
            },
            _ => false,
        };
        let text = match (action, &region.named.text) {
            (Action::Replace(text), _) => text.clone(),
            // A part of a pseudonym would be none.
            (Action::Hash { .. }, _) if fixed => mark(entity),
            (Action::Redact, _) | (_, None) => mark(entity),
            (_, Some(text)) => text.clone(),
        };
        Some((text, fixed))
    }

    /// What takes the region's place, and what findings call it.
    fn action<'a>(&self, context: &Context<'a>, region: &Region) -> Option<(&'a Action, &'a str)> {
        let by = region.named.by?;
        let action = if region.merged { &Action::Redact } else { context.plan.action(by.rule, by.find)? };
        Some((action, context.plan.detectors.get(region.named.detector)?.entity.as_str()))
    }

    fn count(&self, context: &Context<'_>, region: &Region, sink: &mut Sink<'_>) {
        sink.changed = true;
        let Some(by) = region.named.by else { return };
        let detector = Some(region.named.detector);
        let origin = (context.origin)();
        let merged = region.merged;
        sink.tally.count(Key { rule: by.rule, find: by.find, detector, effect: by.effect, merged, origin });
        let start = self.segment.offset + region.start;
        if let Some(hits) = &mut sink.tally.hits {
            hits.push(Hit { rule: by.rule, find: by.find, detector, merged, start, end: start });
        }
    }

    /// Lets the raw bytes before a position leave.
    fn emit(&mut self, to: u64, sink: &mut Sink<'_>) {
        sink.out.extend_from_slice(self.raw.range(self.left, to));
        self.left = self.left.max(to);
    }

    /// Drops raw bytes of a region, all but its seams.
    pub(super) fn drop_to(&mut self, to: u64, sink: &mut Sink<'_>) {
        let to = to.min(self.raw.end());
        while let Some((start, end)) = self.seams.pop_front_if(|(start, _)| *start < to) {
            if start >= self.left {
                sink.out.extend_from_slice(self.raw.range(start, end));
            }
        }
        self.left = self.left.max(to);
    }

    /// Drops the raw bytes of a region up to a position.
    fn drop_region(&mut self, region: &Region, to: u64, sink: &mut Sink<'_>) {
        if region.filled {
            let more = to.min(self.raw.end()).saturating_sub(self.left);
            sink.out.extend((0..more).map(|_| FILL));
        }
        self.drop_to(to, sink);
        let end = self.segment.offset + self.left;
        let hits = sink.tally.hits.as_mut().filter(|_| region.written);
        if let Some(hit) = hits.and_then(|hits| hits.last_mut()) {
            hit.end = hit.end.max(end);
        }
    }
}
