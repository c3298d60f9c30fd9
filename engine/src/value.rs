//! Whole values: of headers, cookies and path segments, redacted at once.

use crate::body::Reading;
use crate::plan::Matched;
use crate::policy::model::Action;
use crate::redact::{Effect, Matcher, Origin, Render, Scope, Segment, Sink, Syntax, Tally, mark, render};
use crate::surface::Named;

/// What became of a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stays.
    Same,
    /// It is written anew.
    Changed(Vec<u8>),
    /// It goes, with its name.
    Removed,
}

/// Whether a value is a pseudonym, or the mark of its entity: redacting it again would only blur what it says.
pub(crate) fn left_alone(view: &[u8], entity: &str) -> bool {
    crate::pseudonym::pseudonym_at(view, 0) == Some(view.len()) || view == mark(entity).as_bytes()
}

/// A value with its name.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    /// The name, decoded; empty when it has none.
    pub name: &'a [u8],
    /// The value as it came.
    pub raw: &'a [u8],
    /// How many bytes at its front are no part of what a named find takes: the scheme of an authorization.
    pub lead: usize,
    /// How it is written.
    pub syntax: Syntax,
}

impl Value<'_> {
    /// Redacts the value.
    pub fn redact(&self, reading: &Reading<'_>, tally: &mut Tally) -> Outcome {
        let surface = reading.surface;
        if !surface.any() {
            return Outcome::Same;
        }
        let path = || {
            let spelled = std::str::from_utf8(self.name).ok().filter(|name| surface.spells(&reading.plan.names, name));
            spelled.unwrap_or("*").to_owned()
        };
        let origin = || Origin { surface: reading.name, path: path() };
        let matched = reading.plan.names.matched(self.name);
        let selects = |by: &&Named| by.selects(&matched, false, &|_| false) && !(by.scalars && self.raw.is_empty());
        let mut owned = false;
        for by in surface.named.iter().filter(selects) {
            match by.effect {
                Effect::Change if !owned => {
                    tally.count(by.key(origin()));
                    // What blocks is looked for in an owned value too.
                    self.content(reading, &matched, true, &origin, tally);
                    return self.replaced(reading, by);
                }
                Effect::Change => {}
                Effect::Block => {
                    tally.block(by.rule, by.find);
                    tally.count(by.key(origin()));
                }
                Effect::Logs if !owned => {
                    owned = true;
                    tally.count(by.key(origin()));
                }
                Effect::Logs => {}
                Effect::Shadow | Effect::Observe => tally.count(by.key(origin())),
            }
        }
        self.content(reading, &matched, owned, &origin, tally).map_or(Outcome::Same, Outcome::Changed)
    }

    /// The value after a named find has taken it.
    fn replaced(&self, reading: &Reading<'_>, by: &Named) -> Outcome {
        let action = reading.plan.action(by.rule, by.find).filter(|&action| action != &Action::Remove);
        let Some(action) = action else { return Outcome::Removed };
        let (lead, raw) = self.raw.split_at_checked(self.lead).unwrap_or((b"", self.raw));
        let view = self.syntax.view(raw);
        if left_alone(&view, &by.entity) {
            return Outcome::Same;
        }
        let mut out = lead.to_vec();
        let text = render(&Render { action, entity: &by.entity, key: reading.key }, &view);
        // What takes all of a field's value is no part of a URL any more.
        let syntax = if self.syntax == Syntax::Url { Syntax::Header } else { self.syntax };
        syntax.write(&text, &mut out);
        Outcome::Changed(out)
    }

    /// Runs the detectors over the value; an owned one is looked at only for what blocks.
    fn content(
        &self,
        reading: &Reading<'_>,
        matched: &Matched,
        owned: bool,
        origin: &dyn Fn() -> Origin,
        tally: &mut Tally,
    ) -> Option<Vec<u8>> {
        let lens = if owned { &reading.surface.blocks } else { &reading.surface.lens };
        if !lens.any() {
            return None;
        }
        let context = reading.context(lens, self.syntax, origin);
        let narrows = reading.surface.narrows(matched, &|_| false);
        let segment = Segment { scope: Scope::Member, context: self.name.to_vec(), narrows, offset: 0 };
        let mut out = Vec::with_capacity(self.raw.len());
        let mut sink = Sink { out: &mut out, tally, changed: false };
        Matcher::default().whole(&context, segment, self.raw, &mut sink);
        sink.changed.then_some(out)
    }
}
