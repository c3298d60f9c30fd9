//! A body that is one protobuf message. It is held until it has come, at most `limits.message` bytes of it; a longer
//! one is read while it comes, unless a find may change the length of a string in it: that is a limit.

mod both;
mod leaf;
mod long;
mod walk;
mod wire;

use super::Reading;
use super::json::Limit;
use crate::redact::Tally;

pub(in crate::body) use long::Long;
pub(in crate::body) use walk::Walk;

/// The state of a protobuf body.
#[derive(Default)]
pub(super) struct Protobuf {
    /// The message as far as it has come.
    held: Vec<u8>,
    walk: Walk,
    /// It was longer than that.
    long: Option<Box<Long>>,
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
        if let Some(long) = &mut self.long {
            let done = long.step(reading, &mut self.walk, chunk, last, (out, tally));
            return done
                .err()
                .map(|taken| Limit { name: "depth", rest: chunk.get(taken..).unwrap_or_default().to_vec() });
        }
        self.held.extend_from_slice(chunk);
        let limit = |held: &mut Vec<u8>, name| Some(Limit { name, rest: std::mem::take(held) });
        if self.held.len() > reading.plan.limits.message as usize {
            if reading.surface.resizes(reading.plan) {
                return limit(&mut self.held, "message");
            }
            self.long = Some(Box::new(Long::new(None, 0, tally)));
            let held = std::mem::take(&mut self.held);
            return self.step(reading, &held, last, out, tally);
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
        !self.held.is_empty() || self.long.as_ref().is_some_and(|long| long.holding())
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.held.capacity() + self.walk.memory() + self.long.as_ref().map_or(0, |long| long.memory())
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.walk.work() + self.long.as_ref().map_or(0, |long| long.work())
    }
}
