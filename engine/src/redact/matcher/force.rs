//! A decision before its time: what may still be part of a match is taken for one.

use super::{Context, Matcher, Sink};
use crate::redact::action::mark;
use crate::redact::lens::{Effect, Use};
use crate::redact::region::Accepted;

impl Matcher {
    /// Decides on everything that has come. What may still be part of a match that changes the text is redacted; should
    /// it prove to be part of one, the rest of that goes too, unmarked and uncounted.
    pub fn force(&mut self, context: &Context<'_>, sink: &mut Sink<'_>) {
        let end = self.raw.end();
        let start = self.frontier(context, self.scanner.frontier(context)).max(self.left);
        if start < end
            && let Some((detector, by)) = self.candidate(context)
        {
            let entity = context.plan.detectors.get(detector).map_or("", |known| known.entity.as_str());
            let (by, text) = (Some(by), Some(mark(entity)));
            let (view, tail, open, text_from) = (0, false, 0, None);
            self.insert(Accepted { start, head: end, end, detector, by, view, tail, open, text, text_from });
        }
        self.flush(context, end, sink);
        // An open end is swallowed as far as the text goes.
        self.drop_to(end, sink);
        self.forced = end;
    }

    /// The use that names what is redacted early, with its detector: of a detector that waits for more text, else the
    /// first that changes anything.
    fn candidate(&self, context: &Context<'_>) -> Option<(usize, Use)> {
        let changes = |detector: usize| {
            let uses = context.lens.uses(detector).iter();
            let mut uses = uses.filter(|by| by.effect == Effect::Change && by.applies(self.segment.narrows));
            uses.next().map(|by| (detector, *by))
        };
        let waiting = self.scanner.waiting().filter_map(changes);
        let first = |found: &(usize, Use)| (found.1.rule, found.1.find, found.0);
        waiting.min_by_key(first).or_else(|| context.lens.used().filter_map(changes).min_by_key(first))
    }
}
