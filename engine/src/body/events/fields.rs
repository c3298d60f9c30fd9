//! The lines of an event stream, and what each of them is.

use std::rc::Rc;

use super::super::Reading;
use super::super::json::Limit;
use super::super::surfaces::Surfaces;
use super::data::Data;
use super::line::Line;
use super::{BOM, DATA};
use crate::redact::Tally;

/// Where in a line the next byte stands.
#[derive(Clone, Copy)]
enum At {
    /// Behind this many bytes of a byte order mark.
    Mark(usize),
    /// Behind this many bytes of [`DATA`], with which the line begins.
    Name(usize),
    /// Behind the colon of data: a space is dropped.
    Colon,
    /// In a line of data.
    Data,
    /// In any other line.
    Other,
}

/// The state of a stream of events.
pub(super) struct Events {
    at: At,
    /// A line feed now belongs to the line end before it.
    after_return: bool,
    data: Data,
    line: Line,
    /// What stands behind the last line of data, until it is known whether another follows.
    seam: Vec<u8>,
    /// That was too much to be held: the data has been ended.
    cut: bool,
    offset: u64,
}

impl Events {
    pub(super) fn new(surfaces: &Rc<Surfaces>, reading: &Reading<'_>) -> Self {
        Self {
            at: At::Mark(0),
            after_return: false,
            data: Data::new(surfaces, reading),
            line: Line::default(),
            seam: Vec::new(),
            cut: false,
            offset: 0,
        }
    }

