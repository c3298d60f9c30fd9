//! Containers that are replaced or removed as a whole. Nothing of them is written, and what is inside them is read for
//! what refuses the exchange: by its structure as long as it is JSON, then string by string.

use super::{Json, Reading, Role, State};
use crate::redact::{Origin, Scope, Segment, Syntax, Tally};

impl Json {
    /// What takes the container's place is written: from here on nothing is.
    pub(super) fn begin_replaced(&mut self) {
        self.replaced = Some(self.frames.len());
        self.mute = self.mute.or(Some(self.buffer.len()));
    }

    /// The container has ended.
    pub(super) fn end_replaced(&mut self, tally: &mut Tally) {
        self.replaced = None;
        self.unmute();
        if let Some(hit) = tally.hits.as_mut().and_then(|hits| hits.last_mut()) {
            hit.end = self.offset + 1;
        }
        self.claim.release();
    }

    /// A value of which nothing is written has ended; whether there was one.
    pub(super) fn unmute(&mut self) -> bool {
        let from = self.mute.take_if(|_| self.replaced.is_none());
        from.inspect(|from| self.buffer.truncate(*from)).is_some()
    }

    /// From here on a container that `around` others are around is no JSON: it is read on to its last bracket.
    pub(super) fn give_up_replaced(&mut self, around: usize) {
        self.token.clear();
        self.state = State::Muted { depth: self.frames.len() - around };
        self.frames.truncate(around);
        self.paths.leave_to(around);
    }

    /// A byte of what is no JSON.
    pub(super) fn muted(&mut self, reading: &Reading<'_>, byte: u8, depth: usize, tally: &mut Tally) -> usize {
        match byte {
            b'"' => {
                self.matching = reading.surface.blocks.any();
                if self.matching {
                    let context = reading.context(&reading.surface.blocks, Syntax::Json, &Origin::default);
                    self.matcher.begin(&context, Segment { scope: Scope::Member, ..Segment::default() });
                }
                self.state = State::Inside(Role::Muted { depth });
            }
            b'{' | b'[' => self.state = State::Muted { depth: depth.saturating_add(1) },
            b'}' | b']' if depth <= 1 => {
                self.end_replaced(tally);
                self.end_value();
            }
            b'}' | b']' => self.state = State::Muted { depth: depth - 1 },
            _ => {}
        }
        1
    }
}
