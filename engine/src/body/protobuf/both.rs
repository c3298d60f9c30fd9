//! What is read as a message and as a string side by side, while it comes. Neither reading changes a length: of each
//! byte, what the message shows goes first, then what the string shows.

use super::super::text::Text;
use super::super::{Reading, SLICE};
use crate::redact::{Effect, Hit, Key, Origin, Tally};

/// The string of a field that is read both ways.
pub(super) struct Both {
    /// What leaves before it.
    before: Vec<u8>,
    /// The message ends where it begins: nothing of it is counted by the other reading.
    behind: bool,
    /// Its bytes as they came, as far as they have not been handed out.
    raw: Vec<u8>,
    /// Bytes of those that the text has been given.
    given: usize,
    /// The position in the body of the first of them.
    offset: u64,
    text: Text,
    /// What the text came to.
    string: Vec<u8>,
    found: Tally,
    /// In the first of the regions that are found and not counted, the message has changed something.
    touched: bool,
}

impl Both {
    /// A string that begins here in the body.
    pub(super) fn at(offset: u64) -> Self {
        Self { behind: false, ..Self::behind(Vec::new(), offset) }
    }

    /// A string that begins here in the body, behind a message that leaves as it is `before`.
    pub(super) fn behind(before: Vec<u8>, offset: u64) -> Self {
        let mut text = Text::fixed();
        text.begin_at(offset);
        let mut found = Tally::default();
        found.hits = Some(Vec::new());
        Self {
            before,
            behind: true,
            raw: Vec::new(),
            given: 0,
            offset,
            text,
            string: Vec::new(),
            found,
            touched: false,
        }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, raw: &[u8]) {
        self.raw.extend_from_slice(raw);
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        !self.raw.is_empty() || !self.before.is_empty()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.before.capacity() + self.raw.capacity() + self.string.capacity() + self.text.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.text.work()
    }

    /// What refuses the exchange.
    pub(super) fn blocked(&self) -> Option<(usize, usize)> {
        self.found.blocked
    }

    /// Appends to `out` as much as both readings have decided, and counts what the string shows in `found`. `message` is
    /// what the other reading came to.
    pub(super) fn hand_out(
        &mut self,
        reading: &Reading<'_>,
        message: &mut Vec<u8>,
        last: bool,
        out: &mut Vec<u8>,
        found: &mut Tally,
    ) {
        out.append(&mut self.before);
        for slice in self.raw.get(self.given..).unwrap_or_default().chunks(SLICE) {
            self.text.step(reading, slice, false, &mut self.string, &mut self.found);
        }
        self.given = self.raw.len();
        if last {
            self.text.step(reading, b"", true, &mut self.string, &mut self.found);
        }
        let length = message.len().min(self.string.len());
        let pieces = self.raw.iter().zip(message.iter().zip(&self.string)).take(length);
        out.extend(pieces.map(|(raw, (message, string))| if message == raw { *string } else { *message }));
        self.count(reading, message.get(..length).unwrap_or_default(), last, found);
        message.drain(..length);
        self.raw.drain(..length.min(self.raw.len()));
        self.string.drain(..length);
        self.given = self.raw.len();
        self.offset += length as u64;
        let others = |key: &Key| key.effect != Effect::Change;
        match last {
            true if self.behind => found.add_all(&self.found, others),
            true => found.raise(&self.found, others),
            false => {}
        }
    }

    /// Counts the regions of the string in which the message has changed nothing, as soon as it is known where they end.
    fn count(&mut self, reading: &Reading<'_>, message: &[u8], last: bool, found: &mut Tally) {
        let Some(hits) = &mut self.found.hits else { return };
        let end = self.offset + message.len() as u64;
        let index = |at: u64| usize::try_from(at.saturating_sub(self.offset)).unwrap_or(usize::MAX).min(message.len());
        let changed = |hit: &Hit| {
            let range = index(hit.start)..index(hit.end);
            message.get(range.clone()) != self.raw.get(range)
        };
        while let Some(hit) = hits.first() {
            self.touched |= changed(hit);
            if !(last || hits.len() > 1 && hit.end <= end || hit.end < end) {
                return;
            }
            let hit = hits.remove(0);
            if !std::mem::take(&mut self.touched) {
                found.count(hit.key(Origin { surface: reading.name, path: String::new() }));
                if let Some(all) = &mut found.hits {
                    all.push(hit);
                }
            }
        }
    }
}
