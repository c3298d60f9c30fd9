//! A multipart body, redacted in one pass: each part is read by its own type, and every byte outside regions leaves as it
//! came, delimiters, preamble and epilogue too (RFC 2046 section 5.1, RFC 7578).
//!
//! A part ends at its delimiter whatever it holds, so that what is broken inside one does not reach the next. Its head
//! is held until its body begins or ends: the part may be taken out with it. Names of parts select like those of
//! parameters; what a part's type says otherwise does not keep a find from owning it.

mod about;
mod delimiter;
mod head;
mod names;
mod part;
mod pieces;

use std::rc::Rc;

use self::delimiter::{Delimiter, Found, Seek};
use self::head::{End, Head};
use self::part::{Extent, Part};
use super::json::Limit;
use super::text::Text;
use super::{Reading, Surfaces};
use crate::redact::{Sink, Tally};
use crate::surface::{Around, Kind, Surface};

/// Multipart bodies inside one another that are followed; a part nested deeper reaches a limit (`depth`).
const MAX_DEPTH: u32 = 8;

enum State {
    Preamble,
    /// Behind a delimiter.
    Head(Head),
    /// Behind a head, before it is known whether anything follows.
    Pending(Head),
    /// In a part that has begun.
    Part,
    Epilogue,
}

/// The state of a multipart body.
pub(super) struct Multipart {
    surfaces: Rc<Surfaces>,
    /// The part that the body lies in.
    around: Option<Around>,
    /// How many multipart bodies it lies in.
    depth: u32,
    seek: Seek,
    state: State,
    part: Part,
    /// Reads preamble and epilogue.
    outside: Text,
    /// What is looked for there.
    surface: Rc<Surface>,
    /// Something of them is in the reader.
    begun: bool,
    /// Position in the body behind what has been taken.
    offset: u64,
    flagged: Option<&'static str>,
}

impl Multipart {
    /// A body whose parts stand between delimiters of this boundary.
    pub(super) fn new(boundary: &[u8], surfaces: &Rc<Surfaces>, reading: &Reading<'_>) -> Self {
        Self::inside(boundary, surfaces, reading, None, 0)
    }

    fn inside(
        boundary: &[u8],
        surfaces: &Rc<Surfaces>,
        reading: &Reading<'_>,
        around: Option<Around>,
        depth: u32,
    ) -> Self {
        Self {
            surfaces: Rc::clone(surfaces),
            around,
            depth,
            seek: Seek::new(boundary),
            state: State::Preamble,
            part: Part::default(),
            outside: Text::default(),
            surface: surfaces.around(reading.plan, Kind::Text, around),
            begun: false,
            offset: 0,
            flagged: None,
        }
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
        let sink = &mut Sink { out, tally, changed: false };
        self.take(reading, chunk, last, sink).err()
    }

