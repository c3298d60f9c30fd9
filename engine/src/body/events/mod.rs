//! Server-sent events (HTML Living Standard, section 9.2), redacted in one pass.
//!
//! Lines end with a line feed, a carriage return or both. The data of an event is one text, its lines joined by line
//! feeds: JSON when it begins as an object, an array or a string, else text. Every other line, a comment or a field,
//! is a text of its own. No match reaches into the next event, and a complete event leaves at once. The framing stays:
//! of the bytes between two lines of data none is lost or moved, whatever takes the place of the data around them.

mod data;
mod fields;
mod line;
mod stitch;

use std::rc::Rc;

use self::fields::Events;
use self::stitch::Stitch;
use super::Reading;
use super::json::Limit;
use super::surfaces::Surfaces;
use crate::redact::Tally;
use crate::surface::Kind;

/// The only field whose lines are joined.
const DATA: &[u8] = b"data";

/// What may stand before the first line.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The state of a stream of events.
pub(super) struct EventStream {
    /// Comes first: the texts that events are pieces of.
    stitch: Option<Box<Stitch>>,
    events: Events,
}

impl EventStream {
    pub(super) fn new(surfaces: &Rc<Surfaces>, reading: &Reading<'_>) -> Self {
        let stitched = !surfaces.of(Kind::EventStream).streams.is_empty();
        let stitch = stitched.then(|| Box::new(Stitch::new(surfaces)));
        Self { stitch, events: Events::new(surfaces, reading) }
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
        let Some(stitch) = &mut self.stitch else { return self.events.step(reading, chunk, last, out, tally) };
        let mut rest = chunk;
        loop {
            let passed = stitch.read(reading, &mut rest, tally);
            let done = passed.is_empty();
            let passed = if done { stitch.pause(reading, last, tally) } else { passed };
            let mut passed = passed.into_iter();
            while let Some(part) = passed.next() {
                self.events.alone(part.alone);
                if let Some(mut limit) = self.events.step(reading, &part.bytes, false, out, tally) {
                    // What waits comes behind it, then what has not been looked at.
                    let waiting = stitch.pause(reading, true, tally);
                    passed.chain(waiting).for_each(|part| limit.rest.extend(part.bytes));
                    limit.rest.extend_from_slice(rest);
                    return Some(limit);
                }
            }
            if done {
                return if last { self.events.step(reading, b"", true, out, tally) } else { None };
            }
        }
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        self.events.holding() || self.stitch.as_ref().is_some_and(|stitch| stitch.holding())
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.events.memory() + self.stitch.as_ref().map_or(0, |stitch| stitch.memory())
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.events.work() + self.stitch.as_ref().map_or(0, |stitch| stitch.work())
    }
}
