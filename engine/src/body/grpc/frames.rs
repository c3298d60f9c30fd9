//! Frames: a byte of flags, the message's length in four bytes, the message (gRPC over HTTP2, "Length-Prefixed-Message").
//!
//! A frame is held until its message has come, at most `limits.message` bytes of it. Beyond, the policy decides; where
//! it lets the stream go on, a longer message is read as text of the same length while it comes.

use super::super::Reading;
use super::super::text::Text;
use super::HEAD;
use super::message::{Lenient, Messages};
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
    /// Reads it; `None` lets it pass.
    text: Option<Text>,
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
                let through = self.pass(reading, &mut rest, last, out, tally);
                wrote(Span { read: out.len() - start, written: out.len() - start });
                if through {
                    continue;
                }
                return Ok(());
            }
            self.take(HEAD, &mut rest);
            let Some(&[flags, ref length @ ..]) = self.held.first_chunk::<HEAD>() else { break };
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
            let reads = self.messages.reads(flags);
            let long = length > reading.plan.limits.message as usize;
            let readable = self.messages.readable(flags);
            if let Some(limit) = self.lenient.stops("message", readable).filter(|_| reads && long) {
                self.ahead = rest.to_vec();
                return Err(limit);
            }
            if !reads || long {
                let text = (reads && readable).then(Text::fixed);
                self.passing = Some(Box::new(Passing { flags, left: length, text }));
                self.offset += HEAD as u64;
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
        let text = self.passing.as_ref().and_then(|it| it.text.as_ref());
        !self.held.is_empty() || text.is_some_and(Text::holding)
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let text = self.passing.as_ref().and_then(|it| it.text.as_ref());
        self.held.capacity() + self.ahead.capacity() + self.messages.memory() + text.map_or(0, Text::memory)
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        let text = self.passing.as_ref().and_then(|it| it.text.as_ref());
        self.messages.work() + self.done + text.map_or(0, Text::work)
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

    /// Lets more of a message pass; whether it has ended and more may follow.
    fn pass(
        &mut self,
        reading: &Reading<'_>,
        rest: &mut &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> bool {
        let Some(passing) = &mut self.passing else { return true };
        let (now, behind) = rest.split_at_checked(passing.left).unwrap_or((rest, b""));
        *rest = behind;
        passing.left -= now.len();
        let through = passing.left == 0;
        match &mut passing.text {
            None => out.extend_from_slice(now),
            Some(text) => {
                let reading = Reading { surface: self.messages.surface(passing.flags), ..*reading };
                text.begin_at(self.offset);
                text.step(&reading, now, through || last && rest.is_empty(), out, tally);
            }
        }
        self.offset += now.len() as u64;
        if through {
            self.done += passing.text.as_ref().map_or(0, Text::work);
            self.passing = None;
        }
        through
    }
}
