//! A string of a message: one segment, whose length stays unless a find says otherwise and may.

use super::super::{Reading, SLICE};
use crate::plan::Matched;
use crate::redact::{Matcher, Origin, Segment, Sink, Syntax, Tally};

/// Reads strings.
#[derive(Default)]
pub(super) struct Leaf {
    /// Where lengths may change.
    free: Matcher,
    /// Where they may not.
    fixed: Matcher,
}

impl Leaf {
    /// Appends to `out` what is left of `raw`, which begins at `offset` of the body and keeps its length if `fixed`.
    /// `each` sees what was written and counted after every slice of it.
    pub(super) fn read(
        &mut self,
        reading: &Reading<'_>,
        (raw, offset): (&[u8], u64),
        fixed: bool,
        (out, tally): (&mut Vec<u8>, &mut Tally),
        each: &mut dyn FnMut(&[u8], &mut Tally),
    ) {
        let lens = &reading.surface.lens;
        if !lens.any() {
            return out.extend_from_slice(raw);
        }
        let (matcher, syntax) = if fixed { (&mut self.fixed, Syntax::Fixed) } else { (&mut self.free, Syntax::Field) };
        let origin = || Origin { surface: reading.name, path: String::new() };
        let context = reading.context(lens, syntax, &origin);
        let narrows = reading.surface.narrows(&Matched::default(), false, &|_| false);
        let segment = Segment { narrows, offset, ..Segment::default() };
        if raw.len() <= SLICE {
            matcher.whole(&context, segment, raw, &mut Sink { out, tally, changed: false });
            return each(out, tally);
        }
        matcher.begin(&context, segment);
        for slice in raw.chunks(SLICE) {
            matcher.push(slice);
            matcher.advance(&context, false, &mut Sink { out, tally, changed: false });
            each(out, tally);
        }
        matcher.advance(&context, true, &mut Sink { out, tally, changed: false });
        each(out, tally);
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.free.memory() + self.fixed.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.free.work() + self.fixed.work()
    }
}
