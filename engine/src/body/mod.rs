//! Bodies: bytes of one direction through the reader of their format.

mod field;
pub(crate) mod form;
pub(crate) mod json;
mod lines;
mod markup;
mod owned;
mod text;

use crate::plan::Plan;
use crate::policy::model::Uninspected;
use crate::pseudonym::PseudonymKey;
use crate::redact::{Context, Lens, Origin, Syntax, Tally, mark};
use crate::surface::{Kind, Surface};

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
    pub(crate) fn context(&self, lens: &'a Lens, syntax: Syntax, origin: &'a dyn Fn() -> Origin) -> Context<'a> {
        Context { plan: self.plan, finder: &self.plan.finder, lens, now_ms: self.now_ms, key: self.key, syntax, origin }
    }
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON (RFC 8259); text from the first byte that is none.
    Json,
    /// JSON, one text a line.
    Lines,
    /// Parameters (application/x-www-form-urlencoded).
    Form,
    /// HTML and XML.
    Markup,
    /// Bytes.
    Text,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Json, Self::Lines, Self::Form, Self::Markup, Self::Text];

    /// The format of a media type without parameters, in lower case. GraphQL's requests and responses are JSON; a
    /// document alone, application/graphql, is text.
    pub fn of(media_type: &str) -> Self {
        match media_type {
            "application/json" | "text/json" => Self::Json,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonl"
            | "application/jsonlines"
            | "application/x-jsonlines"
            | "application/json-lines"
            | "application/x-json-stream"
            | "application/stream+json"
            | "application/json-seq" => Self::Lines,
            "application/x-www-form-urlencoded" => Self::Form,
            "text/html" | "text/xml" | "application/xml" => Self::Markup,
            _ if media_type.ends_with("+json-seq") => Self::Lines,
            _ if media_type.ends_with("+json") => Self::Json,
            _ if media_type.ends_with("+xml") => Self::Markup,
            _ => Self::Text,
        }
    }

    /// The kind of surface that a body of this format is.
    pub fn kind(self) -> Kind {
        match self {
            Self::Json | Self::Lines => Kind::Json,
            Self::Form => Kind::Form,
            Self::Markup => Kind::Markup,
            Self::Text => Kind::Text,
        }
    }
}

/// Bytes that are looked at at once: what is held does not depend on how large the pieces are that come.
const SLICE: usize = 4 << 10;

/// A body being redacted: what was pushed comes out once it is decided, the same for every cut.
pub struct Body {
    reader: Reader,
    /// A bound was reached, and which.
    limit: Option<&'static str>,
    /// The most memory that was held.
    peak: usize,
}

enum Reader {
    Json(Box<json::Json>),
    Lines(Box<lines::Lines>),
    Form(Box<form::Form>),
    Markup(Box<markup::Markup>),
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
            Format::Lines => Reader::Lines(Box::new(lines::Lines::new(reading))),
            Format::Form => Reader::Form(Box::default()),
            Format::Markup => Reader::Markup(Box::default()),
            Format::Text => Reader::Text(Box::default()),
        };
        Self { reader, limit: None, peak: 0 }
    }

    /// A body that is replaced whole, unread.
    pub fn replaced() -> Self {
        Self { reader: Reader::Replaced { marked: false }, limit: None, peak: 0 }
    }

    /// Takes the next bytes and appends to `out` what may leave.
    pub fn push(&mut self, reading: &Reading<'_>, chunk: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        for slice in chunk.chunks(SLICE) {
            self.step(reading, slice, false, out, tally);
            self.peak = self.peak.max(self.memory());
        }
    }

    /// Ends the body and appends the rest to `out`.
    pub fn finish(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        self.step(reading, b"", true, out, tally);
    }

    fn step(&mut self, reading: &Reading<'_>, chunk: &[u8], last: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        let limit = match &mut self.reader {
            Reader::Json(json) => json.step(reading, chunk, last, out, tally),
            Reader::Lines(lines) => lines.step(reading, chunk, last, out, tally),
            Reader::Form(form) => {
                form.step(reading, chunk, last, out, tally);
                None
            }
            Reader::Markup(markup) => {
                markup.step(reading, chunk, last, out, tally);
                None
            }
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
            Reader::Lines(lines) => lines.holding(),
            Reader::Form(form) => form.holding(),
            Reader::Markup(markup) => markup.holding(),
            Reader::Text(text) => text.holding(),
            Reader::Replaced { .. } | Reader::Refused => false,
        }
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        match &self.reader {
            Reader::Json(json) => json.memory(),
            Reader::Lines(lines) => lines.memory(),
            Reader::Form(form) => form.memory(),
            Reader::Markup(markup) => markup.memory(),
            Reader::Text(text) => text.memory(),
            Reader::Replaced { .. } | Reader::Refused => 0,
        }
    }

    /// The most bytes of memory that were held between two slices of the body.
    pub fn peak_memory(&self) -> usize {
        self.peak
    }

    /// Bytes that automata, keywords and decoders have read: what the time is made of.
    pub fn work(&self) -> u64 {
        match &self.reader {
            Reader::Json(json) => json.work(),
            Reader::Lines(lines) => lines.work(),
            Reader::Form(form) => form.work(),
            Reader::Markup(markup) => markup.work(),
            Reader::Text(text) => text.work(),
            Reader::Replaced { .. } | Reader::Refused => 0,
        }
    }
}
