//! Texts that come in pieces, each in an event of its own: what language models stream.
//!
//! Events are read whole, and the strings in them that are pieces of one text are matched as one. An event waits while
//! a match may still begin in one of its pieces, and all events behind it wait too, in order: at most `sse_hold` bytes
//! and two seconds, as soon as something comes or the clock is told. Then what may be part of a match is redacted. What
//! takes the place of a match stands in the piece in which it begins, of the others nothing is left; no event is lost.
//!
//! An event that is not one JSON value that can be followed, or is larger than `sse_hold`, is read by itself: content
//! finds of the streams' paths look at each of its strings alone.

mod event;
mod streams;
mod walk;

use std::collections::VecDeque;
use std::rc::Rc;

use self::event::{Data, Event, Piece};
use self::streams::{Decided, Streams};
use super::super::Reading;
use super::super::surfaces::Surfaces;
use super::BOM;
use crate::redact::Tally;
use crate::surface::Kind;

/// How long an event waits, in milliseconds.
const PATIENCE_MS: u64 = 2000;

/// Bytes of whole events, or of one that is larger than may be held.
pub(super) struct Passed {
    pub(super) bytes: Vec<u8>,
    /// They are of an event that is not stitched.
    pub(super) alone: bool,
}

/// The events that wait, and the texts that they wait for.
pub(super) struct Stitch {
    surfaces: Rc<Surfaces>,
    /// What has come of the event that is not whole.
    raw: Vec<u8>,
    /// Where in it the current line begins.
    line: usize,
    /// Nothing of that line has come.
    blank: bool,
    /// It has a line of data.
    data: bool,
    /// It is too large to be held.
    large: bool,
    /// A line feed now belongs to the line end before it.
    after_return: bool,
    /// The event is the first: a byte order mark may stand before it.
    start: bool,
    queue: VecDeque<Event>,
    /// The number of the first event that waits.
    first: u64,
    /// Bytes of the events that wait.
    held: usize,
    streams: Streams,
    passed: Vec<Passed>,
}

impl Stitch {
    pub(super) fn new(surfaces: &Rc<Surfaces>) -> Self {
        Self {
            surfaces: Rc::clone(surfaces),
            raw: Vec::new(),
            line: 0,
            blank: true,
            data: false,
            large: false,
            after_return: false,
            start: true,
            queue: VecDeque::new(),
            first: 0,
            held: 0,
            streams: Streams::default(),
            passed: Vec::new(),
        }
    }

    /// Takes bytes from the start of `rest` until something may be read further, which is returned; when nothing may,
    /// it has taken all. So nothing is looked at behind what a limit ends.
    pub(super) fn read(&mut self, reading: &Reading<'_>, rest: &mut &[u8], tally: &mut Tally) -> Vec<Passed> {
        self.with(reading, tally, |stitch, reading, tally| {
            while let Some(&first) = rest.first().filter(|_| stitch.passed.is_empty()) {
                if std::mem::take(&mut stitch.after_return) && first == b'\n' {
                    stitch.follow(b"\n");
                    *rest = rest.get(1..).unwrap_or_default();
                    continue;
                }
                let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
                let run = rest.iter().position(ends).map_or(rest.len(), |end| end + 1);
                let (now, behind) = rest.split_at_checked(run).unwrap_or((rest, b""));
                *rest = behind;
                stitch.line(reading, now, tally);
            }
        })
    }

    /// All that has come is taken: what has waited enough, and everything when that was the `last`.
    pub(super) fn pause(&mut self, reading: &Reading<'_>, last: bool, tally: &mut Tally) -> Vec<Passed> {
        self.with(reading, tally, |stitch, reading, tally| {
            if last {
                stitch.end_event(reading, tally);
                let mut decided = Vec::new();
                stitch.streams.end(reading, tally, &mut decided);
                stitch.settle(decided);
            }
            let waited = |event: &Event| reading.clock_ms.saturating_sub(event.since_ms) >= PATIENCE_MS;
            while stitch.queue.front().is_some_and(waited) {
                stitch.force(reading, tally);
            }
        })
    }

