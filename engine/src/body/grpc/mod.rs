//! Streams of messages: gRPC, gRPC-Web and Connect (gRPC over HTTP2; PROTOCOL-WEB.md; the Connect protocol).
//!
//! Each message leaves when it is whole, in a frame of its own: none is joined, split, dropped or added.

mod armored;
mod base64;
mod coding;
mod frames;
mod message;
mod trailers;

use std::rc::Rc;

use self::armored::Armored;
use self::frames::Frames;
use self::message::Messages;
use super::json::Limit;
use super::{Codec, Envelope, Reading, Surfaces};
use crate::redact::Tally;

pub use coding::MessageCoding;

/// Bytes before a message: flags and length.
const HEAD: usize = 5;

/// The state of a stream of messages.
pub(super) struct Grpc {
    frames: Frames,
    armored: Option<Box<Armored>>,
}

impl Grpc {
    /// Nothing has come yet.
    pub(super) fn new(envelope: Envelope, codec: Codec, coding: MessageCoding, surfaces: &Rc<Surfaces>) -> Self {
        let frames = Frames::new(Messages::new(envelope, codec, coding, surfaces));
        Self { frames, armored: (envelope == Envelope::Base64).then(Box::default) }
    }

    /// Goes on behind a limit: later ones of its kind are passed without another word.
    pub(super) fn go_on(&mut self, limit: &str) {
        self.frames.go_on(limit);
    }

    /// Takes the next bytes, the last of them when `last`, and appends to `out` what may leave. What a bound keeps back
    /// is not handed out but kept.
    pub(super) fn step(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Option<Limit> {
        let done = match &mut self.armored {
            None => self.frames.step(reading, chunk, last, (out, tally), &mut |_| {}),
            Some(armored) => armored.step(&mut self.frames, reading, chunk, last, (out, tally)),
        };
        done.err().map(|name| Limit { name, rest: Vec::new() })
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        self.frames.holding() || self.armored.as_ref().is_some_and(|armored| armored.holding())
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.frames.memory() + self.armored.as_ref().map_or(0, |armored| armored.memory())
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.frames.work() + self.armored.as_ref().map_or(0, |armored| armored.work())
    }
}
