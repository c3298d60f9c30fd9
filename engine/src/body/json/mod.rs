//! A JSON body, redacted in one pass: structure is followed, strings are decoded for detectors and named finds, and
//! every byte outside a region leaves as it came.
//!
//! From the first byte that no JSON text can have there, the rest is text. Strings are read leniently: raw control
//! characters and unknown escapes do not end them.

mod cut;
mod frame;
mod path;
mod quick;
mod replaced;
mod seam;
mod string;
mod value;

use self::cut::Cut;
use self::frame::Frame;
use self::quick::Slice;
use super::Reading;
use super::owned::Owned;
use super::text::Text;
use crate::claim::Claim;
use crate::redact::{Chain, Matcher, Skim, Syntax, Tally};

pub(super) use frame::MAX_NAME;
pub use path::MAX_STEPS;
pub(super) use path::{Key, Paths};

/// A bound that was reached.
pub(super) struct Limit {
    /// Which: `depth` or `number`.
    pub(super) name: &'static str,
    /// What was read but not written.
    pub(super) rest: Vec<u8>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// A value, or the first byte of all.
    #[default]
    Value,
    /// A member's name, or `}` when `end`.
    Key { end: bool },
    /// The colon behind a name.
    Colon,
    /// An element, or `]`.
    Element,
    /// A comma or the end of the container.
    After,
    /// The rest of a string.
    Inside(Role),
    /// Behind the quote that opens a value, before it is known whether the value is empty.
    Opened,
    /// The rest of a number or literal.
    Scalar,
    /// The rest of a container that is replaced, from where it is no JSON any more.
    Muted { depth: usize },
    /// Nothing but white space.
    Done,
    /// Not JSON.
    Text,
}

/// What a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// A member's name.
    Name,
    /// A value.
    Value,
    /// What of such a rest is in quotes.
    Muted { depth: usize },
}

