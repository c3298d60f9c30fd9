//! A whole message, read without a schema.
//!
//! A field with a length may be a string, bytes, packed numbers or a message; nothing but its bytes tells. What does
//! not parse whole as a message is one text. What parses is followed, field by field. What parses and could be a string
//! as well, see [`is_string`], is read both ways, see [`Walk::both`]. Numbers are never read, and tags and lengths change
//! only where what they stand for has another length.

use super::super::Reading;
use super::leaf::Leaf;
use super::wire::{DEPTH, Piece, Pieces, write_length};
use crate::redact::{Effect, Hit, Origin, Tally};

/// Messages nest deeper than they are followed.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::body) struct TooDeep;

/// Where a piece of a message stands.
#[derive(Clone, Copy)]
struct Place {
    /// Its position in the body.
    offset: u64,
    /// Messages and groups around it.
    depth: usize,
    /// Nothing in it may change its length.
    fixed: bool,
}

/// Reads messages.
#[derive(Default)]
pub(in crate::body) struct Walk {
    leaf: Leaf,
    /// The most bytes that readings of what reads both ways have held.
    held: usize,
}

impl Walk {
    /// Appends to `out` what is left of a message, which begins at `offset` of the body; on an error nothing is written
    /// or counted. What is no whole message is read both ways and keeps its length.
    pub(in crate::body) fn message(
        &mut self,
        reading: &Reading<'_>,
        (raw, offset): (&[u8], u64),
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), TooDeep> {
        let (start, mut found) = (out.len(), tally.like());
        let place = Place { offset, depth: 0, fixed: false };
        let mut pieces = Pieces::of(raw);
        let done = match pieces.whole() {
            true if pieces.nesting >= depth(reading) => Err(TooDeep),
            true => self.fields(reading, raw, place, out, &mut found),
            false => self.both(reading, raw, place, out, &mut found),
        };
        match done {
            Ok(()) => tally.take_in(found),
            Err(_) => out.truncate(start),
        }
        done
    }

    /// Appends to `out` what is left of bytes of which only the length is known.
    pub(in crate::body) fn bytes(
        &mut self,
        reading: &Reading<'_>,
        (raw, offset): (&[u8], u64),
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        self.leaf.read(reading, (raw, offset), true, (out, tally), &mut |_, _| {});
    }

    /// Appends to `out` what is left of a field, which begins at `offset` of the body, in so many messages; it keeps its
    /// length.
    pub(super) fn field(
        &mut self,
        reading: &Reading<'_>,
        (raw, offset): (&[u8], u64),
        depth: usize,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), TooDeep> {
        self.text(reading, raw, Place { offset, depth, fixed: true }, out, tally)
    }

    /// A field's bytes.
    fn text(
        &mut self,
        reading: &Reading<'_>,
        raw: &[u8],
        place: Place,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), TooDeep> {
        let mut pieces = Pieces::of(raw);
        if raw.is_empty() || !pieces.whole() {
            self.leaf.read(reading, (raw, place.offset), place.fixed, (out, tally), &mut |_, _| {});
            return Ok(());
        }
        let deep = place.depth + pieces.nesting >= depth(reading);
        match (is_string(raw), deep) {
            (true, false) => self.both(reading, raw, place, out, tally),
            (true, true) => {
                self.leaf.read(reading, (raw, place.offset), true, (out, tally), &mut |_, _| {});
                Ok(())
            }
            (false, false) => self.fields(reading, raw, place, out, tally),
            (false, true) => Err(TooDeep),
        }
    }

    /// What may be a string or a message, and keeps its length whichever it is: what is found in the message's fields
    /// takes effect, and what is found in the string where that has changed nothing.
    fn both(
        &mut self,
        reading: &Reading<'_>,
        raw: &[u8],
        place: Place,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), TooDeep> {
        let place = Place { fixed: true, ..place };
        let start = out.len();
        let mut found = tally.like();
        self.fields(reading, raw, place, out, &mut found)?;
        let written = out.get_mut(start..).unwrap_or_default();
        let mut string = Tally::default();
        string.hits = Some(Vec::new());
        let mut whole = Vec::with_capacity(raw.len());
        let mut take = |whole: &[u8], string: &mut Tally, growing: usize| {
            let ended = string.hits.as_ref().map_or(0, |hits| hits.len().saturating_sub(growing));
            for hit in string.hits.iter_mut().flat_map(|hits| hits.drain(..ended)) {
                let range = range(&hit, place.offset);
                let (Some(old), Some(new)) = (raw.get(range.clone()), whole.get(range.clone())) else { continue };
                let Some(written) = written.get_mut(range).filter(|written| *written == old) else { continue };
                written.copy_from_slice(new);
                found.count(hit.key(Origin { surface: reading.name, path: String::new() }));
                if let Some(hits) = &mut found.hits {
                    hits.push(hit);
                }
            }
        };
        // The last region may still grow.
        let at = (raw, place.offset);
        self.leaf.read(reading, at, true, (&mut whole, &mut string), &mut |whole, string| take(whole, string, 1));
        take(&whole, &mut string, 0);
        self.held = self.held.max(whole.capacity());
        found.raise(&string, |key| key.effect != Effect::Change);
        if let Some(hits) = &mut found.hits {
            hits.sort_by_key(|hit| hit.start);
        }
        tally.take_in(found);
        Ok(())
    }

    /// A message, field by field; what is no field is left to whoever reads it as a string.
    fn fields(
        &mut self,
        reading: &Reading<'_>,
        raw: &[u8],
        place: Place,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), TooDeep> {
        let mut offset = place.offset;
        for piece in Pieces::of(raw) {
            match piece {
                Piece::Number(bytes) | Piece::Rest(bytes) => {
                    out.extend_from_slice(bytes);
                    offset += bytes.len() as u64;
                }
                Piece::Text { tag, length, text } => {
                    out.extend_from_slice(tag);
                    let at = out.len();
                    out.extend_from_slice(length);
                    let start = out.len();
                    offset += (tag.len() + length.len()) as u64;
                    self.text(reading, text, Place { offset, depth: place.depth + 1, ..place }, out, tally)?;
                    offset += text.len() as u64;
                    let new = out.len() - start;
                    if new != text.len() {
                        let mut written = Vec::new();
                        write_length(new, &mut written);
                        out.splice(at..start, written);
                    }
                }
            }
        }
        Ok(())
    }

    /// Bytes of memory held, and that were held for a while.
    pub(in crate::body) fn memory(&self) -> usize {
        self.leaf.memory() + self.held
    }

    /// Bytes read by automata and decoders.
    pub(in crate::body) fn work(&self) -> u64 {
        self.leaf.work()
    }
}

/// The bytes of a text at `offset` that a region takes.
fn range(hit: &Hit, offset: u64) -> std::ops::Range<usize> {
    let index = |at: u64| usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
    index(hit.start)..index(hit.end)
}

/// How many messages and groups may be in one another.
pub(super) fn depth(reading: &Reading<'_>) -> usize {
    DEPTH.min(reading.plan.limits.depth as usize)
}

/// Whether bytes that parse as a message may be a string that somebody wrote: UTF-8 without control characters, but for
/// white space that is not at the start. There it is the tag of a first field, as in most messages.
fn is_string(bytes: &[u8]) -> bool {
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    let starts = bytes.first().is_some_and(|first| !first.is_ascii_control());
    starts && !bytes.iter().any(control) && std::str::from_utf8(bytes).is_ok()
}
