//! The reader of a body's format: one of those that stand beside this file.

use std::rc::Rc;

use super::json::Limit;
use super::surfaces::Surfaces;
use super::{Content, Format, Reading, events, form, grpc, json, lines, markup, multipart, protobuf, text};
use crate::redact::{Tally, mark};

/// A reader, and where it stands. It takes bytes in any cuts; what it writes does not depend on them.
pub(super) enum Reader {
    Json(Box<json::Json>),
    Lines(Box<lines::Lines>),
    Form(Box<form::Form>),
    Markup(Box<markup::Markup>),
    Multipart(Box<multipart::Multipart>),
    Text(Box<text::Text>),
    Protobuf(Box<protobuf::Protobuf>),
    Grpc(Box<grpc::Grpc>),
    Events(Box<events::EventStream>),
    /// The rest is replaced by a mark.
    Replaced {
        marked: bool,
    },
    /// The rest is refused.
    Refused,
}

impl Reader {
    /// The reader of a content; `surfaces` are those of its format.
    pub(super) fn new(content: &Content, surfaces: &Rc<Surfaces>, reading: &Reading<'_>) -> Self {
        match content.format {
            Format::Json => Self::Json(Box::new(json::Json::new(reading))),
            Format::Lines => Self::Lines(Box::new(lines::Lines::new(reading))),
            Format::Form => Self::Form(Box::default()),
            Format::Markup => Self::Markup(Box::default()),
            Format::Multipart => {
                Self::Multipart(Box::new(multipart::Multipart::new(&content.boundary, surfaces, reading)))
            }
            Format::EventStream => Self::Events(Box::new(events::EventStream::new(surfaces, reading))),
            Format::Protobuf => Self::Protobuf(Box::default()),
            Format::Grpc(envelope, codec) => {
                Self::Grpc(Box::new(grpc::Grpc::new(envelope, codec, content.message_coding, surfaces)))
            }
            Format::Text => Self::Text(Box::default()),
        }
    }

    /// Takes the next bytes, the last of them when `last`, and appends to `out` what may leave.
    pub(super) fn step(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Option<Limit> {
        match self {
            Self::Json(json) => return json.step(reading, chunk, last, out, tally),
            Self::Lines(lines) => return lines.step(reading, chunk, last, out, tally),
            Self::Protobuf(message) => return message.step(reading, chunk, last, out, tally),
            Self::Grpc(stream) => return stream.step(reading, chunk, last, out, tally),
            Self::Form(form) => form.step(reading, chunk, last, out, tally),
            Self::Markup(markup) => markup.step(reading, chunk, last, out, tally),
            Self::Multipart(multipart) => return multipart.step(reading, chunk, last, out, tally),
            Self::Text(text) => text.step(reading, chunk, last, out, tally),
            Self::Events(events) => return events.step(reading, chunk, last, out, tally),
            Self::Replaced { marked } => {
                if !std::mem::replace(marked, true) {
                    out.extend_from_slice(mark("BODY").as_bytes());
                }
            }
            Self::Refused => {}
        }
        None
    }

    /// Goes on behind a limit: what follows is read as text, in frames that stay.
    pub(super) fn go_on(&mut self, limit: &str) {
        match self {
            Self::Protobuf(_) => *self = Self::Text(Box::new(text::Text::fixed())),
            Self::Grpc(stream) => stream.go_on(limit),
            _ => *self = Self::Text(Box::default()),
        }
    }

    /// Whether bytes are held that have not left.
    pub(super) fn holding(&self) -> bool {
        match self {
            Self::Json(json) => json.holding(),
            Self::Lines(lines) => lines.holding(),
            Self::Form(form) => form.holding(),
            Self::Markup(markup) => markup.holding(),
            Self::Multipart(multipart) => multipart.holding(),
            Self::Text(text) => text.holding(),
            Self::Protobuf(message) => message.holding(),
            Self::Grpc(stream) => stream.holding(),
            Self::Events(events) => events.holding(),
            Self::Replaced { .. } | Self::Refused => false,
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Json(json) => json.memory(),
            Self::Lines(lines) => lines.memory(),
            Self::Form(form) => form.memory(),
            Self::Markup(markup) => markup.memory(),
            Self::Multipart(multipart) => multipart.memory(),
            Self::Text(text) => text.memory(),
            Self::Protobuf(message) => message.memory(),
            Self::Grpc(stream) => stream.memory(),
            Self::Events(events) => events.memory(),
            Self::Replaced { .. } | Self::Refused => 0,
        }
    }

    /// Bytes that automata, keywords and decoders have read: what the time is made of.
    pub(super) fn work(&self) -> u64 {
        match self {
            Self::Json(json) => json.work(),
            Self::Lines(lines) => lines.work(),
            Self::Form(form) => form.work(),
            Self::Markup(markup) => markup.work(),
            Self::Multipart(multipart) => multipart.work(),
            Self::Text(text) => text.work(),
            Self::Protobuf(message) => message.work(),
            Self::Grpc(stream) => stream.work(),
            Self::Events(events) => events.work(),
            Self::Replaced { .. } | Self::Refused => 0,
        }
    }

    /// Why something was passed over unread, or read only as bytes.
    pub(super) fn flagged(&self) -> Option<&'static str> {
        match self {
            Self::Multipart(multipart) => multipart.flagged(),
            _ => None,
        }
    }
}
