//! Texts from traffic on their way into an event: every detector reads them, whatever the rules say.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::Plan;
use crate::redact::{Context, Effect, Lens, Matcher, Origin, Scope, Segment, Sink, Syntax, Tally, Use};
use crate::scan::Search;

/// Bytes of a text that an event shows.
const CAP: usize = 256;

/// Texts that are known to stay as they are; beyond, all are forgotten.
const MAX_KNOWN: usize = 512;

/// All detectors of a plan, each redacting.
pub(super) struct Scrubber {
    search: Search,
    lens: Lens,
    /// Texts that came before, and in which no detector found anything: events show the same few hosts, routes and paths.
    /// What a detector finds is never remembered.
    plain: RefCell<BTreeSet<Box<str>>>,
}

impl Scrubber {
    /// With a search for all of so many detectors.
    pub(super) fn new(search: Search, detectors: usize) -> Self {
        let mut lens = Lens::new(detectors);
        for detector in 0..detectors {
            lens.add(detector, Use { rule: usize::MAX, find: 0, effect: Effect::Change, narrow: None });
        }
        Self { search, lens, plain: RefCell::default() }
    }

    /// As [`Scrubber::scrub`], for a text that is likely to come again.
    pub(super) fn again(&self, plan: &Plan, text: &str) -> String {
        if self.plain.borrow().contains(text) {
            return text.to_owned();
        }
        let scrubbed = self.scrub(plan, text);
        if scrubbed == text {
            let mut plain = self.plain.borrow_mut();
            if plain.len() >= MAX_KNOWN {
                plain.clear();
            }
            plain.insert(text.into());
        }
        scrubbed
    }

    pub(super) fn scrub(&self, plan: &Plan, text: &str) -> String {
        let context = Context {
            plan,
            search: &self.search,
            lens: &self.lens,
            now_ms: None,
            key: None,
            syntax: Syntax::Text,
            origin: &Origin::default,
            soon: false,
        };
        if context.quiet(&[], text.as_bytes()) {
            return capped(text).to_owned();
        }
        let mut out = Vec::with_capacity(text.len());
        let mut tally = Tally::default();
        let mut sink = Sink { out: &mut out, tally: &mut tally, changed: false };
        let segment = Segment { scope: Scope::Member, ..Segment::default() };
        Matcher::default().whole(&context, segment, text.as_bytes(), &mut sink);
        capped(&String::from_utf8_lossy(&out)).to_owned()
    }
}

/// As much of a text as an event shows.
fn capped(text: &str) -> &str {
    text.get(..text.floor_char_boundary(CAP)).unwrap_or_default()
}
