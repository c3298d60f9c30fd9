//! The quick way past most values: nothing can be found in them, in any view.

use std::ops::Range;

use super::Context;
use crate::redact::alphabet::{Alphabet, SHORTEST, same_in_both};
use crate::redact::bytes::Classes;
use crate::redact::decode::{Chain, folds};
use crate::redact::skim::Glance;
use crate::redact::syntax::Derived;
use crate::scan::kernel::blocks;

/// Room for what is decoded.
#[derive(Default)]
pub(super) struct Scratch {
    /// A first view.
    view: Vec<u8>,
    /// A view derived from it.
    derived: Vec<u8>,
    /// A run of base64 in it.
    run: Vec<u8>,
}

impl Scratch {
    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.view.capacity() + self.derived.capacity() + self.run.capacity()
    }
}

/// Asks of a segment, which is all there is behind a name, whether no detector can find anything in it.
pub(super) struct Quiet<'a, 'c> {
    pub(super) context: &'a Context<'c>,
    /// The keywords that stand in the name.
    pub(super) before: &'a [usize],
    pub(super) scratch: &'a mut Scratch,
    /// Grows by the bytes that were read.
    pub(super) work: &'a mut u64,
}

impl Quiet<'_, '_> {
    /// Of a text of which no more is known than `glance`; `base` makes its first view, if it has been made.
    pub(super) fn of(&mut self, base: Option<&Chain>, text: &[u8], glance: Option<Glance<'_>>) -> bool {
        if !glance.map_or_else(|| may_be_coded(text), |glance| glance.coded) {
            return self.view(text, glance);
        }
        match base {
            Some(base) => self.coded(base, text, glance),
            None => self.coded(&self.context.syntax.chain(), text, glance),
        }
    }

    /// Of a text that may be coded.
    fn coded(&mut self, base: &Chain, text: &[u8], glance: Option<Glance<'_>>) -> bool {
        if base.plain(text) == text.len() {
            return self.views(text, glance);
        }
        let mut view = std::mem::take(&mut self.scratch.view);
        self.decode(text, &mut view, |view| base.whole(view));
        let quiet = self.views(&view, None);
        self.scratch.view = view;
        quiet
    }

    fn decode(&mut self, text: &[u8], view: &mut Vec<u8>, by: impl FnOnce(&mut Vec<u8>)) {
        *self.work += text.len() as u64;
        view.clear();
        view.extend_from_slice(text);
        by(view);
    }

    /// Of a first view and all that are derived from it.
    fn views(&mut self, text: &[u8], glance: Option<Glance<'_>>) -> bool {
        let mut derived = self.context.syntax.derived().iter().filter(|derived| text.contains(&derived.mark()));
        self.view(text, glance) && derived.all(|&derived| self.derived(derived, text))
    }

    /// Of a view that is derived from a first one.
    fn derived(&mut self, derived: Derived, text: &[u8]) -> bool {
        let mut view = std::mem::take(&mut self.scratch.derived);
        self.decode(text, &mut view, |view| derived.whole(view));
        let quiet = self.silent(&view);
        self.scratch.derived = view;
        quiet
    }

    /// Whether no detector finds anything in a text as it stands.
    fn silent(&mut self, text: &[u8]) -> bool {
        let Self { context, before, work, .. } = self;
        context.ask(|search, asked| search.silent(asked, before, text, work))
    }

    /// Of a first view and what its runs of base64 stand for.
    fn view(&mut self, text: &[u8], glance: Option<Glance<'_>>) -> bool {
        let Self { context, before, work, .. } = self;
        let silent = match glance {
            None => self.silent(text),
            Some(glance) => context.ask(|search, asked| {
                let windows = glance.windows.iter().map(|&(at, window)| (at - glance.start, window));
                let words = before.iter().copied().chain(glance.words.iter().map(|(_, word)| *word));
                search.silent_known(asked, windows, words, text, work)
            }),
        };
        silent && (!self.context.syntax.base64() || !glance.is_none_or(|glance| glance.runs) || self.no_runs(text))
    }

    /// Whether no run of base64 holds anything, exempt or not.
    fn no_runs(&mut self, text: &[u8]) -> bool {
        if text.len() < SHORTEST as usize {
            return true;
        }
        let of = |run: Range<usize>| text.get(run).unwrap_or_default();
        let known = |run: &Range<usize>| {
            let before = run.start.checked_sub(1).and_then(|at| text.get(at).copied());
            same_in_both(before, of(run.start..text.len()), run.len())
        };
        Alphabet::Standard.runs(text).all(|run| self.decoded(of(run), Alphabet::Standard))
            && Alphabet::Url.runs(text).all(|run| known(&run) || self.decoded(of(run), Alphabet::Url))
    }

    fn decoded(&mut self, run: &[u8], alphabet: Alphabet) -> bool {
        let Self { context, before, scratch: Scratch { run: decoded, .. }, work } = self;
        alphabet.decode(run, decoded);
        context.ask(|search, asked| search.silent(asked, before, decoded, work)) && !folds(decoded)
    }
}

/// Whether some syntax may decode something in a text, or something be folded.
fn may_be_coded(text: &[u8]) -> bool {
    blocks(text, 0).any(|block| Classes::coded_anywhere(&block) != 0)
}
