//! A line of an event stream that is not of data: a comment, or a field with its name.

use super::super::Reading;
use super::super::text::Text;
use crate::redact::{Syntax, Tally};

/// The state of a line. One whose first byte is replaced becomes a comment, so that it is neither blank nor another
/// field: either would say something to the client.
pub(super) struct Line {
    text: Text,
    state: State,
    offset: u64,
}

/// How much of the line is written.
#[derive(Clone, Copy)]
enum State {
    /// Nothing has come.
    Empty,
    /// Nothing is written; the line's first byte.
    First(u8),
    Written,
    /// All of it.
    Ended,
}

impl Default for Line {
    fn default() -> Self {
        Self { text: Text::of(Syntax::Header), state: State::Empty, offset: 0 }
    }
}

impl Line {
    /// The line begins here in the body.
    pub(super) fn begin(&mut self, offset: u64) {
        self.state = State::Empty;
        self.offset = offset;
    }

    /// Takes the next bytes of the line, the last when `last`.
    pub(super) fn step(
        &mut self,
        reading: &Reading<'_>,
        text: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        let mut text = text;
        if let (State::Empty, Some((&first, rest))) = (self.state, text.split_first()) {
            let comment = first == b':';
            self.state = if comment { State::Written } else { State::First(first) };
            self.text.begin_at(self.offset + u64::from(comment));
            if comment {
                out.push(b':');
                text = rest;
            }
        }
        let from = out.len();
        self.text.step(reading, text, last, out, tally);
        if let State::First(first) = self.state
            && (last || out.len() > from)
        {
            self.state = State::Written;
            if out.get(from) != Some(&first) {
                out.insert(from, b':');
            }
        }
        if last {
            self.state = State::Ended;
        }
    }

    /// Whether its last byte has been taken.
    pub(super) fn ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        self.text.holding()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.text.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.text.work()
    }
}
