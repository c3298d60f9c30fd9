//! Bodies: bytes of one direction through the reader of their format.

pub(crate) mod json;
mod text;

use crate::plan::Plan;
use crate::policy::model::Uninspected;
use crate::pseudonym::PseudonymKey;
use crate::redact::{Context, Encoding, Lens, Origin, Tally, mark};
use crate::surface::Surface;

/// What stays the same while a body is read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What is looked for.
    pub surface: &'a Surface,
    /// Milliseconds since the epoch; `None` disregards exceptions.
    pub now_ms: Option<u64>,
    /// The key of pseudonyms.
    pub key: Option<&'a PseudonymKey>,
    /// What findings call the surface: `request.body` or `response.body`.
    pub name: &'static str,
}

impl<'a> Reading<'a> {
    pub(crate) fn context(&self, lens: &'a Lens, encoding: Encoding, origin: &'a dyn Fn() -> Origin) -> Context<'a> {
        Context {
            plan: self.plan,
            finder: &self.plan.finder,
            lens,
            now_ms: self.now_ms,
            key: self.key,
            encoding,
            origin,
        }
    }
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON (RFC 8259); text from the first byte that is none.
    Json,
    /// Bytes.
    Text,
}

impl Format {
    /// The format of a media type without parameters, in lower case.
    pub fn of(media_type: &str) -> Self {
        let json = media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json");
        if json && media_type != "application/x-ndjson" { Self::Json } else { Self::Text }
    }
}

/// A body being redacted: what was pushed comes out once it is decided, the same for every cut.
pub struct Body {
    reader: Reader,
    /// A bound was reached, and which.
    limit: Option<&'static str>,
}

enum Reader {
    Json(Box<json::Json>),
    Text(Box<text::Text>),
    /// The rest is replaced by a mark.
    Replaced {
        marked: bool,
    },
    /// The rest is refused.
    Refused,
}

impl Body {
    /// A body of this format.
    pub fn new(format: Format, reading: &Reading<'_>) -> Self {
        let reader = match format {
            Format::Json => Reader::Json(Box::new(json::Json::new(reading))),
            Format::Text => Reader::Text(Box::default()),
        };
        Self { reader, limit: None }
    }

    /// A body that is replaced whole, unread.
    pub fn replaced() -> Self {
        Self { reader: Reader::Replaced { marked: false }, limit: None }
    }

    /// Takes the next bytes and appends to `out` what may leave.
    pub fn push(&mut self, reading: &Reading<'_>, chunk: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        self.step(reading, chunk, false, out, tally);
    }

    /// Ends the body and appends the rest to `out`.
    pub fn finish(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        self.step(reading, b"", true, out, tally);
    }

    fn step(&mut self, reading: &Reading<'_>, chunk: &[u8], last: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        let limit = match &mut self.reader {
            Reader::Json(json) => json.step(reading, chunk, last, out, tally),
            Reader::Text(text) => {
                text.step(reading, chunk, last, out, tally);
                None
            }
            Reader::Replaced { marked } => {
                if !std::mem::replace(marked, true) {
                    out.extend_from_slice(mark("BODY").as_bytes());
                }
                None
            }
            Reader::Refused => None,
        };
        if let Some(limit) = limit {
            self.over(reading, limit, last, out, tally);
        }
    }

    /// A bound was reached: the policy says what becomes of the rest.
    fn over(&mut self, reading: &Reading<'_>, limit: json::Limit, last: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        self.limit = Some(limit.name);
        match reading.plan.settings.on_limit {
            Uninspected::Block if reading.surface.changes() || reading.surface.blocks() => {
                self.reader = Reader::Refused
            }
            Uninspected::RedactAll if reading.surface.changes() => {
                self.reader = Reader::Replaced { marked: true };
                out.extend_from_slice(mark("BODY").as_bytes());
            }
            // Content is still looked for in what follows.
            _ => {
                self.reader = Reader::Text(Box::default());
                self.step(reading, &limit.rest, last, out, tally);
            }
        }
    }

    /// The bound that was reached.
    pub fn limit(&self) -> Option<&'static str> {
        self.limit
    }

    /// Whether the rest of the body is refused.
    pub fn refused(&self) -> bool {
        matches!(self.reader, Reader::Refused)
    }

    /// Whether bytes are held that have not left.
    pub fn holding(&self) -> bool {
        match &self.reader {
            Reader::Json(json) => json.holding(),
            Reader::Text(text) => text.holding(),
            Reader::Replaced { .. } | Reader::Refused => false,
        }
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        match &self.reader {
            Reader::Json(json) => json.bytes(),
            Reader::Text(text) => text.bytes(),
            Reader::Replaced { .. } | Reader::Refused => 0,
        }
    }
}
