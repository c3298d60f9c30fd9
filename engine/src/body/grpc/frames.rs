//! Frames: a byte of flags, the message's length in four bytes, the message (gRPC over HTTP2, "Length-Prefixed-Message").
//!
//! A frame is held until its message has come, at most `limits.message` bytes of it. A longer one is read while it comes
//! if nothing in it may change its length. Else the policy decides; where it lets the stream go on, the message is read
//! as text of the same length.

use super::super::Reading;
use super::super::protobuf::Long;
use super::super::text::Text;
use super::HEAD;
use super::message::{Lenient, Messages, Streams};
use crate::redact::Tally;

/// Bytes that came and bytes that left for them: as many, unless a message has another length now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) read: usize,
    pub(super) written: usize,
}

/// A message that leaves while it comes: it is too long to be held, or nothing is looked for in it.
struct Passing {
    flags: u8,
    left: usize,
    reader: Reader,
}

/// What reads a message that leaves while it comes.
enum Reader {
    Nothing,
    Text(Box<Text>),
    Message(Box<Long>),
}

impl Reader {
    fn text() -> Self {
        Self::Text(Box::new(Text::fixed()))
    }

    fn holding(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Text(text) => text.holding(),
            Self::Message(message) => message.holding(),
        }
    }

    fn memory(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Text(text) => text.memory(),
            Self::Message(message) => message.memory(),
        }
    }

    fn work(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Text(text) => text.work(),
            Self::Message(message) => message.work(),
        }
    }
}

/// The frames of one stream.
pub(super) struct Frames {
    messages: Messages,
    /// The current frame as far as it has come.
    held: Vec<u8>,
    passing: Option<Box<Passing>>,
    /// What came behind the frame that reached a bound.
    ahead: Vec<u8>,
    lenient: Lenient,
    /// Where in the stream the current frame begins.
    offset: u64,
    /// Work on messages that were not held.
    done: u64,
}

impl Frames {
    /// Nothing has come yet.
    pub(super) fn new(messages: Messages) -> Self {
        let (held, ahead) = (Vec::new(), Vec::new());
        Self { messages, held, passing: None, ahead, lenient: Lenient::default(), offset: 0, done: 0 }
    }

    /// Goes on behind a limit, and behind all later ones of its kind.
    pub(super) fn go_on(&mut self, limit: &str) {
        self.lenient.allow(limit);
    }

    /// Takes the next bytes, the last of them when `last`, appends to `out` what may leave, and tells `wrote` of it. On
    /// an error, the limit that was reached, the rest is kept for the next step.
    pub(super) fn step(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        (out, tally): (&mut Vec<u8>, &mut Tally),
        wrote: &mut dyn FnMut(Span),
    ) -> Result<(), &'static str> {
        let ahead = std::mem::take(&mut self.ahead);
        let joined = (!ahead.is_empty()).then(|| [&ahead, chunk].concat());
        let mut rest = joined.as_deref().unwrap_or(chunk);
        loop {
            let start = out.len();
            if self.passing.is_some() {
                let passed = self.pass(reading, &mut rest, last, out, tally);
                wrote(Span { read: out.len() - start, written: out.len() - start });
                match passed {
                    Ok(true) => continue,
                    Ok(false) => return Ok(()),
                    Err(limit) => {
                        self.ahead = rest.to_vec();
                        return Err(limit);
                    }
                }
            }
            self.take(HEAD, &mut rest);
            let Some(&[flags, ref length @ ..]) = self.held.first_chunk::<HEAD>() else { break };
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            let reads = self.messages.reads(flags);
            let long = length > reading.plan.limits.message as usize;
            let streams = if long { self.messages.streams(reading, flags) } else { Streams::Never };
            let readable = self.messages.readable(flags);
            let stops = || self.lenient.stops("message", readable);
            if let Some(limit) = stops().filter(|_| reads && long && streams == Streams::Never) {
                self.ahead = rest.to_vec();
                return Err(limit);
            }
            if !reads || long {
                self.offset += HEAD as u64;
                let reader = match streams {
                    _ if !reads || !readable => Reader::Nothing,
                    Streams::Message => Reader::Message(Box::new(Long::new(Some(length as u64), self.offset, tally))),
                    Streams::Text | Streams::Never => Reader::text(),
                };
                self.passing = Some(Box::new(Passing { flags, left: length, reader }));
                out.append(&mut self.held);
                wrote(Span { read: HEAD, written: HEAD });
                continue;
            }
            self.take(HEAD + length, &mut rest);
            if self.held.len() < HEAD + length {
                break;
            }
            if let Err(limit) = self.frame(reading, true, out, tally, wrote) {
                self.ahead = rest.to_vec();
                return Err(limit);
            }
        }
        if last && !self.held.is_empty() { self.frame(reading, false, out, tally, wrote) } else { Ok(()) }
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        !self.held.is_empty() || self.passing.as_ref().is_some_and(|it| it.reader.holding())
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let passing = self.passing.as_ref().map_or(0, |it| it.reader.memory());
        self.held.capacity() + self.ahead.capacity() + self.messages.memory() + passing
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.messages.work() + self.done + self.passing.as_ref().map_or(0, |it| it.reader.work())
    }

    /// Lets the current frame take bytes until it has so many.
    fn take(&mut self, length: usize, rest: &mut &[u8]) {
        let wanted = length.saturating_sub(self.held.len()).min(rest.len());
        let (now, behind) = rest.split_at_checked(wanted).unwrap_or((rest, b""));
        self.held.extend_from_slice(now);
        *rest = behind;
    }

    /// Reads the frame that is held.
    fn frame(
        &mut self,
        reading: &Reading<'_>,
        complete: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
        wrote: &mut dyn FnMut(Span),
    ) -> Result<(), &'static str> {
        let start = out.len();
        self.messages.frame(reading, (&self.held, self.offset), (complete, self.lenient), out, tally)?;
        let read = self.held.len();
        self.offset += read as u64;
        self.held.clear();
        wrote(Span { read, written: out.len() - start });
        Ok(())
    }

    /// Lets more of a message pass; whether it has ended and more may follow. On an error, the limit that was reached,
    /// what follows of the message is text.
    fn pass(
        &mut self,
        reading: &Reading<'_>,
        rest: &mut &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<bool, &'static str> {
        let Some(passing) = &mut self.passing else { return Ok(true) };
        let (now, behind) = rest.split_at_checked(passing.left).unwrap_or((rest, b""));
        let last = passing.left == now.len() || last && behind.is_empty();
        let mut taken = now.len();
        let mut limit = None;
        match &mut passing.reader {
            Reader::Nothing => out.extend_from_slice(now),
            Reader::Text(text) => {
                let reading = Reading { surface: self.messages.surface(passing.flags), ..*reading };
                text.begin_at(self.offset);
                text.step(&reading, now, last, out, tally);
            }
            Reader::Message(message) => {
                if let Err(before) = self.messages.long(reading, message, now, last, (out, tally)) {
                    taken = before;
                    self.done += passing.reader.work();
                    passing.reader = Reader::text();
                    limit = self.lenient.stops("depth", true);
                }
            }
        }
        *rest = rest.get(taken..).unwrap_or_default();
        passing.left -= taken;
        self.offset += taken as u64;
        let through = passing.left == 0;
        if through {
            self.done += passing.reader.work();
            self.passing = None;
        }
        limit.map_or(Ok(through || taken < now.len()), Err)
    }
}
