//! Strings as they come: names and values, run by run.

use super::{Json, Reading, Role, State};
use crate::redact::{Origin, Syntax, Tally};

impl Json {
    /// The quote that opens a member's name.
    pub(super) fn begin_name(&mut self, reading: &Reading<'_>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.name.clear();
            frame.long_name = false;
        }
        if self.removes && self.pending.is_none() {
            self.begin_pending();
        }
        self.buffer.push(b'"');
        self.begin_matching(reading, false);
        self.state = State::Inside(Role::Name);
    }

    /// A run of bytes inside a string; how many were taken.
    pub(super) fn inside(&mut self, reading: &Reading<'_>, role: Role, text: &[u8], tally: &mut Tally) -> usize {
        let fresh = std::mem::replace(&mut self.fresh, false);
        let mut run = 0;
        for &byte in text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => break,
                _ => {}
            }
            run += 1;
        }
        if run == 0 {
            self.end_string(reading, role, tally);
            return 1;
        }
        let raw = text.get(..run).unwrap_or_default();
        if fresh && self.matching && run < text.len() {
            let context = reading.context(&reading.surface.lens, Syntax::Json, &Origin::default);
            // No detector can match: the string need not go through the matcher.
            self.matching = !self.matcher.quiet(&context, raw);
        }
        if role == Role::Value && self.owned.empty() {
            // What refuses the exchange says so before the value leaves.
            self.count_selected(reading, false, tally);
        }
        self.take(reading, role, raw);
        run
    }

    /// Raw text of a string to where it belongs.
    fn take(&mut self, reading: &Reading<'_>, role: Role, raw: &[u8]) {
        self.note(reading, role, raw);
        if self.matching {
            self.matcher.push(raw);
        } else if self.writes(role) {
            self.buffer.extend_from_slice(raw);
        }
    }

    /// Whether a string is written, but for what is found in it.
    pub(super) fn writes(&self, role: Role) -> bool {
        self.replaced.is_none() && (role == Role::Name || role == Role::Value && !self.claim.owned())
    }

    /// Raw text of a string to the name or the owned value that it is part of.
    pub(super) fn note(&mut self, reading: &Reading<'_>, role: Role, raw: &[u8]) {
        match role {
            Role::Name => {
                if let Some(frame) = self.frames.last_mut() {
                    self.name.bytes(raw, &mut |view| frame.push_name(view));
                }
            }
            Role::Value => match self.claim.owner(reading.surface) {
                Some(by) => self.owned.push(reading, by, raw),
                None => self.owned.seen(raw),
            },
            Role::Muted { .. } => {}
        }
    }
}
