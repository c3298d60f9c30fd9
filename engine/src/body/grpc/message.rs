//! One message of a stream, read as its frame says.

use std::rc::Rc;

use super::super::json::Json;
use super::super::protobuf::{Long, Walk};
use super::super::text::Text;
use super::super::{Codec, Envelope, Reading, SLICE, Surfaces};
use super::{HEAD, MessageCoding, trailers};
use crate::coding::Bounds;
use crate::redact::Tally;
use crate::surface::{Kind, Surface};

/// Bits of a frame's first byte: the message is compressed (gRPC, Connect).
const COMPRESSED: u8 = 0x01;
/// It says how the stream ended (Connect).
const END_STREAM: u8 = 0x02;
/// It is trailers (gRPC-Web).
const TRAILERS: u8 = 0x80;

/// Behind what a stream goes on, as the policy says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lenient {
    /// Bounds of messages.
    bounds: bool,
    /// Messages that cannot be decoded.
    coding: bool,
}

impl Lenient {
    /// From now on this limit is none.
    pub(super) fn allow(&mut self, limit: &str) {
        if limit == "coding" { self.coding = true } else { self.bounds = true }
    }

    /// Why the stream does not go on behind a limit. What a bound would let pass as a text passes unread if it cannot be
    /// decoded, and that is another matter.
    pub(super) fn stops(self, limit: &'static str, readable: bool) -> Option<&'static str> {
        match limit {
            "coding" => (!self.coding).then_some(limit),
            _ if !self.bounds => Some(limit),
            _ => (!readable && !self.coding).then_some("coding"),
        }
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Protobuf,
    Bytes,
    Json,
    Trailers,
}

/// How a message that is too long to be held is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Streams {
    /// As a message.
    Message,
    /// As bytes.
    Text,
    /// Not as what it is.
    Never,
}

/// Reads the messages of one stream.
pub(super) struct Messages {
    envelope: Envelope,
    codec: Codec,
    coding: MessageCoding,
    surfaces: Rc<Surfaces>,
    walk: Walk,
    json: Option<Box<Json>>,
    /// Work of readers of single messages.
    done: u64,
    /// The most bytes that decoding a message has held.
    decoded: usize,
    /// Bytes of compressed messages, and what came of them.
    coded: u64,
    plain: u64,
}

impl Messages {
    /// Nothing has come yet.
    pub(super) fn new(envelope: Envelope, codec: Codec, coding: MessageCoding, surfaces: &Rc<Surfaces>) -> Self {
        let surfaces = Rc::clone(surfaces);
        Self {
            envelope,
            codec,
            coding,
            surfaces,
            walk: Walk::default(),
            json: None,
            done: 0,
            decoded: 0,
            coded: 0,
            plain: 0,
        }
    }

    /// Appends to `out` what is left of a frame, which begins at `offset` of the stream, with the length that its
    /// message now has; the length of a frame that is not `complete` stays. A compressed message leaves as it came
    /// unless something in it changed. On an error, the limit that was reached, nothing is written or counted; there is
    /// none if the stream goes on all the same.
    pub(super) fn frame(
        &mut self,
        reading: &Reading<'_>,
        (frame, offset): (&[u8], u64),
        (complete, lenient): (bool, Lenient),
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), &'static str> {
        let Some((head, raw)) = frame.split_first_chunk::<HEAD>() else {
            out.extend_from_slice(frame);
            return Ok(());
        };
        let [flags, ..] = *head;
        if !self.reads(flags) {
            out.extend_from_slice(frame);
            return Ok(());
        }
        let mut decoded = None;
        if flags & COMPRESSED != 0 {
            match self.decode(reading, raw) {
                Ok(message) => decoded = Some(message),
                Err(limit) => {
                    if let Some(limit) = lenient.stops(limit, false) {
                        return Err(limit);
                    }
                    out.extend_from_slice(frame);
                    return Ok(());
                }
            }
        }
        let message = decoded.as_deref().unwrap_or(raw);
        let (start, mut found) = (out.len(), tally.like());
        out.extend_from_slice(head);
        let at = (message, offset + HEAD as u64);
        if let Err(limit) = self.message(reading, flags, at, out, &mut found) {
            if let Some(limit) = lenient.stops(limit, true) {
                out.truncate(start);
                return Err(limit);
            }
            out.truncate(start + HEAD);
            found = tally.like();
            self.text(reading, flags, message, out, &mut found);
        }
        tally.take_in(found);
        let written = out.get_mut(start..).unwrap_or_default();
        let Some((head, new)) = written.split_first_chunk_mut::<HEAD>() else { return Ok(()) };
        if decoded.as_ref().is_some_and(|message| message == new) {
            out.truncate(start);
            out.extend_from_slice(frame);
            return Ok(());
        }
        let [flags, length @ ..] = head;
        if decoded.is_some() {
            *flags &= !COMPRESSED;
        }
        if complete && new.len() != raw.len() {
            *length = u32::try_from(new.len()).unwrap_or(u32::MAX).to_be_bytes();
        }
        Ok(())
    }

