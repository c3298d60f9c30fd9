//! A JSON text that comes in lines with framing between them, as the data of a server-sent event does.

use super::{Json, Reading, Role, State};
use crate::redact::Tally;

/// What the framing stands for.
const VIEW: &[u8] = b"\n";

impl Json {
    /// Takes the framing between two lines of the text. It stands for a line feed, and leaves as it is, whatever takes
    /// the place of the text around it.
    pub(in crate::body) fn seam(&mut self, reading: &Reading<'_>, raw: &[u8], tally: &mut Tally) {
        self.read_cut(reading, tally);
        match self.state {
            State::Opened => self.begin_string(reading, false, tally),
            State::Scalar => self.end_scalar(reading, tally),
            _ => {}
        }
        match self.state {
            State::Text => self.text.seam(reading, raw),
            State::Inside(role) => self.seam_inside(reading, role, raw, tally),
            _ => self.keep(raw),
        }
        self.offset += raw.len() as u64;
    }

    /// Whether what has come is whole: nothing of it needs what follows.
    pub(in crate::body) fn whole(&self) -> bool {
        matches!(self.state, State::Done | State::Text)
    }

    fn seam_inside(&mut self, reading: &Reading<'_>, role: Role, raw: &[u8], tally: &mut Tally) {
        self.escaped = false;
        self.fresh = false;
        if role == Role::Value && self.owned.empty() {
            self.count_selected(reading, false, tally);
        }
        self.note(reading, role, VIEW);
        if self.matching {
            self.matcher.seam(raw, Some(b'\n'));
        }
        if self.matching && self.writes(role) {
            self.note_seam(raw);
        } else {
            self.keep(raw);
        }
    }

    /// Writes framing where nothing else is written.
    fn keep(&mut self, raw: &[u8]) {
        if let Some(from) = self.mute {
            self.buffer.truncate(from);
            self.mute = Some(from + raw.len());
        }
        self.buffer.extend_from_slice(raw);
        self.note_seam(raw);
    }

    /// A member that is taken out leaves its seams behind.
    fn note_seam(&mut self, raw: &[u8]) {
        if self.pending.is_some() {
            self.seams.extend_from_slice(raw);
        }
    }

    /// Here begins what goes with a member that is taken out.
    pub(super) fn begin_pending(&mut self) {
        if self.replaced.is_some() {
            return;
        }
        self.pending = Some(self.buffer.len());
        self.seams.clear();
    }
}
