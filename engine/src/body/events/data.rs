//! The data of one event: its lines are one text.

use std::rc::Rc;

use super::super::Reading;
use super::super::json::{Json, Limit};
use super::super::surfaces::Surfaces;
use super::super::text::Text;
use crate::redact::{Syntax, Tally};
use crate::surface::Kind;

/// What the data is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is none.
    Closed,
    /// Only blanks have come.
    Blank,
    Json,
    Text,
    /// All of it has come.
    Ended,
}

/// What has come before it is known what the data is.
enum Piece {
    Blanks(Vec<u8>),
    Seam(Vec<u8>),
}

/// The state of an event's data.
pub(super) struct Data {
    surfaces: Rc<Surfaces>,
    /// What reads JSON.
    kind: Kind,
    state: State,
    blanks: Vec<Piece>,
    /// Bytes of those.
    length: usize,
    /// What has ended was whole.
    whole: bool,
    json: Json,
    text: Text,
}

impl Data {
    pub(super) fn new(surfaces: &Rc<Surfaces>, reading: &Reading<'_>) -> Self {
        Self {
            surfaces: Rc::clone(surfaces),
            kind: Kind::EventJson,
            state: State::Closed,
            blanks: Vec::new(),
            length: 0,
            whole: true,
            json: Json::of_event(&of_json(surfaces, Kind::EventJson, reading)),
            text: Text::of(Syntax::Data),
        }
    }

    /// The next event's strings are read alone, or not.
    pub(super) fn alone(&mut self, alone: bool) {
        if !self.open() {
            self.kind = if alone { Kind::EventAlone } else { Kind::EventJson };
        }
    }

    /// Whether the event has data so far.
    pub(super) fn open(&self) -> bool {
        self.state != State::Closed
    }

    /// The first line begins here in the body.
    pub(super) fn begin(&mut self, reading: &Reading<'_>, offset: u64) {
        self.state = State::Blank;
        self.json.restart(&of_json(&self.surfaces, self.kind, reading), offset);
        self.text.begin_at(offset);
    }

    /// Whether the data that has ended was whole: text is, and JSON behind its last bracket.
    pub(super) fn whole(&self) -> bool {
        self.whole
    }

    /// The event is over.
    pub(super) fn close(&mut self) {
        self.state = State::Closed;
    }

    /// Takes the next bytes of a line.
    pub(super) fn push(
        &mut self,
        reading: &Reading<'_>,
        text: &[u8],
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Option<Limit> {
        if self.state == State::Blank {
            let first = text.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
            // More blanks than may be held are text, whether what follows has come or not.
            let long = self.length + first.unwrap_or(text.len()) > reading.plan.limits.hold_back as usize;
            let json = first.and_then(|first| text.get(first)).is_some_and(|first| matches!(first, b'{' | b'[' | b'"'));
            if first.is_none() && !long {
                self.hold(Piece::Blanks(text.to_vec()), text.len());
                return None;
            }
            self.decide(if json && !long { State::Json } else { State::Text }, reading, out, tally);
        }
        self.give(reading, text, false, out, tally)
    }

    /// Takes the framing between two lines.
    pub(super) fn seam(&mut self, reading: &Reading<'_>, raw: &[u8], tally: &mut Tally) {
        match self.state {
            State::Closed | State::Ended => {}
            State::Blank => self.hold(Piece::Seam(raw.to_vec()), raw.len()),
            State::Json => self.json.seam(&of_json(&self.surfaces, self.kind, reading), raw, tally),
            State::Text => self.text.seam(reading, raw),
        }
    }

    /// The last line has ended; there is no limit that an end reaches.
    pub(super) fn end(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        if self.state == State::Blank {
            self.decide(State::Text, reading, out, tally);
        }
        if self.open() && self.state != State::Ended {
            self.whole = self.state != State::Json || self.json.whole();
            self.give(reading, b"", true, out, tally);
            self.state = State::Ended;
        }
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        match self.state {
            State::Closed | State::Ended => false,
            State::Blank => self.length > 0,
            State::Json => self.json.holding(),
            State::Text => self.text.holding(),
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let blanks = self.length + self.blanks.capacity() * size_of::<Piece>();
        blanks + self.json.memory() + self.text.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.json.work() + self.text.work()
    }

    fn hold(&mut self, piece: Piece, length: usize) {
        self.length += length;
        self.blanks.push(piece);
    }

    /// It is known what the data is: what was held goes there.
    fn decide(&mut self, state: State, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        self.state = state;
        self.length = 0;
        for piece in std::mem::take(&mut self.blanks) {
            match piece {
                // Blanks reach no limit.
                Piece::Blanks(text) => drop(self.give(reading, &text, false, out, tally)),
                Piece::Seam(raw) => self.seam(reading, &raw, tally),
            }
        }
    }

    fn give(
        &mut self,
        reading: &Reading<'_>,
        text: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Option<Limit> {
        match self.state {
            State::Closed | State::Blank | State::Ended => None,
            State::Json => self.json.step(&of_json(&self.surfaces, self.kind, reading), text, last, out, tally),
            State::Text => {
                self.text.step(reading, text, last, out, tally);
                None
            }
        }
    }
}

/// What reads JSON, given what reads text.
fn of_json<'a>(surfaces: &'a Surfaces, kind: Kind, reading: &Reading<'a>) -> Reading<'a> {
    Reading { surface: surfaces.of(kind), ..*reading }
}
