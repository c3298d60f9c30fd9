//! A message that is too long to be held, read while it comes. Nothing in it changes its length.
//!
//! A field of at most [`PIECE`] bytes is held and read as in any message. A longer one may be a message or a string, and
//! nothing tells which before its end: it is read as both, see [`Both`]. From the first byte on that begins no
//! field, or one that does not fit into what is around it, a message is a string.

use super::super::{Reading, SLICE};
use super::both::Both;
use super::walk::{TooDeep, Walk, depth};
use super::wire::{DEPTH, Head, head};
use crate::redact::Tally;

/// Longer fields are read while they come, and so are those of more bytes than a message may have.
const PIECE: u64 = 64 << 10;

/// Long fields in one another that are followed; what is deeper is read as a string only.
const LEVELS: usize = 4;

/// The message, or a long field in it.
struct Level {
    /// Bytes of it that have not come; `None` for a body, which says no length.
    left: Option<u64>,
    /// The groups that are open, by field number.
    groups: Vec<u64>,
    /// What follows is no field.
    broken: bool,
    /// What the message came to, as far as it has not been handed out.
    message: Vec<u8>,
    found: Tally,
    /// It is read as a string, too.
    string: Option<Box<Both>>,
}

/// Reads a long message.
pub(in crate::body) struct Long {
    /// The message, and the long fields in one another that have begun.
    levels: Vec<Level>,
    /// The field that has begun and is not long.
    held: Vec<u8>,
    /// The position in the body of the next byte.
    offset: u64,
    /// Bytes read by readings that have ended.
    done: u64,
}

impl Long {
    /// A message of this many bytes, if that is known, which begins at `offset` of the body.
    pub(in crate::body) fn new(length: Option<u64>, offset: u64, tally: &Tally) -> Self {
        let message = Level::new(length, tally);
        Self { levels: vec![message], held: Vec::new(), offset, done: 0 }
    }

    /// Takes the next bytes, the last of them when `last`, and appends to `out` as much as may leave. On an error, that
    /// messages nest too deep, so many bytes were taken and all of them have left.
    pub(in crate::body) fn step(
        &mut self,
        reading: &Reading<'_>,
        walk: &mut Walk,
        chunk: &[u8],
        last: bool,
        (out, tally): (&mut Vec<u8>, &mut Tally),
    ) -> Result<(), usize> {
        let mut taken = 0;
        for slice in chunk.chunks(SLICE) {
            let mut rest = slice;
            while !rest.is_empty() && !self.levels.is_empty() {
                let before = rest.len();
                let read = self.read(reading, walk, &mut rest);
                taken += before - rest.len();
                if read.is_err() {
                    self.end(reading, out, tally);
                    return Err(taken);
                }
                while self.levels.last().is_some_and(|level| level.left == Some(0)) {
                    self.close(reading, out, tally);
                }
            }
            self.hand_out(reading, out, tally);
            // Behind the length that was said nothing is the message's.
            out.extend_from_slice(rest);
        }
        if last {
            self.end(reading, out, tally);
        }
        Ok(())
    }

    /// Whether bytes are held.
    pub(in crate::body) fn holding(&self) -> bool {
        let level = |level: &Level| !level.message.is_empty() || level.string.as_ref().is_some_and(|it| it.holding());
        !self.held.is_empty() || self.levels.iter().any(level)
    }

    /// Bytes of memory held.
    pub(in crate::body) fn memory(&self) -> usize {
        let string = |level: &Level| level.string.as_ref().map_or(0, |it| it.memory());
        self.held.capacity() + self.levels.iter().map(|it| it.message.capacity() + string(it)).sum::<usize>()
    }

    /// Bytes read by automata and decoders.
    pub(in crate::body) fn work(&self) -> u64 {
        self.done + self.levels.iter().filter_map(|level| level.string.as_ref()).map(|it| it.work()).sum::<u64>()
    }

    /// Takes some of the bytes.
    fn read(&mut self, reading: &Reading<'_>, walk: &mut Walk, rest: &mut &[u8]) -> Result<(), TooDeep> {
        let Some(level) = self.levels.last() else { return Ok(()) };
        let wanted = match head(&self.held) {
            _ if level.broken => u64::MAX,
            Head::Number { length } => length as u64 - self.held.len() as u64,
            Head::Text { size, length } => size as u64 + length - self.held.len() as u64,
            Head::More | Head::Nothing | Head::Open(..) | Head::Close(..) => 1,
        };
        let room = level.left.unwrap_or(u64::MAX).min(rest.len() as u64).min(wanted);
        let (now, behind) = rest.split_at_checked(usize::try_from(room).unwrap_or(usize::MAX)).unwrap_or((rest, b""));
        *rest = behind;
        self.held.extend_from_slice(now);
        self.offset += now.len() as u64;
        for level in &mut self.levels {
            level.left = level.left.map(|left| left.saturating_sub(now.len() as u64));
            if let Some(string) = &mut level.string {
                string.push(now);
            }
        }
        self.decide(reading, walk)
    }

