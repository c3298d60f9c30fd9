//! One half of an exchange: how its body is read, and how long its headers are held.

use std::rc::Rc;

use super::pipe::Pipe;
use super::{Bytes, Headers, etag, fields, media};
use crate::body::{Content, Format, Reading, Surfaces};
use crate::media::MediaType;
use crate::plan::Plan;
use crate::policy::model::Uninspected;
use crate::pseudonym::PseudonymKey;
use crate::redact::Tally;
use crate::surface::{self, Surface};

/// What is needed to read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) plan: &'a Plan,
    pub(super) key: Option<&'a PseudonymKey>,
    pub(super) now_ms: u64,
    pub(super) clock_ms: u64,
}

impl<'a> Reader<'a> {
    /// Reads a surface; findings call it `name`.
    pub(super) fn reading(&self, surface: &'a Surface, name: &'static str) -> Reading<'a> {
        let Self { plan, key, now_ms, clock_ms } = *self;
        Reading { plan, surface, now_ms: Some(now_ms), clock_ms, key, name, soon: false }
    }

    /// Reads a surface for logs: no exceptions.
    pub(super) fn for_logs(&self, surface: &'a Surface) -> Reading<'a> {
        Reading { now_ms: None, ..self.reading(surface, "logs") }
    }
}

/// Whether headers are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    No,
    /// Until the body ends or this many more bytes have come.
    Until {
        bytes: u64,
    },
}

/// One half of an exchange.
pub(super) struct Half {
    half: surface::Half,
    /// The rules that read this half, by index.
    pub(super) rules: Vec<usize>,
    body: Option<Pipe>,
    pub(super) held: Held,
    /// What refuses the exchange beside a rule.
    pub(super) refused: Option<&'static str>,
    /// Why the body was not read.
    pub(super) uninspected: Option<&'static str>,
    /// Bytes that have come.
    pub(super) bytes: u64,
    ended: bool,
}

/// Header fields that no longer hold of a body that may change (RFC 9110, RFC 9530, RFC 2616 for `content-md5`).
const OF_THE_BODY: &[&[u8]] = &[
    b"content-length",
    b"accept-ranges",
    b"content-digest",
    b"repr-digest",
    b"digest",
    b"want-repr-digest",
    b"content-md5",
];

impl Half {
    pub(super) fn new(half: surface::Half) -> Self {
        Self {
            half,
            rules: Vec::new(),
            body: None,
            held: Held::No,
            refused: None,
            uninspected: None,
            bytes: 0,
            ended: false,
        }
    }

    /// Decides how the body behind these headers, of this type, is read, and edits the headers for it. `unread` says why it
    /// cannot be.
    pub(super) fn begin<T: Bytes>(
        &mut self,
        plan: &Plan,
        rules: Vec<usize>,
        headers: &mut Headers<T>,
        media_type: &MediaType,
        end: bool,
        unread: Option<&'static str>,
    ) {
        self.rules = rules;
        if end {
            return;
        }
        let content = Content::of(media_type).with_message_coding(media::message_coding(headers));
        let surfaces = Rc::new(Surfaces::new(plan, &self.rules, self.half, content.format));
        if !surfaces.any() {
            return;
        }
        let opaque = plan.settings.opaque.iter().any(|glob| glob.matches(media_type.essence.as_bytes()));
        let message = match unread {
            None | Some("partial") if opaque => Err("opaque"),
            None => media::message(headers, media_type, content),
            Some(reason) => Err(reason),
        };
        let acts = surfaces.changes() || surfaces.blocks();
        match message {
            Ok(message) => {
                if surfaces.changes() || acts && !message.codings.is_empty() {
                    self.unbind(plan, headers);
                }
                if acts && !message.codings.is_empty() {
                    headers.retain(|(name, _)| **name != *b"content-encoding");
                }
                // Nobody waits for the end of a stream of events.
                if surfaces.blocks() && message.content.format != Format::EventStream {
                    self.held = Held::Until { bytes: u64::from(plan.limits.block_window) };
                }
                self.body = Some(Pipe::new(plan, &message, surfaces));
            }
            Err(reason) => {
                self.uninspected = Some(reason);
                if reason != "opaque" && acts {
                    self.unread(plan, reason, headers, surfaces);
                }
            }
        }
    }

    /// A body that cannot be read although a rule could change it: the policy's outcome.
    fn unread<T: Bytes>(&mut self, plan: &Plan, reason: &str, headers: &mut Headers<T>, surfaces: Rc<Surfaces>) {
        match plan.settings.uninspectable(reason) {
            Uninspected::PassAndFlag => {}
            Uninspected::Block => self.refused = Some("on_uninspectable"),
            Uninspected::RedactAll => {
                self.unbind(plan, headers);
                headers.retain(|(name, _)| !matches!(&**name, b"content-encoding" | b"content-range"));
                fields::set(headers, b"content-type", b"text/plain");
                self.body = Some(Pipe::replaced(surfaces));
            }
        }
    }

    /// Takes off what binds headers to the bytes of a body that may change.
    fn unbind<T: Bytes>(&self, plan: &Plan, headers: &mut Headers<T>) {
        headers.retain(|(name, _)| !OF_THE_BODY.contains(&&**name));
        if self.half == surface::Half::Response {
            etag::mark(headers, plan.digest());
        }
    }

    /// Takes the next bytes of the body.
    pub(super) fn body(&mut self, reader: &Reader<'_>, chunk: &[u8], end: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        self.bytes += chunk.len() as u64;
        let name = match self.half {
            surface::Half::Request => "request.body",
            surface::Half::Response => "response.body",
        };
        let Some(body) = &mut self.body else { return out.extend_from_slice(chunk) };
        let surfaces = body.surfaces();
        let last = end && !self.ended;
        self.ended |= end;
        let before = out.len();
        body.push(&reader.reading(surfaces.own(), name), chunk, last, out, tally);
        self.uninspected = self.uninspected.or(body.uninspected());
        self.refused = self.refused.or(body.refused());
        if let Held::Until { bytes } = self.held {
            // What is held is what leaves: of a compressed body that is more.
            let came = if body.coded() { chunk.len().max(out.len() - before) } else { chunk.len() };
            let left = bytes.checked_sub(came as u64);
            self.held = left.filter(|_| !end).map_or(Held::No, |bytes| Held::Until { bytes });
        }
    }

    /// Whether bytes are held that trailers must not overtake.
    pub(super) fn holding(&self, plan: &Plan) -> bool {
        self.body.as_ref().is_some_and(|body| !self.ended && body.holding(plan))
    }

    /// The most bytes of memory that the body's reader has held.
    pub(super) fn peak_memory(&self) -> usize {
        self.body.as_ref().map_or(0, Pipe::peak_memory)
    }

    /// Bytes that automata, keywords and decoders have read of the body.
    pub(super) fn work(&self) -> u64 {
        self.body.as_ref().map_or(0, Pipe::work)
    }

    /// Whether the body leaves as it came.
    pub(super) fn passes(&self) -> bool {
        self.body.is_none()
    }
}
