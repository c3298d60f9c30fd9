//! A value with a name that comes in pieces: a form's parameter, an element's text, an attribute.

use super::Reading;
use super::owned::Owned;
use crate::claim::Claim;
use crate::plan::Matched;
use crate::redact::{Hit, Lens, Matcher, Origin, Scope, Segment, Sink, Syntax, Tally};
use crate::surface::Named;

/// What is known of a value when it begins.
#[derive(Clone, Default)]
pub(super) struct Start<'a> {
    /// The names it goes by; none when it has none.
    pub(super) names: &'a [&'a [u8]],
    /// The name was too long to be compared: it is taken to match every glob.
    pub(super) long_name: bool,
    /// What stands before it, for keywords.
    pub(super) context: &'a [u8],
    /// How it is written.
    pub(super) syntax: Syntax,
    /// Nothing but white space is no value.
    pub(super) blank_is_none: bool,
    /// It is empty: no value to a detector by names.
    pub(super) empty: bool,
    /// Conditions of narrowed finds that hold whatever its names are.
    pub(super) narrows: u64,
    /// Its position in the body.
    pub(super) offset: u64,
}

impl Start<'_> {
    /// The conditions of narrowed finds that hold for the value: see [`Segment::narrows`].
    pub(super) fn conditions(&self, reading: &Reading<'_>) -> u64 {
        self.names.iter().fold(self.narrows, |narrows, name| {
            narrows | reading.surface.narrows(&reading.plan.matched(name), self.long_name, &|_| false)
        })
    }
}

/// A value under way.
#[derive(Default)]
pub(super) struct Field {
    syntax: Syntax,
    path: String,
    offset: u64,
    length: u64,
    claim: Claim,
    owned: Owned,
    matching: bool,
    matcher: Matcher,
    /// White space that may be all of it.
    blank: Option<Vec<u8>>,
    counted: bool,
}

impl Field {
    /// Begins a value; the one before must have ended.
    pub(super) fn begin(&mut self, reading: &Reading<'_>, start: &Start<'_>) {
        let surface = reading.surface;
        let matched: Vec<Matched> = start.names.iter().map(|name| reading.plan.matched(name)).collect();
        let selects = |by: &Named| {
            let none = start.empty && by.scalars;
            !none && matched.iter().any(|name| by.selects(name, false, &|_| false))
                || !none && start.long_name && by.by_name()
        };
        self.claim.begin(surface, None, selects);
        let name = start.names.first().copied().unwrap_or_default();
        let sets = matched.first().map_or(&[][..], Matched::spelled);
        let spelled = std::str::from_utf8(name).ok().filter(|name| surface.spells(name, sets));
        self.path = if start.names.is_empty() { "" } else { spelled.unwrap_or("*") }.to_owned();
        self.syntax = start.syntax;
        (self.offset, self.length) = (start.offset, 0);
        self.owned = Owned::new(start.syntax);
        self.blank = (start.blank_is_none && self.claim.any()).then(Vec::new);
        self.counted = false;
        let lens = self.lens(reading);
        self.matching = lens.any();
        if self.matching {
            let narrows = start.conditions(reading);
            let context = start.context.to_vec();
            let segment = Segment { scope: Scope::Member, context, narrows, offset: start.offset };
            self.matcher.begin(&reading.context(lens, self.syntax, &Origin::default), segment);
        }
    }

    /// Whether a value that is all of `raw` is nobody's and nothing is found in it: it need not be begun.
    pub(super) fn passes(&mut self, reading: &Reading<'_>, syntax: Syntax, name: &[u8], raw: &[u8]) -> bool {
        let matched = reading.plan.matched(name);
        if matched.any() {
            return false;
        }
        self.claim.begin(reading.surface, None, |_| false);
        let lens = &reading.surface.lens;
        let context = reading.context(lens, syntax, &Origin::default);
        !lens.any() || self.matcher.quiet_behind(&context, matched.words(), raw, None)
    }