    /// What has begun is a field, or none, or not known yet.
    fn decide(&mut self, reading: &Reading<'_>, walk: &mut Walk) -> Result<(), TooDeep> {
        let around = self.levels.len();
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        let left = level.left.unwrap_or(u64::MAX);
        let held = self.held.len() as u64;
        let fits = |length: u64| length.saturating_sub(held) <= left;
        match head(&self.held) {
            _ if level.broken => level.message.append(&mut self.held),
            Head::More if left > 0 => {}
            Head::Number { length } if fits(length as u64) => {
                if held >= length as u64 {
                    level.message.append(&mut self.held);
                }
            }
            Head::Open(number) if level.groups.len() < DEPTH => {
                level.groups.push(number);
                level.message.append(&mut self.held);
                if level.groups.len() + around > depth(reading) {
                    return Err(TooDeep);
                }
            }
            Head::Close(number) if level.groups.last() == Some(&number) => {
                level.groups.pop();
                level.message.append(&mut self.held);
            }
            Head::Text { size, length } if fits((size as u64).saturating_add(length)) => {
                if length > PIECE.min(reading.plan.limits.message.into()) {
                    level.message.append(&mut self.held);
                    self.open(length);
                } else if held == size as u64 + length {
                    return self.field(reading, walk, size);
                }
            }
            Head::More | Head::Nothing | Head::Number { .. } | Head::Open(_) | Head::Close(_) | Head::Text { .. } => {
                level.break_off(&self.held, self.offset);
                self.held.clear();
            }
        }
        Ok(())
    }

    /// A field has come whole; its text begins behind `size` bytes. If it is too deep it is read as a string.
    fn field(&mut self, reading: &Reading<'_>, walk: &mut Walk, size: usize) -> Result<(), TooDeep> {
        let around = self.levels.len();
        let held = std::mem::take(&mut self.held);
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        let (head, text) = held.split_at_checked(size).unwrap_or((&held, b""));
        level.message.extend_from_slice(head);
        let at = (text, self.offset - text.len() as u64);
        let (start, mut found) = (level.message.len(), level.found.like());
        let read = walk.field(reading, at, around, &mut level.message, &mut found);
        if read.is_err() {
            level.message.truncate(start);
            found = level.found.like();
            walk.bytes(reading, at, &mut level.message, &mut found);
        }
        level.found.take_in(found);
        self.held = held;
        self.held.clear();
        read
    }

    /// A long field begins.
    fn open(&mut self, length: u64) {
        let Some(around) = self.levels.last() else { return };
        let mut level = Level::new(Some(length), &around.found);
        level.string = Some(Box::new(Both::at(self.offset)));
        level.broken = self.levels.len() > LEVELS;
        self.levels.push(level);
    }

    /// Hands on what is decided, from the innermost level to `out`.
    fn hand_out(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        let mut inner = Vec::new();
        for level in self.levels.iter_mut().rev() {
            level.message.append(&mut inner);
            level.hand_out(reading, false, &mut inner);
            tally.blocked = tally.blocked.or(level.blocked());
        }
        out.append(&mut inner);
        if let Some(message) = self.levels.first_mut() {
            let found = message.found.like();
            tally.take_in(std::mem::replace(&mut message.found, found));
        }
    }

    /// The innermost level has ended.
    fn close(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        let Some(mut level) = self.levels.pop() else { return };
        if !self.held.is_empty() {
            level.break_off(&self.held, self.offset);
            self.held.clear();
        }
        let mut left = Vec::new();
        level.hand_out(reading, true, &mut left);
        self.done += level.string.as_ref().map_or(0, |it| it.work());
        if let Some(hits) = &mut level.found.hits {
            hits.sort_by_key(|hit| hit.start);
        }
        let (into, found) = match self.levels.last_mut() {
            Some(around) => (&mut around.message, &mut around.found),
            None => (out, tally),
        };
        into.append(&mut left);
        found.take_in(level.found);
    }

    /// Nothing more comes, whatever is open.
    fn end(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        while !self.levels.is_empty() {
            self.close(reading, out, tally);
        }
    }
}

impl Level {
    fn new(left: Option<u64>, like: &Tally) -> Self {
        Self { left, groups: Vec::new(), broken: false, message: Vec::new(), found: like.like(), string: None }
    }

    /// From what is `held`, which ends at `offset`, on the message is none.
    fn break_off(&mut self, held: &[u8], offset: u64) {
        self.broken = true;
        if self.string.is_none() {
            let mut string = Both::behind(std::mem::take(&mut self.message), offset - held.len() as u64);
            string.push(held);
            self.string = Some(Box::new(string));
        }
        self.message.extend_from_slice(held);
    }

    fn hand_out(&mut self, reading: &Reading<'_>, last: bool, out: &mut Vec<u8>) {
        match &mut self.string {
            None => out.append(&mut self.message),
            Some(string) => string.hand_out(reading, &mut self.message, last, out, &mut self.found),
        }
    }

    fn blocked(&self) -> Option<(usize, usize)> {
        self.found.blocked.or(self.string.as_ref().and_then(|it| it.blocked()))
    }
}
