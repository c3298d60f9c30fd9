//! Bodies: bytes of one direction through the reader of their format.

mod content;
mod events;
mod field;
pub(crate) mod form;
mod format;
mod grpc;
pub(crate) mod json;
mod lines;
mod markup;
mod multipart;
mod owned;
mod protobuf;
mod reader;
mod slices;
mod surfaces;
mod text;

use std::rc::Rc;

use self::reader::Reader;
use self::slices::{SLICE, Slice, slices_of};
use crate::plan::Plan;
use crate::policy::model::Uninspected;
use crate::pseudonym::PseudonymKey;
use crate::redact::{Context, Lens, Origin, Syntax, Tally, mark};
use crate::surface::Surface;

pub use content::Content;
pub use format::{Codec, Envelope, Format};
pub use grpc::MessageCoding;
pub use slices::slices;
pub use surfaces::Surfaces;

/// What stays the same while a body is read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What is looked for.
    pub surface: &'a Surface,
    /// Milliseconds since the epoch; `None` disregards exceptions.
    pub now_ms: Option<u64>,
    /// Milliseconds since the epoch, as of the bytes that come: how long events have waited.
    pub clock_ms: u64,
    /// The key of pseudonyms.
    pub key: Option<&'a PseudonymKey>,
    /// What findings call the surface: `request.body` or `response.body`.
    pub name: &'static str,
    /// More of the body is on its way, so that what lies near the end of these bytes may wait for it.
    pub soon: bool,
}

impl<'a> Reading<'a> {
    pub(crate) fn context(&self, lens: &'a Lens, syntax: Syntax, origin: &'a dyn Fn() -> Origin) -> Context<'a> {
        let Self { plan, now_ms, key, soon, .. } = *self;
        Context { plan, search: &plan.search, lens, now_ms, key, syntax, origin, soon }
    }
}

/// A body being redacted: what was pushed comes out once it is decided, the same for every cut.
pub struct Body {
    reader: Reader,
    format: Format,
    surfaces: Rc<Surfaces>,
    /// A bound was reached, and which.
    limit: Option<&'static str>,
    refused: Option<&'static str>,
    /// The most memory that was held.
    peak: usize,
}

impl Body {
    /// A body of this content; `surfaces` are those of its format, and `reading` reads its own.
    pub fn new(content: &Content, surfaces: &Rc<Surfaces>, reading: &Reading<'_>) -> Self {
        let reader = Reader::new(content, surfaces, reading);
        Self { reader, format: content.format, surfaces: Rc::clone(surfaces), limit: None, refused: None, peak: 0 }
    }

    /// A body that is replaced whole, unread.
    pub fn replaced(surfaces: &Rc<Surfaces>) -> Self {
        let reader = Reader::Replaced { marked: false };
        Self { reader, format: Format::Text, surfaces: Rc::clone(surfaces), limit: None, refused: None, peak: 0 }
    }

    /// Takes the next bytes and appends to `out` what may leave. That none have come says that time has passed.
    pub fn push(&mut self, reading: &Reading<'_>, chunk: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        for Slice { bytes, soon } in slices_of(self.format, chunk) {
            self.step(&Reading { soon, ..*reading }, bytes, false, out, tally);
            self.peak = self.peak.max(self.memory());
        }
    }

    /// Takes the last bytes, if any are left, and appends the rest to `out`. What is known to be all that comes needs no
    /// look at what might have followed.
    pub fn finish(&mut self, reading: &Reading<'_>, chunk: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        let mut slices = slices_of(self.format, chunk).peekable();
        while let Some(Slice { bytes, .. }) = slices.next() {
            let last = slices.peek().is_none();
            self.step(&Reading { soon: !last, ..*reading }, bytes, last, out, tally);
            self.peak = self.peak.max(self.memory());
        }
    }

    fn step(&mut self, reading: &Reading<'_>, chunk: &[u8], last: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        let limit = self.reader.step(reading, chunk, last, out, tally);
        if let Some(limit) = limit {
            self.over(reading, limit, last, out, tally);
        }
    }

    /// A mark takes the place of what has not left; nothing more of the body is read.
    pub fn replace(&mut self, out: &mut Vec<u8>) {
        self.reader = Reader::Replaced { marked: true };
        out.extend_from_slice(mark("BODY").as_bytes());
    }

    /// A bound was reached, or something cannot be decoded: the policy says what becomes of the rest.
    fn over(&mut self, reading: &Reading<'_>, limit: json::Limit, last: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        self.limit = self.limit.or(Some(limit.name));
        let settings = &reading.plan.settings;
        let (outcome, by) = match limit.name {
            "charset" | "coding" => (settings.uninspectable(limit.name), "on_uninspectable"),
            _ => (settings.on_limit, "on_limit"),
        };
        match outcome {
            Uninspected::Block if self.surfaces.changes() || self.surfaces.blocks() => {
                self.reader = Reader::Refused;
                self.refused = Some(by);
            }
            Uninspected::RedactAll if self.surfaces.changes() => self.replace(out),
            // Content is still looked for in what follows.
            _ => {
                self.reader.go_on(limit.name);
                self.step(reading, &limit.rest, last, out, tally);
            }
        }
    }

    /// The first bound that was reached, or why something was not read.
    pub fn limit(&self) -> Option<&'static str> {
        self.limit.or_else(|| self.reader.flagged())
    }

    /// What refuses the rest of the body.
    pub fn refused(&self) -> Option<&'static str> {
        self.refused
    }

    /// Whether bytes are held that have not left.
    pub fn holding(&self) -> bool {
        self.reader.holding()
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.reader.memory()
    }

    /// The most bytes of memory that were held between two slices of the body.
    pub fn peak_memory(&self) -> usize {
        self.peak
    }

    /// Bytes that automata, keywords and decoders have read: what the time is made of.
    pub fn work(&self) -> u64 {
        self.reader.work()
    }
}
