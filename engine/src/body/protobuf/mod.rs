//! A body that is one protobuf message. It is held until it has come, at most `limits.message` bytes of it.

mod leaf;
mod walk;
mod wire;

use super::Reading;
use super::json::Limit;
use crate::redact::Tally;

pub(in crate::body) use walk::Walk;

/// The state of a protobuf body.
#[derive(Default)]
pub(super) struct Protobuf {
    /// The message as far as it has come.
    held: Vec<u8>,
    walk: Walk,
}

impl Protobuf {
    /// Takes the next bytes, the last of them when `last`, and appends to `out` what may leave.
    pub(super) fn step(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Option<Limit> {
        if !reading.surface.lens.any() {
            out.extend_from_slice(chunk);
            return None;
        }
        self.held.extend_from_slice(chunk);
        let limit = |held: &mut Vec<u8>, name| Some(Limit { name, rest: std::mem::take(held) });
        if self.held.len() > reading.plan.limits.message as usize {
            return limit(&mut self.held, "message");
        }
        if last {
            match self.walk.message(reading, (&self.held, 0), out, tally) {
                Ok(()) => self.held = Vec::new(),
                Err(_) => return limit(&mut self.held, "depth"),
            }
        }
        None
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.held.capacity() + self.walk.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.walk.work()
    }
}