    /// Whether the value goes with its name.
    pub(super) fn removes(&self, reading: &Reading<'_>) -> bool {
        self.claim.removes(reading)
    }

    /// Whether a find owns the value and changes it.
    pub(super) fn owned(&self) -> bool {
        self.claim.owned()
    }

    /// Whether a named find owns the value, if only for logs: its content is looked at only for what blocks.
    pub(super) fn only_blocks(&self) -> bool {
        self.claim.only_blocks()
    }

    /// Takes the next bytes of the value; what is decided leaves with [`Field::flush`].
    pub(super) fn push(&mut self, reading: &Reading<'_>, raw: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        if raw.is_empty() {
            return;
        }
        self.length += raw.len() as u64;
        if let Some(blank) = &mut self.blank {
            let room = reading.plan.limits.hold_back as usize;
            if blank.len() + raw.len() <= room && raw.iter().all(u8::is_ascii_whitespace) {
                return blank.extend_from_slice(raw);
            }
            let blank = std::mem::take(blank);
            self.blank = None;
            self.take(reading, &blank, out, tally);
        }
        self.take(reading, raw, out, tally);
    }

    fn take(&mut self, reading: &Reading<'_>, raw: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        if raw.is_empty() {
            return;
        }
        self.owned.seen(raw);
        if !std::mem::replace(&mut self.counted, true) {
            self.count_selected(reading, tally);
        }
        if let Some(by) = self.claim.owner(reading.surface) {
            self.owned.push(reading, by, raw);
        } else if !self.matching {
            out.extend_from_slice(raw);
        }
        if self.matching {
            self.matcher.push(raw);
        }
    }

    /// Writes what is decided by now.
    pub(super) fn flush(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        if self.matching {
            self.advance(reading, false, out, tally);
        }
    }

    /// Ends the value and writes the rest of it.
    pub(super) fn end(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        if let Some(blank) = self.blank.take().filter(|blank| !blank.is_empty()) {
            return out.extend_from_slice(&blank);
        }
        if self.matching {
            self.advance(reading, true, out, tally);
        }
        if !self.counted {
            self.count_selected(reading, tally);
        }
        let owned = std::mem::take(&mut self.owned);
        let Some(by) = self.claim.owner(reading.surface) else { return };
        tally.count(by.key(self.origin(reading)));
        let (start, end) = (self.offset, self.offset + self.length);
        if let Some(hits) = &mut tally.hits {
            hits.push(Hit { rule: by.rule, find: by.find, detector: None, merged: false, start, end });
        }
        if !self.removes(reading) {
            owned.finish(reading, by, self.syntax, out);
        }
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        self.matching && self.matcher.holding() || self.claim.owned() || self.blank.is_some()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.matcher.memory() + self.owned.memory() + self.blank.as_ref().map_or(0, Vec::capacity)
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.matcher.work()
    }

    fn lens<'a>(&self, reading: &Reading<'a>) -> &'a Lens {
        if self.claim.only_blocks() { &reading.surface.blocks } else { &reading.surface.lens }
    }

    fn origin(&self, reading: &Reading<'_>) -> Origin {
        Origin { surface: reading.name, path: self.path.clone() }
    }

    fn advance(&mut self, reading: &Reading<'_>, last: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        let lens = self.lens(reading);
        let path = &self.path;
        let origin = || Origin { surface: reading.name, path: path.clone() };
        let context = reading.context(lens, self.syntax, &origin);
        let mut discarded = Vec::new();
        let out = if self.claim.owned() { &mut discarded } else { out };
        self.matcher.advance(&context, last, &mut Sink { out, tally, changed: false });
    }

    /// Counts the finds that change nothing, for a value that is not pushed here.
    pub(super) fn count_selected(&self, reading: &Reading<'_>, tally: &mut Tally) {
        self.claim.count(reading.surface, &|| self.origin(reading), |_| true, tally);
    }
}
