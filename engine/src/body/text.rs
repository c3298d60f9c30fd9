//! A body that is read as bytes: one segment, keywords within a line.

use super::Reading;
use crate::plan::Matched;
use crate::redact::{Matcher, Origin, Segment, Sink, Syntax, Tally};

/// The state of a text body.
#[derive(Default)]
pub(super) struct Text {
    matcher: Matcher,
    syntax: Syntax,
    begun: bool,
    /// Where in the body the text begins.
    offset: u64,
}

impl Text {
    /// A text of this syntax.
    pub(super) fn of(syntax: Syntax) -> Self {
        Self { syntax, ..Self::default() }
    }

    /// Bytes of which nobody can change the length.
    pub(super) fn fixed() -> Self {
        Self::of(Syntax::Fixed)
    }

    /// The text begins here in its body.
    pub(super) fn begin_at(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Takes bytes that were read before the text was known to be text.
    pub(super) fn take_back(&mut self, reading: &Reading<'_>, text: &[u8]) {
        self.offset = self.offset.saturating_sub(text.len() as u64);
        self.begin(reading);
        self.matcher.push(text);
    }

    fn begin(&mut self, reading: &Reading<'_>) {
        if !std::mem::replace(&mut self.begun, true) {
            let context = reading.context(&reading.surface.lens, self.syntax, &Origin::default);
            self.matcher.begin(&context, self.segment(reading));
        }
    }

    fn segment(&self, reading: &Reading<'_>) -> Segment {
        let narrows = reading.surface.narrows(&Matched::default(), false, &|_| false);
        Segment { narrows, offset: self.offset, ..Segment::default() }
    }

    /// Takes framing between two lines of the text, see [`Matcher::seam`].
    pub(super) fn seam(&mut self, reading: &Reading<'_>, raw: &[u8]) {
        self.begin(reading);
        self.matcher.seam(raw, Some(b'\n'));
    }

    /// Takes the next bytes, the last of them when `last`.
    pub(super) fn step(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        let origin = || Origin { surface: reading.name, path: String::new() };
        let context = reading.context(&reading.surface.lens, self.syntax, &origin);
        let mut sink = Sink { out, tally, changed: false };
        if last && !self.begun {
            return self.matcher.whole(&context, self.segment(reading), chunk, &mut sink);
        }
        self.begin(reading);
        self.matcher.push(chunk);
        self.matcher.advance(&context, last, &mut sink);
        self.begun &= !last;
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        self.begun && self.matcher.holding()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.matcher.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.matcher.work()
    }
}