    /// Reads the texts; what may be read further.
    fn with(
        &mut self,
        reading: &Reading<'_>,
        tally: &mut Tally,
        read: impl FnOnce(&mut Self, &Reading<'_>, &mut Tally),
    ) -> Vec<Passed> {
        let surfaces = Rc::clone(&self.surfaces);
        // Positions in the body say nothing of a text in pieces.
        let hits = tally.hits.take();
        read(self, &Reading { surface: surfaces.of(Kind::EventStream), soon: false, ..*reading }, tally);
        tally.hits = hits;
        std::mem::take(&mut self.passed)
    }

    /// Bytes of a line, with its end if that is there.
    fn line(&mut self, reading: &Reading<'_>, bytes: &[u8], tally: &mut Tally) {
        self.raw.extend_from_slice(bytes);
        self.bound(reading, tally);
        let end = bytes.last().copied().filter(|byte| matches!(byte, b'\r' | b'\n'));
        self.blank &= bytes.len() <= usize::from(end.is_some());
        match end {
            Some(end) => self.end_line(reading, end, tally),
            None if self.large => self.pass_raw(),
            None => {}
        }
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        !self.raw.is_empty() || !self.queue.is_empty()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.raw.capacity() + self.queue.iter().map(Event::memory).sum::<usize>() + self.streams.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.streams.work()
    }

    /// The line feed of a line end whose carriage return has been taken: it goes with what that went with.
    fn follow(&mut self, byte: &[u8]) {
        if !self.raw.is_empty() {
            self.raw.extend_from_slice(byte);
            self.line = self.raw.len();
        } else if let Some(event) = self.queue.back_mut() {
            event.raw.extend_from_slice(byte);
            self.held += byte.len();
        } else {
            self.pass(byte.to_vec(), self.large);
        }
    }

    fn end_line(&mut self, reading: &Reading<'_>, end: u8, tally: &mut Tally) {
        self.after_return = end == b'\r';
        let line = self.raw.get(self.line..self.raw.len().saturating_sub(1)).unwrap_or_default();
        let line = if self.start { line.strip_prefix(BOM).unwrap_or(line) } else { line };
        self.data |= event::value(line).is_some();
        let marked = self.start && line.is_empty();
        if std::mem::replace(&mut self.blank, true) || marked {
            return self.end_event(reading, tally);
        }
        self.line = self.raw.len();
        if self.large || !self.data && self.queue.is_empty() {
            self.pass_raw();
        }
    }

    /// A blank line, or the end of the stream: what has come is an event.
    fn end_event(&mut self, reading: &Reading<'_>, tally: &mut Tally) {
        let raw = std::mem::take(&mut self.raw);
        self.line = 0;
        self.data = false;
        let (large, start) = (std::mem::take(&mut self.large), std::mem::take(&mut self.start));
        if large || raw.is_empty() {
            return self.pass(raw, large);
        }
        let data = Data::of(&raw, start);
        let json = data.looks_like_json();
        let pieces = if json { walk::pieces(reading, &data.text) } else { Some(Vec::new()) };
        let alone = pieces.is_none();
        let number = self.first + self.queue.len() as u64;
        let mut event = Event { raw, pieces: Vec::new(), open: 0, alone, since_ms: reading.clock_ms };
        let mut decided = Vec::new();
        for piece in pieces.unwrap_or_default() {
            let place = (number, event.pieces.len());
            let raw = data.text.get(piece.start..piece.end).unwrap_or_default();
            self.streams.push(reading, piece.id, place, raw, tally, &mut decided);
            let (start, end) = (data.place(piece.start), data.place(piece.end));
            event.pieces.push(Piece { start, end, text: None, id: piece.id });
        }
        event.open = event.pieces.len();
        self.held += event.raw.len();
        self.queue.push_back(event);
        self.settle(decided);
    }

    /// Puts decided pieces where they belong, and lets the events go that wait for nothing.
    fn settle(&mut self, decided: Vec<Decided>) {
        for ((number, index), text) in decided {
            let at = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
            let Some(event) = self.queue.get_mut(at) else { continue };
            if let Some(piece) = event.pieces.get_mut(index) {
                piece.text = Some(text);
                event.open = event.open.saturating_sub(1);
            }
        }
        while let Some(event) = self.queue.pop_front_if(|event| event.open == 0) {
            self.first += 1;
            self.held = self.held.saturating_sub(event.raw.len());
            let mut bytes = Vec::with_capacity(event.raw.len());
            event.write(&mut bytes);
            self.pass(bytes, event.alone);
        }
    }

    /// Keeps to what may be held.
    fn bound(&mut self, reading: &Reading<'_>, tally: &mut Tally) {
        let most = reading.plan.limits.sse_hold as usize;
        while self.held + self.raw.len() > most && !self.queue.is_empty() {
            self.force(reading, tally);
        }
        self.large |= self.raw.len() > most;
    }

    /// The first event has waited enough.
    fn force(&mut self, reading: &Reading<'_>, tally: &mut Tally) {
        let mut decided = Vec::new();
        let waits = self.queue.front().into_iter().flat_map(|event| &event.pieces);
        let ids: Vec<_> = waits.filter(|piece| piece.text.is_none()).map(|piece| piece.id).collect();
        for id in ids {
            self.streams.force(reading, id, tally, &mut decided);
        }
        let waited = self.first;
        self.settle(decided);
        // Nothing of what could not be decided leaves.
        if waited == self.first
            && let Some(event) = self.queue.front_mut()
        {
            event.open = 0;
            self.settle(Vec::new());
        }
    }

    fn pass_raw(&mut self) {
        let raw = std::mem::take(&mut self.raw);
        self.line = 0;
        self.start &= raw.is_empty();
        self.pass(raw, self.large);
    }

    fn pass(&mut self, bytes: Vec<u8>, alone: bool) {
        match self.passed.last_mut() {
            _ if bytes.is_empty() => {}
            Some(last) if last.alone == alone => last.bytes.extend(bytes),
            _ => self.passed.push(Passed { bytes, alone }),
        }
    }
}