/// The state of a JSON body.
#[derive(Default)]
pub(super) struct Json {
    state: State,
    frames: Vec<Frame>,
    /// Those that were left, for their room.
    spare: Vec<Frame>,
    paths: Paths,
    /// Written, not yet handed out.
    buffer: Vec<u8>,
    /// Where in `buffer` the current member begins that may yet be removed.
    pending: Option<usize>,
    /// The seams behind that place.
    seams: Vec<u8>,
    /// Whether any find removes members.
    removes: bool,
    /// White space behind a comma that was removed is dropped with it.
    trim: bool,
    /// Where in `buffer` the output stood when a value began of which nothing is written.
    mute: Option<usize>,
    /// How many containers are around the one that is being replaced or removed.
    replaced: Option<usize>,
    /// A string is in the matcher.
    matching: bool,
    /// Nothing of the current string has been read.
    fresh: bool,
    /// Something may be found in it: that has been looked at.
    loud: bool,
    /// No find goes by paths or removes: a value whose name is in no set is nobody's.
    simple: bool,
    /// What the slice shows, once it has been looked at.
    skim: Skim,
    skimmed: bool,
    /// Bytes that were looked at.
    looked: u64,
    matcher: Matcher,
    /// Reads numbers, whose syntax is another.
    numbers: Matcher,
    /// The named finds that select the current value.
    claim: Claim,
    owned: Owned,
    token: Vec<u8>,
    /// A string that the end of the piece before has cut.
    cut: Cut,
    /// Decodes the current name.
    name: Chain,
    /// A backslash takes the next byte along.
    escaped: bool,
    /// Position in the body of the byte that is being read.
    offset: u64,
    /// Bytes of a byte order mark that have come.
    mark: usize,
    /// Position in the body of the current value.
    value_at: u64,
    text: Text,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl Json {
    /// At the start of a body.
    pub(super) fn new(reading: &Reading<'_>) -> Self {
        let mut json = Self { name: Syntax::Json.chain(), ..Self::default() };
        json.restart(reading, 0);
        json
    }

    /// The data of an event: what in it is no JSON is text of such data.
    pub(super) fn of_event(reading: &Reading<'_>) -> Self {
        Self { text: Text::of(Syntax::Data), ..Self::new(reading) }
    }

    /// Begins another text, at this position of the body; room and counts are kept. An event is often smaller than all of
    /// this state is.
    pub(super) fn restart(&mut self, reading: &Reading<'_>, offset: u64) {
        let surface = reading.surface;
        self.state = State::Value;
        self.spare.append(&mut self.frames);
        self.paths.restart(surface.paths.len());
        self.buffer.clear();
        self.pending = None;
        self.seams.clear();
        self.removes = surface.removes(reading.plan);
        self.trim = false;
        self.mute = None;
        self.replaced = None;
        self.matching = false;
        self.fresh = false;
        self.loud = false;
        self.simple = surface.paths.is_empty() && !self.removes;
        self.skimmed = false;
        self.claim = Claim::default();
        self.owned = Owned::default();
        self.token.clear();
        self.cut = Cut::default();
        if self.name.open().is_some() {
            self.name = Syntax::Json.chain();
        }
        self.escaped = false;
        self.offset = offset;
        self.mark = 0;
        self.value_at = 0;
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.matcher.work() + self.numbers.work() + self.text.work() + self.looked
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
        // All of a piece may be of a string that waits on.
        let taken = self.go_on(reading, chunk, last, tally)?;
        let chunk = chunk.get(taken..).unwrap_or_default();
        let (taken, limit) = self.read(reading, chunk, !last, tally);
        let rest = chunk.get(taken..).unwrap_or_default();
        if let Some(name) = limit {
            let mut unread = std::mem::take(&mut self.token);
            unread.extend_from_slice(rest);
            self.pending = None;
            self.hand_out(reading, out);
            return Some(Limit { name, rest: unread });
        }
        if self.state == State::Text {
            self.hand_out(reading, out);
            self.text.step(reading, rest, last, out, tally);
            return None;
        }
        if last {
            self.end(reading, tally);
        } else {
            self.advance(reading, false, tally);
        }
        self.hand_out(reading, out);
        if self.state == State::Text {
            self.text.step(reading, b"", last, out, tally);
        }
        None
    }

    /// Reads on, up to where it is no JSON any more or a bound is reached; how much that was, and the bound. A string that
    /// the end cuts may wait if it `can`.
    fn read(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        can: bool,
        tally: &mut Tally,
    ) -> (usize, Option<&'static str>) {
        let mut at = 0;
        self.skimmed = false;
        while let Some((&byte, rest)) = chunk.get(at..).and_then(|rest| Some((rest.first()?, rest))) {
            let taken = match self.state {
                State::Text => break,
                State::Inside(role) => Ok(self.inside(reading, role, rest, tally)),
                State::Opened => {
                    self.begin_string(reading, byte == b'"', tally);
                    Ok(0)
                }
                _ => {
                    let slice = Slice { text: chunk, at };
                    let walked = self.walk(reading, slice);
                    if walked > 0 {
                        at += walked;
                        continue;
                    }
                    if can && byte == b'"' && self.cut(reading, slice) {
                        return (chunk.len(), None);
                    }
                    self.structure(reading, byte, tally)
                }
            };
            match taken {
                Ok(taken) => {
                    at += taken;
                    self.offset += taken as u64;
                }
                Err(name) => return (at, Some(name)),
            }
        }
        (at, None)
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        let matching = self.matching && self.matcher.holding();
        let owned = self.claim.owned() && self.state == State::Inside(Role::Value);
        let open = matching || owned || self.escaped || !self.token.is_empty() || self.cut.waits();
        open || !self.buffer.is_empty() || self.text.holding()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let names: usize = self.frames.iter().chain(&self.spare).map(|frame| frame.name.capacity()).sum();
        let texts = self.buffer.len() + self.seams.len() + self.token.len() + self.cut.memory() + names;
        let held = texts + self.owned.memory();
        let levels = (self.frames.capacity() + self.spare.capacity()) * size_of::<Frame>() + self.paths.memory();
        let skim = self.skim.memory();
        held + levels + skim + self.matcher.memory() + self.numbers.memory() + self.text.memory()
    }

    /// One byte outside a string; how many bytes were taken, or the bound that was reached.
    fn structure(&mut self, reading: &Reading<'_>, byte: u8, tally: &mut Tally) -> Result<usize, &'static str> {
        if let State::Muted { depth } = self.state {
            return Ok(self.muted(reading, byte, depth, tally));
        }
        if self.state == State::Scalar {
            if byte.is_ascii_alphanumeric() || b"+-.".contains(&byte) {
                if self.token.len() >= reading.plan.limits.hold_back as usize {
                    return self.bound("number");
                }
                self.token.push(byte);
                return Ok(1);
            }
            self.end_scalar(reading, tally);
            return Ok(0);
        }
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            if !self.trim {
                self.buffer.push(byte);
            }
            return Ok(1);
        }
        self.trim = false;
        match (self.state, byte) {
            (State::Value, _) if self.offset == self.mark as u64 && BOM.get(self.mark) == Some(&byte) => {
                self.mark += 1;
                self.buffer.push(byte);
            }
            (State::Key { end: true }, b'}') | (State::Element, b']') => self.close(byte, tally),
            (State::After, b'}' | b']') if self.frames.last().is_some_and(|frame| frame.object == (byte == b'}')) => {
                self.close(byte, tally);
            }
            (State::After, b',') => self.comma(),
            (State::Key { .. }, b'"') => self.begin_name(reading),
            (State::Colon, b':') => {
                self.buffer.push(byte);
                self.state = State::Value;
            }
            (State::Value | State::Element, b'"' | b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                return self.begin_value(reading, byte, tally);
            }
            _ => {
                self.give_up();
                return Ok(0);
            }
        }
        Ok(1)
    }

    /// A bound is reached. Of what is replaced nothing leaves anyway: the rest of it is read string by string.
    fn bound(&mut self, name: &'static str) -> Result<usize, &'static str> {
        if self.replaced.is_none() {
            return Err(name);
        }
        self.give_up();
        Ok(0)
    }

    /// From here on the body is text, or at least the rest of what is replaced.
    fn give_up(&mut self) {
        if let Some(around) = self.replaced {
            return self.give_up_replaced(around);
        }
        self.pending = None;
        self.state = State::Text;
        self.text.begin_at(self.offset);
    }

    fn close(&mut self, byte: u8, tally: &mut Tally) {
        self.buffer.push(byte);
        self.shut();
        if self.replaced == Some(self.frames.len()) {
            self.end_replaced(tally);
        }
    }

    /// Into an object or array.
    fn open(&mut self, object: bool, leaves: Option<usize>, owned: bool) {
        let mut frame = self.spare.pop().unwrap_or_default();
        frame.reset(object, leaves, owned);
        self.frames.push(frame);
        self.state = if object { State::Key { end: true } } else { State::Element };
    }

    /// Out of the innermost.
    fn shut(&mut self) {
        self.spare.extend(self.frames.pop());
        self.end_value();
    }

    /// Behind a value, and out of what led to it.
    fn end_value(&mut self) {
        if self.frames.is_empty() {
            self.state = State::Done;
        } else {
            self.paths.leave();
            self.state = State::After;
        }
    }

    fn comma(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.index += 1;
        let (object, kept) = (frame.object, frame.kept);
        if self.removes {
            self.begin_pending();
        }
        if kept {
            self.buffer.push(b',');
        } else {
            self.trim = true;
        }
        self.state = if object { State::Key { end: false } } else { State::Value };
    }

    /// The path from container to element, for an array's next value.
    fn enter_element(&mut self, reading: &Reading<'_>) {
        if let Some(frame) = self.frames.last().filter(|frame| !frame.object) {
            self.paths.enter(&reading.surface.paths, Key::Index(frame.index));
        }
    }

    /// Hands out what cannot be taken back any more.
    fn hand_out(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>) {
        if let Some(from) = self.mute {
            self.buffer.truncate(from);
        }
        let bound = reading.plan.limits.hold_back as usize;
        if self.pending.is_some_and(|from| self.buffer.len() - from > bound) {
            self.pending = None;
            self.seams.clear();
        }
        let keep = self.pending.unwrap_or(self.buffer.len());
        out.extend(self.buffer.drain(..keep));
        self.pending = self.pending.map(|_| 0);
        self.mute = self.mute.map(|from| from.saturating_sub(keep));
    }
}