    /// What begins now is an event whose strings are read alone, although those of others are stitched, or is not.
    pub(super) fn alone(&mut self, alone: bool) {
        self.data.alone(alone);
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
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            let taken = match self.at {
                _ if std::mem::take(&mut self.after_return) && byte == b'\n' => {
                    self.frame(b"\n", out);
                    1
                }
                At::Mark(_) | At::Name(_) | At::Colon => match self.structure(reading, byte, out, tally) {
                    Ok(taken) => taken,
                    Err(limit) => return Some(with_rest(limit, rest)),
                },
                At::Data | At::Other if matches!(byte, b'\r' | b'\n') => {
                    self.end_line(reading, byte, out, tally);
                    1
                }
                At::Data | At::Other => {
                    let run = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
                    let (text, behind) = rest.split_at_checked(run).unwrap_or((rest, b""));
                    if matches!(self.at, At::Other) {
                        self.other(reading, text, !behind.is_empty(), out, tally);
                    } else if let Some(limit) = self.data.push(reading, text, out, tally) {
                        return Some(with_rest(limit, behind));
                    }
                    run
                }
            };
            self.offset += taken as u64;
            rest = rest.get(taken..).unwrap_or_default();
            self.bound(reading, out, tally);
        }
        if last { self.end(reading, out, tally).err() } else { None }
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        let begun = matches!(self.at, At::Mark(1..) | At::Name(1..) | At::Colon);
        begun || !self.seam.is_empty() || self.line.holding() || self.data.holding()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.seam.capacity() + self.line.memory() + self.data.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.line.work() + self.data.work()
    }

    /// One byte before it is known what line this is; how many were taken.
    fn structure(
        &mut self,
        reading: &Reading<'_>,
        byte: u8,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<usize, Limit> {
        let ends = matches!(byte, b'\r' | b'\n');
        match self.at {
            At::Mark(read) if BOM.get(read) == Some(&byte) => {
                self.at = At::Mark(read + 1);
                if read + 1 == BOM.len() {
                    out.extend_from_slice(BOM);
                    self.at = At::Name(0);
                }
                return Ok(1);
            }
            At::Mark(0) => self.at = At::Name(0),
            At::Mark(read) => self.begin_other(reading, BOM.get(..read).unwrap_or_default(), out, tally),
            At::Name(0) if ends => {
                self.end_event(reading, out, tally);
                out.push(byte);
                self.after_return = byte == b'\r';
                return Ok(1);
            }
            At::Name(read) if DATA.get(read) == Some(&byte) => {
                self.at = At::Name(read + 1);
                return Ok(1);
            }
            At::Name(4) if byte == b':' => {
                self.at = At::Colon;
                return Ok(1);
            }
            At::Name(4) if ends => self.begin_data(reading, b"data", out, tally)?,
            At::Name(read) => self.begin_other(reading, DATA.get(..read).unwrap_or_default(), out, tally),
            At::Colon if byte == b' ' => {
                self.offset += 1;
                self.begin_data(reading, b"data: ", out, tally)?;
                self.offset -= 1;
                return Ok(1);
            }
            At::Colon => self.begin_data(reading, b"data:", out, tally)?,
            At::Data | At::Other => {}
        }
        Ok(0)
    }

    /// Behind what makes a line one of data.
    fn begin_data(
        &mut self,
        reading: &Reading<'_>,
        field: &[u8],
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Limit> {
        self.at = At::Data;
        if self.cut && !self.data.whole() {
            return Err(Limit { name: "event", rest: field.trim_ascii_end().to_vec() });
        }
        if self.data.open() && !std::mem::take(&mut self.cut) {
            self.seam.extend_from_slice(field);
            self.data.seam(reading, &self.seam, tally);
            self.seam.clear();
        } else {
            out.extend_from_slice(field);
            self.data.begin(reading, self.offset);
        }
        Ok(())
    }

    /// A line that is not of data, and what has been read of it.
    fn begin_other(&mut self, reading: &Reading<'_>, text: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        self.at = At::Other;
        self.line.begin(self.offset.saturating_sub(text.len() as u64));
        if !text.is_empty() {
            self.other(reading, text, false, out, tally);
        }
    }

    /// Text of such a line, the last of it when `last`.
    fn other(&mut self, reading: &Reading<'_>, text: &[u8], last: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        let held = self.data.open() && !self.cut;
        self.line.step(reading, text, last, if held { &mut self.seam } else { out }, tally);
    }

    /// The byte that ends a line.
    fn end_line(&mut self, reading: &Reading<'_>, byte: u8, out: &mut Vec<u8>, tally: &mut Tally) {
        if matches!(self.at, At::Other) && !self.line.ended() {
            self.other(reading, b"", true, out, tally);
        }
        self.at = At::Name(0);
        self.frame(&[byte], out);
        self.after_return = byte == b'\r';
    }

    /// A blank line, or the end of the stream.
    fn end_event(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        self.data.end(reading, out, tally);
        self.data.close();
        self.cut = false;
        out.append(&mut self.seam);
    }

    /// Bytes between lines: behind data they may be a seam.
    fn frame(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let held = self.data.open() && !self.cut;
        (if held { &mut self.seam } else { out }).extend_from_slice(bytes);
    }

    /// Lines of other fields are held behind data as far as the plan's hold-back. Beyond, the data ends, and what more of
    /// it follows is a text of its own; behind JSON that is not whole that is a limit.
    fn bound(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) {
        if self.seam.len() > reading.plan.limits.hold_back as usize {
            self.data.end(reading, out, tally);
            self.cut = true;
            out.append(&mut self.seam);
        }
    }

    /// The end of the stream: what was begun stands for itself.
    fn end(&mut self, reading: &Reading<'_>, out: &mut Vec<u8>, tally: &mut Tally) -> Result<(), Limit> {
        match self.at {
            At::Mark(read @ 1..) => self.begin_other(reading, BOM.get(..read).unwrap_or_default(), out, tally),
            At::Name(4) => self.begin_data(reading, b"data", out, tally)?,
            At::Name(read @ 1..) => self.begin_other(reading, DATA.get(..read).unwrap_or_default(), out, tally),
            At::Colon => self.begin_data(reading, b"data:", out, tally)?,
            At::Mark(_) | At::Name(_) | At::Data | At::Other => {}
        }
        if matches!(self.at, At::Other) && !self.line.ended() {
            self.other(reading, b"", true, out, tally);
        }
        self.at = At::Name(0);
        self.end_event(reading, out, tally);
        Ok(())
    }
}

/// A limit with what follows in the chunk.
fn with_rest(limit: Limit, behind: &[u8]) -> Limit {
    Limit { rest: [&limit.rest, behind].concat(), ..limit }
}