    /// A message decoded, unless so much came of so little before it that the stream is an attack on whoever reads it.
    fn decode(&mut self, reading: &Reading<'_>, raw: &[u8]) -> Result<Vec<u8>, &'static str> {
        let bounds = Bounds { decoded: u64::MAX, ratio: reading.plan.limits.ratio };
        let exceeded = bounds.exceeded(self.coded, self.plain);
        self.coded += raw.len() as u64;
        if exceeded {
            return Err("message");
        }
        let done = self.coding.decode(raw, reading.plan);
        self.decoded = self.decoded.max(done.memory);
        self.done += done.work;
        self.plain += done.given;
        done.message
    }

    /// Whether anything is looked for in a frame with these flags.
    pub(super) fn reads(&self, flags: u8) -> bool {
        let surface = self.surface(flags);
        match self.shape(flags) {
            Shape::Protobuf | Shape::Bytes => surface.lens.any(),
            Shape::Json | Shape::Trailers => surface.any(),
        }
    }

    /// Whether the message of such a frame can be read as it comes.
    pub(super) fn readable(&self, flags: u8) -> bool {
        flags & COMPRESSED == 0 || self.coding == MessageCoding::Identity
    }

    /// How the message of such a frame is read while it comes.
    pub(super) fn streams(&self, reading: &Reading<'_>, flags: u8) -> Streams {
        match self.shape(flags) {
            _ if !self.readable(flags) => Streams::Never,
            Shape::Protobuf if !self.surface(flags).resizes(reading.plan) => Streams::Message,
            Shape::Bytes => Streams::Text,
            Shape::Protobuf | Shape::Json | Shape::Trailers => Streams::Never,
        }
    }

    /// Takes the next bytes of a message that is read while it comes, see [`Long::step`].
    pub(super) fn long(
        &mut self,
        reading: &Reading<'_>,
        message: &mut Long,
        chunk: &[u8],
        last: bool,
        left: (&mut Vec<u8>, &mut Tally),
    ) -> Result<(), usize> {
        let surfaces = Rc::clone(&self.surfaces);
        message.step(&Reading { surface: surfaces.own(), ..*reading }, &mut self.walk, chunk, last, left)
    }

    /// What is looked for in a frame with these flags.
    pub(super) fn surface(&self, flags: u8) -> &Surface {
        match self.shape(flags) {
            Shape::Protobuf | Shape::Bytes => self.surfaces.own(),
            Shape::Json => self.surfaces.of(Kind::Json),
            Shape::Trailers => self.surfaces.of(Kind::Trailer),
        }
    }

    fn shape(&self, flags: u8) -> Shape {
        match (self.envelope, self.codec) {
            (Envelope::Web | Envelope::Base64, _) if flags & TRAILERS != 0 => Shape::Trailers,
            (Envelope::Connect, _) if flags & END_STREAM != 0 => Shape::Json,
            (_, Codec::Json) => Shape::Json,
            (_, Codec::Protobuf) => Shape::Protobuf,
            (_, Codec::Other) => Shape::Bytes,
        }
    }

    fn message(
        &mut self,
        reading: &Reading<'_>,
        flags: u8,
        (message, offset): (&[u8], u64),
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), &'static str> {
        let (shape, surfaces) = (self.shape(flags), Rc::clone(&self.surfaces));
        match shape {
            Shape::Protobuf => {
                let reading = Reading { surface: surfaces.own(), ..*reading };
                self.walk.message(&reading, (message, offset), out, tally).map_err(|_| "depth")
            }
            Shape::Bytes => {
                let reading = Reading { surface: surfaces.own(), ..*reading };
                self.walk.bytes(&reading, (message, offset), out, tally);
                Ok(())
            }
            Shape::Json => {
                let reading = Reading { surface: surfaces.of(Kind::Json), ..*reading };
                let json = self.json.get_or_insert_with(|| Box::new(Json::new(&reading)));
                json.restart(&reading, offset);
                for slice in message.chunks(SLICE) {
                    if let Some(limit) = json.step(&reading, slice, false, out, tally) {
                        return Err(limit.name);
                    }
                }
                json.step(&reading, b"", true, out, tally).map_or(Ok(()), |limit| Err(limit.name))
            }
            Shape::Trailers => {
                let name = if reading.name == "request.body" { "request.trailer" } else { "response.trailer" };
                let reading = Reading { surface: surfaces.of(Kind::Trailer), name, ..*reading };
                trailers::redact(&reading, message, out, tally);
                Ok(())
            }
        }
    }

    /// Reads a message as text beyond a bound.
    fn text(&mut self, reading: &Reading<'_>, flags: u8, message: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        let json = self.shape(flags) == Shape::Json;
        let mut text = if json { Text::default() } else { Text::fixed() };
        let reading = Reading { surface: self.surface(flags), ..*reading };
        for slice in message.chunks(SLICE) {
            text.step(&reading, slice, false, out, tally);
        }
        text.step(&reading, b"", true, out, tally);
        self.done += text.work();
    }

    /// Bytes of memory held, and that were held for a while.
    pub(super) fn memory(&self) -> usize {
        self.walk.memory() + self.json.as_ref().map_or(0, |json| json.memory()) + self.decoded
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.walk.work() + self.json.as_ref().map_or(0, |json| json.work()) + self.done
    }
}
