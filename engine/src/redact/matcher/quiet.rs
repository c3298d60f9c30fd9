//! The quick way past most values: nothing can be found in them, in any view.

use super::Context;
use crate::redact::bytes::{CODED, LETTER, class};
use crate::redact::decode::{Chain, folds};
use crate::redact::runs::{Alphabet, SHORTEST};
use crate::redact::skim::Glance;

/// Room for what is decoded.
#[derive(Default)]
pub(super) struct Scratch {
    /// A first view.
    view: Vec<u8>,
    /// A run of base64 in it.
    run: Vec<u8>,
}

impl Scratch {
    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.view.capacity() + self.run.capacity()
    }
}

/// Asks of a segment, which is all there is behind `before`, whether no detector can find anything in it.
pub(super) struct Quiet<'a, 'c> {
    pub(super) context: &'a Context<'c>,
    pub(super) before: &'a [u8],
    pub(super) scratch: &'a mut Scratch,
    /// Grows by the bytes that were read.
    pub(super) work: &'a mut u64,
}

impl Quiet<'_, '_> {
    /// Of a text of which no more is known than `glance`; `base` makes its first view.
    pub(super) fn of(&mut self, base: &Chain, text: &[u8], glance: Option<Glance>) -> bool {
        let glance = glance.unwrap_or_else(|| look(text));
        if !glance.coded || same(self.context, base, text) {
            return self.view(text, glance);
        }
        let mut view = std::mem::take(&mut self.scratch.view);
        view.clear();
        let mut chain = base.clone();
        chain.bytes(text, &mut |bytes| view.extend_from_slice(bytes));
        chain.end_bytes(&mut |bytes| view.extend_from_slice(bytes));
        *self.work += text.len() as u64;
        // What is decoded once more is left to the views.
        let marked = self.context.syntax.derived().iter().any(|derived| view.contains(&derived.mark()));
        let quiet = !marked && self.view(&view, look(&view));
        self.scratch.view = view;
        quiet
    }

    /// Of a first view, from which no others differ but those of base64.
    fn view(&mut self, text: &[u8], glance: Glance) -> bool {
        let Self { context, before, work, .. } = self;
        (!glance.windows || context.ask(|search, asked| search.silent_plain(asked, text, work)))
            && (!glance.words || context.ask(|search, asked| search.silent_worded(asked, before, text, work)))
            && (!glance.runs || !context.syntax.base64() || self.no_runs(text))
    }

    /// Whether no run of base64 holds anything, exempt or not.
    fn no_runs(&mut self, text: &[u8]) -> bool {
        let letter = |byte: &u8| class(*byte) & LETTER != 0;
        text.split(|byte| !letter(byte)).filter(|run| run.len() as u64 >= SHORTEST).all(|run| {
            let mixed = run.iter().any(|byte| !byte.is_ascii_alphanumeric());
            self.decoded(run, Alphabet::Standard) && (!mixed || self.decoded(run, Alphabet::Url))
        })
    }

    fn decoded(&mut self, text: &[u8], alphabet: Alphabet) -> bool {
        let Self { context, before, scratch: Scratch { run: decoded, .. }, work } = self;
        text.split(|&byte| !alphabet.is_letter(byte)).filter(|run| run.len() as u64 >= SHORTEST).all(|run| {
            alphabet.decode(run, decoded);
            context.ask(|search, asked| search.silent(asked, before, decoded, work)) && !folds(decoded)
        })
    }
}

/// What a text shows at a glance.
fn look(text: &[u8]) -> Glance {
    let (mut seen, mut run, mut longest) = (0, 0_u64, 0);
    for &byte in text {
        let class = class(byte);
        seen |= class;
        run = if class & LETTER != 0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    Glance { windows: true, words: true, coded: seen & CODED != 0, runs: longest >= SHORTEST }
}

/// Whether all views but those of base64 are the text itself.
fn same(context: &Context<'_>, base: &Chain, text: &[u8]) -> bool {
    base.plain(text) == text.len() && !context.syntax.derived().iter().any(|derived| text.contains(&derived.mark()))
}
