//! A stream of frames in base64, from its text to its text.

use super::super::Reading;
use super::super::text::Text;
use super::base64::Armor;
use super::frames::{Frames, Span};
use crate::redact::Tally;

/// What frames in base64 need beside.
#[derive(Default)]
pub(super) struct Armored {
    armor: Armor,
    /// What frames have written.
    plain: Vec<u8>,
    /// No more frames come.
    ended: bool,
    /// From the first letter on that is in no group: what has not been read of it.
    tail: Option<Vec<u8>>,
    text: Text,
}

impl Armored {
    /// As [`Frames::step`], on base64. From where it is broken, it is text.
    pub(super) fn step(
        &mut self,
        frames: &mut Frames,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        (out, tally): (&mut Vec<u8>, &mut Tally),
    ) -> Result<(), &'static str> {
        let mut bytes = Vec::new();
        match &mut self.tail {
            Some(tail) => tail.extend_from_slice(chunk),
            None => match self.armor.open(chunk, &mut bytes) {
                Some(rest) => self.tail = Some([&self.armor.take_letters(), rest].concat()),
                None if last => self.armor.end(&mut bytes),
                None => {}
            },
        }
        if !self.ended {
            let ends = last || self.tail.is_some();
            let done = self.frames(frames, reading, &bytes, ends, (out, tally));
            done?;
            self.ended = ends;
        }
        if let Some(tail) = &mut self.tail {
            self.text.step(reading, &std::mem::take(tail), last, out, tally);
        } else if last {
            out.extend(self.armor.take_letters());
        }
        Ok(())
    }

    fn frames(
        &mut self,
        frames: &mut Frames,
        reading: &Reading<'_>,
        bytes: &[u8],
        last: bool,
        (out, tally): (&mut Vec<u8>, &mut Tally),
    ) -> Result<(), &'static str> {
        let mut spans: Vec<Span> = Vec::new();
        self.plain.clear();
        let done = frames.step(reading, bytes, last, (&mut self.plain, tally), &mut |span| spans.push(span));
        let mut plain = self.plain.as_slice();
        for span in spans {
            let (now, behind) = plain.split_at_checked(span.written).unwrap_or((plain, b""));
            self.armor.close(span, now, out);
            plain = behind;
        }
        done
    }

    /// Whether letters are held.
    pub(super) fn holding(&self) -> bool {
        self.armor.holding() || self.tail.is_some() && self.text.holding()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.armor.memory() + self.plain.capacity() + self.text.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.text.work()
    }
}
