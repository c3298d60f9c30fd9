//! From what is found in a view to matches of the segment, in raw positions.

use super::{Context, Hashing, Matcher};
use crate::policy::model::Action;
use crate::redact::action::{Render, normalised, render};
use crate::redact::lens::{Effect, Use};
use crate::redact::region::{Accepted, bit};
use crate::redact::scanner::Event;

/// Where a match of a view lies in the segment.
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) head: u64,
    /// It is open-ended in the segment.
    pub(super) tail: bool,
    /// The end of an open-ended value is not seen: it cannot be hashed.
    pub(super) cut: bool,
}

impl Matcher {
    /// Takes what the scanner of the view `index` has found; [`Matcher::scanner`] is that scanner.
    pub(super) fn accept_events(&mut self, context: &Context<'_>, index: usize, events: &[Event]) {
        for event in events {
            match *event {
                Event::Match { detector, from, to } => {
                    let (start, head) = (self.scanner.view.unit(from).start, self.scanner.view.unit(to - 1).end);
                    let tail = context.plan.detectors.get(detector).is_some_and(|known| known.tail.is_some());
                    self.accept(context, index, detector, (from, to), &Place { start, head, tail, cut: false });
                }
                Event::Tail { detector, from, end, closed } => {
                    let text = self.hash(context, index, detector, (from, end), closed);
                    let end = self.scanner.view.unit(end.saturating_sub(1)).end;
                    self.grow(Some(detector), index, end, closed, text.as_deref());
                }
            }
        }
    }

    /// Follows an open end in a view; `None` is all detectors.
    pub(super) fn grow(&mut self, detector: Option<usize>, view: usize, end: u64, closed: bool, text: Option<&str>) {
        for accepted in self.queue.iter_mut().filter(|it| detector.is_none_or(|detector| it.detector == detector)) {
            accepted.grow(view, end, closed, text);
        }
        if let Some(region) = &mut self.region {
            region.grow(detector, view, end, closed, text);
        }
    }

    /// Gives the pseudonym of an open-ended match the bytes that have come; the pseudonym, when all have.
    pub(super) fn hash(
        &mut self,
        context: &Context<'_>,
        view: usize,
        detector: usize,
        bytes: (u64, u64),
        closed: bool,
    ) -> Option<String> {
        let at = self.hashing.iter().position(|it| it.view == view && it.detector == detector)?;
        let hashing = self.hashing.get_mut(at)?;
        let entity = context.plan.detectors.get(detector).map_or("", |known| known.entity.as_str());
        hashing.hasher.update(&normalised(entity, self.scanner.view.text().range(bytes.0, bytes.1)));
        closed.then(|| self.hashing.swap_remove(at).hasher.finish())
    }

    /// Takes one match, whose value is the view bytes `value`.
    pub(super) fn accept(
        &mut self,
        context: &Context<'_>,
        view: usize,
        detector: usize,
        value: (u64, u64),
        place: &Place,
    ) {
        let Some(known) = context.plan.detectors.get(detector) else { return };
        let mut applying = context.lens.uses(detector).iter().filter(|by| by.applies(self.segment.narrows)).peekable();
        if applying.peek().is_none() {
            return;
        }
        let (mut change, mut blocks): (Option<Use>, bool) = (None, false);
        for by in applying {
            match by.effect {
                Effect::Change => change = change.or(Some(*by)),
                Effect::Block => blocks = true,
                Effect::Logs | Effect::Shadow | Effect::Observe => {}
            }
        }
        // A match that blocks changes nothing: nothing of it leaves.
        let by = change.filter(|_| !blocks);
        let open_ended = known.tail.is_some();
        let action = by.and_then(|by| context.plan.action(by.rule, by.find));
        let bytes = self.scanner.view.text().range(value.0, value.1);
        let text = match action {
            None | Some(Action::Redact | Action::Replace(_) | Action::Block { .. } | Action::Observe) => None,
            Some(Action::Hash { .. }) if open_ended => {
                if let Some(mut hasher) = context.key.filter(|_| !place.cut).map(|key| key.start(&known.entity)) {
                    hasher.update(&normalised(&known.entity, bytes));
                    self.hashing.push(Hashing { view, detector, hasher });
                }
                None
            }
            // What is left of an open-ended value when it is masked or truncated would depend on where it was cut.
            Some(Action::Mask { .. } | Action::TruncateIp { .. }) if open_ended => None,
            Some(action) => Some(render(&Render { action, entity: &known.entity, key: context.key }, bytes)),
        };
        let open = if open_ended || place.tail { bit(view) } else { 0 };
        let (start, head) = (place.start, place.head);
        let accepted =
            Accepted { start, head, end: head, detector, by, view, tail: place.tail, open, text, text_from: None };
        self.insert(accepted);
    }

    pub(super) fn insert(&mut self, accepted: Accepted) {
        let first = self.queue.partition_point(|it| it.start < accepted.start);
        let known = self.queue.iter_mut().skip(first).take_while(|it| it.start == accepted.start);
        if let Some(known) = known.into_iter().find(|it| it.same(&accepted)) {
            return known.unite(accepted);
        }
        let at = self.queue.partition_point(|it| it.order() <= accepted.order());
        self.queue.insert(at, accepted);
    }
}
