//! Whole values: of headers, cookies and path segments, redacted at once.

use crate::body::Reading;
use crate::plan::Matched;
use crate::policy::model::Action;
use crate::redact::{Effect, Lens, Matcher, Origin, Render, Scope, Segment, Sink, Syntax, Tally, mark, render};
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
#[derive(Clone, Copy, Default)]
pub struct Value<'a> {
    /// The name, decoded; empty when it has none.
    pub name: &'a [u8],
    /// The value as it came.
    pub raw: &'a [u8],
    /// How many bytes at its front are no part of what a named find takes: the scheme of an authorization.
    pub lead: usize,
    /// What of the field stands before it, for keywords; empty for the name.
    pub before: &'a [u8],
    /// How it is written.
    pub syntax: Syntax,
}

impl Value<'_> {
    /// Whether nobody owns the value, and no find takes it by its name or finds anything in it.
    pub fn quiet(&self, reading: &Reading<'_>) -> bool {
        let matched = reading.plan.matched(self.name);
        !matched.any() && self.silent(reading, &reading.surface.lens, &matched)
    }

    /// Redacts the value; with it, whether a named find owns it.
    pub fn redact(&self, reading: &Reading<'_>, tally: &mut Tally) -> (Outcome, bool) {
        let matched = reading.plan.matched(self.name);
        match self.taken(reading, &matched, tally) {
            Some(outcome) => {
                self.look(reading, &reading.surface.blocks, &matched, tally);
                (outcome, true)
            }
            None => (self.look(reading, &reading.surface.lens, &matched, tally), false),
        }
    }

    /// Looks for the finds that take the value by its name, and counts them; what becomes of it if one owns it.
    pub fn named(&self, reading: &Reading<'_>, tally: &mut Tally) -> Option<Outcome> {
        self.taken(reading, &reading.plan.matched(self.name), tally)
    }

    fn taken(&self, reading: &Reading<'_>, matched: &Matched, tally: &mut Tally) -> Option<Outcome> {
        if !matched.any() {
            return None;
        }
        let surface = reading.surface;
        let selects = |by: &&Named| by.selects(matched, false, &|_| false) && !(by.scalars && self.raw.is_empty());
        let mut owner: Option<&Named> = None;
        for by in surface.named.iter().filter(selects) {
            match by.effect {
                Effect::Change | Effect::Logs if owner.is_some() => continue,
                Effect::Change | Effect::Logs => owner = Some(by),
                Effect::Block => tally.block(by.rule, by.find),
                Effect::Shadow | Effect::Observe => {}
            }
            tally.count(by.key(self.origin(reading, matched)));
        }
        owner.map(|by| if by.effect == Effect::Logs { Outcome::Same } else { self.replaced(reading, by) })
    }

    /// Looks for content that refuses the exchange: it does so in a value that somebody owns, too.
    pub fn refuse(&self, reading: &Reading<'_>, tally: &mut Tally) {
        self.look(reading, &reading.surface.blocks, &reading.plan.matched(self.name), tally);
    }

    /// Runs the detectors over a value that nobody owns.
    pub fn content(&self, reading: &Reading<'_>, tally: &mut Tally) -> Outcome {
        self.look(reading, &reading.surface.lens, &reading.plan.matched(self.name), tally)
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

    /// Whether nothing that counts is found in the value: most of them, for which no matcher is made.
    fn silent(&self, reading: &Reading<'_>, lens: &Lens, matched: &Matched) -> bool {
        if !lens.any() || self.raw.is_empty() {
            return true;
        }
        let context = reading.context(lens, self.syntax, &Origin::default);
        match self.before {
            b"" => context.quiet(matched.words(), self.raw),
            before => context.before(before, |words| context.quiet(words, self.raw)),
        }
    }

    fn look(&self, reading: &Reading<'_>, lens: &Lens, matched: &Matched, tally: &mut Tally) -> Outcome {
        if self.silent(reading, lens, matched) {
            return Outcome::Same;
        }
        let origin = || self.origin(reading, matched);
        let context = reading.context(lens, self.syntax, &origin);
        let narrows = reading.surface.narrows(matched, false, &|_| false);
        let before = if self.before.is_empty() { self.name } else { self.before };
        let segment = Segment { scope: Scope::Member, context: before.to_vec(), narrows, offset: 0 };
        let mut out = Vec::with_capacity(self.raw.len());
        let mut sink = Sink { out: &mut out, tally, changed: false };
        let mut matcher = Matcher::default();
        matcher.begin(&context, segment);
        matcher.push(self.raw);
        matcher.advance(&context, true, &mut sink);
        if sink.changed { Outcome::Changed(out) } else { Outcome::Same }
    }

    fn origin(&self, reading: &Reading<'_>, matched: &Matched) -> Origin {
        let name = std::str::from_utf8(self.name).ok();
        let spelled = name.filter(|name| reading.surface.spells(name, matched.spelled()));
        Origin { surface: reading.name, path: spelled.unwrap_or("*").to_owned() }
    }
}
