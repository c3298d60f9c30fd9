//! A body on its way: its codings taken off, its characters read as UTF-8, through the reader of its format, and back
//! into its characters. What cannot be read has the policy's outcome, at the byte where that shows.

use std::rc::Rc;

use super::text::Text;
use crate::body::{Content, Reading, Surfaces};
use crate::charset::Charset;
use crate::coding::{Bounds, Coding, Decoder, Fault};
use crate::plan::Plan;
use crate::policy::model::Uninspected;
use crate::redact::Tally;

/// What headers say of a body that is to be read.
pub(super) struct Message {
    pub(super) content: Content,
    /// In the order in which they were applied.
    pub(super) codings: Vec<Coding>,
    /// What its type says, UTF-8 unless it does.
    pub(super) charset: Charset,
    /// It is a text, whose first bytes are asked.
    pub(super) text: bool,
}

/// What becomes of what still comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// It is read.
    Read,
    /// It is dropped: what a coding does not give back nobody can read, here or behind.
    Drop,
    /// It is refused.
    Refuse,
}

/// One body.
pub(super) struct Pipe {
    decoder: Option<Decoder>,
    bounds: Bounds,
    text: Text,
    surfaces: Rc<Surfaces>,
    /// The bytes leave as they came: what is found is only counted.
    original: bool,
    rest: Rest,
    /// Why the body was not read to its end.
    fault: Option<&'static str>,
    peak: usize,
}

impl Pipe {
    /// A body that is read by the rules whose surfaces these are.
    pub(super) fn new(plan: &Plan, message: &Message, surfaces: Rc<Surfaces>) -> Self {
        let bounds = Bounds { decoded: plan.limits.decoded, ratio: plan.limits.ratio };
        // Where more is passed and flagged, it is read all the same.
        let passes = plan.settings.uninspectable(Fault::TooLarge.reason()) == Uninspected::PassAndFlag;
        let enforced = if passes { Bounds { decoded: u64::MAX, ratio: u32::MAX } } else { bounds };
        let decoder = (!message.codings.is_empty()).then(|| Decoder::new(&message.codings, enforced, &plan.decoders));
        let acts = surfaces.changes() || surfaces.blocks();
        // Where nothing would be changed, what cannot be read needs no outcome.
        let unread = if acts { plan.settings.uninspectable("charset") } else { Uninspected::PassAndFlag };
        let text = Text::new(plan, message, unread, &surfaces);
        let original = decoder.is_some() && !acts;
        Self { decoder, bounds, text, surfaces, original, rest: Rest::Read, fault: None, peak: 0 }
    }

    /// A body that is replaced whole, unread.
    pub(super) fn replaced(surfaces: Rc<Surfaces>) -> Self {
        let text = Text::replaced(&surfaces);
        let bounds = Bounds { decoded: u64::MAX, ratio: u32::MAX };
        Self { decoder: None, bounds, text, surfaces, original: false, rest: Rest::Read, fault: None, peak: 0 }
    }

    /// What is looked for.
    pub(super) fn surfaces(&self) -> Rc<Surfaces> {
        Rc::clone(&self.surfaces)
    }

    /// Whether it comes in a content coding.
    pub(super) fn coded(&self) -> bool {
        self.decoder.is_some()
    }

    /// Takes the next bytes, the last when `end`, and appends to `out` what may leave.
    pub(super) fn push(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        end: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        if self.original {
            out.extend_from_slice(chunk);
            self.read(reading, chunk, end, &mut Vec::new(), tally);
        } else {
            self.read(reading, chunk, end, out, tally);
        }
        self.peak = self.peak.max(self.memory());
    }

    fn read(&mut self, reading: &Reading<'_>, chunk: &[u8], end: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        if self.rest != Rest::Read {
            return;
        }
        let Self { decoder, text, .. } = self;
        let read = match decoder {
            None => return text.push(reading, chunk, end, out, tally),
            // No byte to decode, but time has passed.
            Some(_) if chunk.is_empty() && !end => {
                text.push(reading, chunk, false, out, tally);
                Ok(())
            }
            Some(decoder) => {
                let mut sink = |piece: &[u8]| {
                    text.push(reading, piece, false, out, tally);
                    Ok(())
                };
                let read = decoder.push(chunk, &mut sink);
                read.and_then(|()| if end { decoder.finish() } else { Ok(()) })
            }
        };
        if self.decoder.as_ref().is_some_and(|decoder| decoder.exceeds(self.bounds)) {
            self.fault = self.fault.or(Some(Fault::TooLarge.reason()));
        }
        if let Err(fault) = read {
            return self.fail(reading, fault, out, tally);
        }
        if end {
            self.text.push(reading, b"", true, out, tally);
        }
    }

    /// The rest cannot be decoded: what becomes of it.
    fn fail(&mut self, reading: &Reading<'_>, fault: Fault, out: &mut Vec<u8>, tally: &mut Tally) {
        self.fault = Some(fault.reason());
        self.rest = Rest::Drop;
        match reading.plan.settings.uninspectable(fault.reason()) {
            _ if self.original => {}
            Uninspected::Block => self.rest = Rest::Refuse,
            Uninspected::RedactAll => self.text.replace(out),
            Uninspected::PassAndFlag => self.text.push(reading, b"", true, out, tally),
        }
    }

    /// Why the body was not read, or the bound that was reached.
    pub(super) fn uninspected(&self) -> Option<&'static str> {
        self.fault.or(self.text.uninspected())
    }

    /// What refuses the rest of the body.
    pub(super) fn refused(&self) -> Option<&'static str> {
        if self.rest == Rest::Refuse { Some("on_uninspectable") } else { self.text.refused() }
    }

    /// Whether something may still be written that trailers must not overtake.
    pub(super) fn holding(&self, plan: &Plan) -> bool {
        // A body that turns out to be cut off is replaced at its end.
        let marks = || {
            self.decoder.is_some() && plan.settings.uninspectable(Fault::Truncated.reason()) == Uninspected::RedactAll
        };
        !self.original && self.rest == Rest::Read && (self.text.holding() || marks())
    }

    /// Bytes of memory held.
    fn memory(&self) -> usize {
        self.text.memory() + self.decoder.as_ref().map_or(0, Decoder::memory)
    }

    /// The most bytes of memory that were held between two chunks or slices.
    pub(super) fn peak_memory(&self) -> usize {
        let decoder = self.decoder.as_ref().map_or(0, Decoder::memory);
        self.peak.max(self.text.peak_memory() + decoder)
    }

    /// Bytes that decoders, automata and keywords have read.
    pub(super) fn work(&self) -> u64 {
        self.text.work() + self.decoder.as_ref().map_or(0, Decoder::work)
    }
}
