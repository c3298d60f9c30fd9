//! A body without its codings: its characters read as UTF-8, and what comes of them written back.

use std::rc::Rc;

use super::pipe::Message;
use crate::body::{Body, Format, Reading, Surfaces, slices};
use crate::charset::{Charset, SNIFFED, Transcoder};
use crate::plan::Plan;
use crate::policy::model::Uninspected;
use crate::redact::Tally;

/// How far the body has been understood.
enum Stage {
    /// Its first bytes, whose character set is not known yet.
    Sniffing { first: Vec<u8>, said: Charset, structured: bool },
    /// It is read.
    Reading,
    /// Its character set cannot be read: it passes.
    Passing,
    /// The rest of it does not leave.
    Over,
}

/// One body without its codings.
pub(super) struct Text {
    body: Body,
    stage: Stage,
    transcoder: Option<Transcoder>,
    /// What becomes of a body whose character set cannot be read.
    unread: Uninspected,
    /// Its character set cannot be read.
    unknown: bool,
    /// UTF-8 before and after redaction.
    scratch: [Vec<u8>; 2],
}

impl Text {
    pub(super) fn new(plan: &Plan, message: &Message, unread: Uninspected, surfaces: &Rc<Surfaces>) -> Self {
        let reading =
            Reading { plan, surface: surfaces.own(), now_ms: None, clock_ms: 0, key: None, name: "", soon: false };
        let Message { content, charset, .. } = message;
        let structured = matches!(content.format, Format::Json | Format::Lines | Format::Markup);
        let (stage, transcoder) = if message.text {
            (Stage::Sniffing { first: Vec::new(), said: *charset, structured }, None)
        } else {
            (Stage::Reading, Transcoder::new(*charset))
        };
        let body = Body::new(content, surfaces, &reading);
        Self { body, stage, transcoder, unread, unknown: false, scratch: Default::default() }
    }

    /// A body that is replaced whole, unread.
    pub(super) fn replaced(surfaces: &Rc<Surfaces>) -> Self {
        Self {
            body: Body::replaced(surfaces),
            stage: Stage::Reading,
            transcoder: None,
            unread: Uninspected::RedactAll,
            unknown: false,
            scratch: Default::default(),
        }
    }

    /// Takes the next bytes, the last when `end`, and appends to `out` what may leave.
    pub(super) fn push(
        &mut self,
        reading: &Reading<'_>,
        bytes: &[u8],
        end: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        match &mut self.stage {
            Stage::Sniffing { first, .. } => {
                first.extend_from_slice(bytes);
                if end || first.len() >= SNIFFED {
                    self.sniff(reading, end, out, tally);
                }
            }
            Stage::Reading => self.read(reading, bytes, end, out, tally),
            Stage::Passing => out.extend_from_slice(bytes),
            Stage::Over => {}
        }
    }

    /// Finds out in which character set the first bytes are, and reads them.
    fn sniff(&mut self, reading: &Reading<'_>, end: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        let stage = std::mem::replace(&mut self.stage, Stage::Reading);
        let Stage::Sniffing { first, said, structured } = stage else { return };
        if let Some(charset) = said.settled(&first, structured) {
            self.transcoder = Transcoder::new(charset);
            return self.read(reading, &first, end, out, tally);
        }
        self.unknown = true;
        match self.unread {
            Uninspected::Block => self.stage = Stage::Over,
            Uninspected::RedactAll => self.replace(out),
            Uninspected::PassAndFlag => {
                self.stage = Stage::Passing;
                out.extend(first);
            }
        }
    }

    fn read(&mut self, reading: &Reading<'_>, bytes: &[u8], end: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        let Self { body, transcoder, scratch: [plain, redacted], .. } = self;
        let Some(transcoder) = transcoder else {
            return if end { body.finish(reading, bytes, out, tally) } else { body.push(reading, bytes, out, tally) };
        };
        for slice in slices(bytes) {
            transcoder.decode(slice, plain);
            body.push(reading, plain, redacted, tally);
            transcoder.encode(redacted, out);
            plain.clear();
            redacted.clear();
        }
        if end {
            transcoder.end_decode(plain);
            body.finish(reading, plain, redacted, tally);
            transcoder.encode(redacted, out);
            transcoder.rest(out);
            plain.clear();
            redacted.clear();
        }
    }

    /// A mark takes the place of what has not left.
    pub(super) fn replace(&mut self, out: &mut Vec<u8>) {
        if !matches!(self.stage, Stage::Over) {
            self.stage = Stage::Over;
            let [_, redacted] = &mut self.scratch;
            self.body.replace(redacted);
            match &mut self.transcoder {
                Some(transcoder) => transcoder.encode(redacted, out),
                None => out.extend_from_slice(redacted),
            }
            redacted.clear();
        }
    }

    /// Why the body was not read, or the bound that was reached.
    pub(super) fn uninspected(&self) -> Option<&'static str> {
        if self.unknown { Some("charset") } else { self.body.limit() }
    }

    /// What refuses the rest of the body.
    pub(super) fn refused(&self) -> Option<&'static str> {
        if self.unknown && self.unread == Uninspected::Block { Some("on_uninspectable") } else { self.body.refused() }
    }

    /// Whether bytes are held that have not left.
    pub(super) fn holding(&self) -> bool {
        match &self.stage {
            Stage::Sniffing { first, .. } => !first.is_empty(),
            Stage::Reading => self.body.holding() || self.transcoder.as_ref().is_some_and(Transcoder::holding),
            Stage::Passing | Stage::Over => false,
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.body.memory() + self.scratch.iter().map(Vec::capacity).sum::<usize>()
    }

    /// The most bytes of memory that the body's reader has held.
    pub(super) fn peak_memory(&self) -> usize {
        self.body.peak_memory()
    }

    /// Bytes that automata, keywords and decoders have read.
    pub(super) fn work(&self) -> u64 {
        self.body.work()
    }
}