    fn take(&mut self, reading: &Reading<'_>, chunk: &[u8], last: bool, sink: &mut Sink<'_>) -> Result<(), Limit> {
        let mut rest = chunk;
        while !rest.is_empty() {
            let taken = match &mut self.state {
                State::Head(_) => self.head(reading, rest, sink)?,
                State::Epilogue => {
                    self.outside(reading, rest, false, sink);
                    self.offset += rest.len() as u64;
                    rest.len()
                }
                State::Preamble | State::Pending(_) | State::Part => {
                    let Found { released, content, delimiter, taken } = self.seek.next(rest);
                    self.offset += taken as u64;
                    self.content(reading, &released, sink)?;
                    self.content(reading, content, sink)?;
                    if let Some(delimiter) = delimiter {
                        self.delimiter(reading, delimiter, sink)?;
                    }
                    taken
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        if last {
            return self.end(reading, sink);
        }
        if matches!(self.state, State::Part) {
            self.part.flush(reading, sink);
        }
        Ok(())
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        let inside = match &self.state {
            State::Head(_) | State::Pending(_) => true,
            State::Part => self.part.holding(),
            State::Preamble | State::Epilogue => self.begun && self.outside.holding(),
        };
        inside || self.seek.holding()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let head = if let State::Head(head) | State::Pending(head) = &self.state { head.memory() } else { 0 };
        head + self.seek.memory() + self.part.memory() + self.outside.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.part.work() + self.outside.work()
    }

    /// Why a part was passed unread, or read only as bytes.
    pub(super) fn flagged(&self) -> Option<&'static str> {
        self.flagged.or_else(|| self.part.flagged())
    }

    /// A piece of a head; how many bytes were taken.
    fn head(&mut self, reading: &Reading<'_>, text: &[u8], sink: &mut Sink<'_>) -> Result<usize, Limit> {
        let State::Head(head) = &mut self.state else { return Ok(0) };
        let (taken, end) = head.take(&self.seek, text);
        self.offset += taken as u64;
        match end {
            None => {}
            Some(End::Blank) => {
                let head = std::mem::replace(head, Head::new(Vec::new(), 0));
                self.state = State::Pending(head);
                self.seek.begin();
            }
            Some(End::Delimiter(delimiter)) => {
                let head = std::mem::replace(head, Head::new(Vec::new(), 0));
                self.state = State::Pending(head);
                self.delimiter(reading, delimiter, sink)?;
            }
            Some(End::TooLong) => {
                let rest = [&head.line, &head.raw, text.get(taken..).unwrap_or_default()].concat();
                return Err(Limit { name: "headers", rest });
            }
        }
        Ok(taken)
    }

    /// A piece of what stands between delimiters.
    fn content(&mut self, reading: &Reading<'_>, text: &[u8], sink: &mut Sink<'_>) -> Result<(), Limit> {
        if text.is_empty() {
            return Ok(());
        }
        if matches!(self.state, State::Preamble) {
            self.outside(reading, text, false, sink);
            return Ok(());
        }
        self.begin_part(reading, Extent::Some, sink)?;
        self.part.push(reading, &self.surfaces, text, sink)
    }

    /// Begins the part whose head is there, if that is what comes next.
    fn begin_part(&mut self, reading: &Reading<'_>, extent: Extent, sink: &mut Sink<'_>) -> Result<(), Limit> {
        let State::Pending(head) = std::mem::replace(&mut self.state, State::Part) else { return Ok(()) };
        let place = part::Place { around: self.around, depth: self.depth, extent };
        self.part.begin(reading, &self.surfaces, &head, &place, sink)
    }

    /// A delimiter, or the end of the body, behind preamble or part; a part that has not begun is `extent`. Whether the
    /// part is written.
    fn end_content(&mut self, reading: &Reading<'_>, extent: Extent, sink: &mut Sink<'_>) -> Result<bool, Limit> {
        if matches!(self.state, State::Preamble) {
            self.outside(reading, b"", true, sink);
            return Ok(true);
        }
        self.begin_part(reading, extent, sink)?;
        let ended = self.part.end(reading, &self.surfaces, sink);
        self.flagged = self.flagged.or_else(|| self.part.flagged());
        ended.map(|()| !self.part.removed())
    }

    fn delimiter(&mut self, reading: &Reading<'_>, found: Delimiter, sink: &mut Sink<'_>) -> Result<(), Limit> {
        // What takes a value's place would need a line end before the delimiter.
        let extent = if found.lead.is_empty() { Extent::None } else { Extent::Empty };
        // The line end before a part that is gone stands before the next delimiter.
        if self.end_content(reading, extent, sink)? {
            sink.out.extend_from_slice(&found.lead);
        }
        if found.close {
            sink.out.extend_from_slice(&found.line);
            self.outside.begin_at(self.offset);
            self.state = State::Epilogue;
        } else {
            self.state = State::Head(Head::new(found.line, self.offset));
        }
        Ok(())
    }

    /// The end of the body, wherever it comes.
    fn end(&mut self, reading: &Reading<'_>, sink: &mut Sink<'_>) -> Result<(), Limit> {
        if matches!(self.state, State::Preamble | State::Pending(_) | State::Part) {
            match self.seek.end() {
                Ok(delimiter) => self.delimiter(reading, delimiter, sink)?,
                Err(held) => {
                    self.content(reading, &held, sink)?;
                    self.end_content(reading, Extent::Empty, sink)?;
                    return Ok(());
                }
            }
        }
        if let State::Head(head) = &mut self.state {
            let delimiter = head.end(&self.seek);
            let head = std::mem::replace(head, Head::new(Vec::new(), 0));
            self.state = State::Pending(head);
            match delimiter {
                Some(delimiter) => self.delimiter(reading, delimiter, sink)?,
                None => drop(self.end_content(reading, Extent::None, sink)?),
            }
        }
        // A delimiter that ended a head may have begun another.
        if let State::Head(head) = &mut self.state {
            let head = std::mem::replace(head, Head::new(Vec::new(), 0));
            self.state = State::Pending(head);
            self.end_content(reading, Extent::None, sink)?;
        }
        self.outside(reading, b"", true, sink);
        Ok(())
    }

    /// A piece of preamble or epilogue.
    fn outside(&mut self, reading: &Reading<'_>, text: &[u8], last: bool, sink: &mut Sink<'_>) {
        let reading = Reading { surface: &self.surface, ..*reading };
        self.begun |= !text.is_empty();
        if self.begun {
            self.outside.step(&reading, text, last, sink.out, sink.tally);
        }
        self.begun &= !last;
    }
}
