//! Names and values that lie whole in the slice, that no named find selects and in which nothing is found: they leave as
//! they came, without a matcher. Most of most bodies is of that kind.

use super::frame::member;
use super::{Json, MAX_NAME, Reading, State};
use crate::redact::{Origin, Syntax};

/// A slice, and a place in it.
#[derive(Clone, Copy)]
pub(super) struct Slice<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl Json {
    /// Goes on from a place of a slice as long as nothing is found and nobody asks for anything; how many bytes were taken
    /// and written.
    pub(super) fn walk(&mut self, reading: &Reading<'_>, slice: Slice<'_>) -> usize {
        if !self.writes_all() || self.trim {
            return 0;
        }
        self.skim(reading, slice);
        let mut at = slice.at;
        while let Some(&byte) = slice.text.get(at) {
            let Some(next) = self.pass(reading, Slice { at, ..slice }, byte) else { break };
            at = next;
        }
        let taken = slice.text.get(slice.at..at).unwrap_or_default();
        self.buffer.extend_from_slice(taken);
        self.offset += taken.len() as u64;
        taken.len()
    }

    /// What begins with a byte; where it ends, if it may pass.
    #[inline]
    fn pass(&mut self, reading: &Reading<'_>, slice: Slice<'_>, byte: u8) -> Option<usize> {
        let next = slice.at + 1;
        match (self.state, byte) {
            (State::Key { .. }, b'"') => self.pass_name(reading, Slice { at: next, ..slice }),
            (State::Colon, b':') => {
                self.state = State::Value;
                Some(next)
            }
            (State::Value | State::Element, b'"') => self.pass_string(reading, Slice { at: next, ..slice }),
            (State::Value | State::Element, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                self.pass_scalar(reading, slice)
            }
            (State::Value | State::Element, b'{' | b'[') => {
                if !self.unclaimed() || self.frames.len() >= reading.plan.limits.depth as usize {
                    return None;
                }
                self.keep_value();
                self.open(byte == b'{', None, false);
                Some(next)
            }
            (State::After, b',') => {
                let frame = self.frames.last_mut().filter(|frame| frame.kept)?;
                frame.index += 1;
                self.state = if frame.object { State::Key { end: false } } else { State::Value };
                Some(next)
            }
            (State::Key { end: true }, b'}') | (State::Element, b']') => {
                self.shut();
                Some(next)
            }
            (State::After, b'}' | b']') => {
                self.frames.last().filter(|frame| frame.object == (byte == b'}'))?;
                self.shut();
                Some(next)
            }
            (
                State::Key { .. } | State::Colon | State::Value | State::Element | State::After | State::Done,
                b' ' | b'\t' | b'\n' | b'\r',
            ) => Some(next),
            _ => None,
        }
    }

    /// The rest of a member's name whose opening quote has been read.
    fn pass_name(&mut self, reading: &Reading<'_>, slice: Slice<'_>) -> Option<usize> {
        let end = self.string_end(slice)?;
        let name = slice.text.get(slice.at..end).filter(|name| name.len() <= MAX_NAME)?;
        if self.skim.shows(slice.at, end) {
            let glance = self.skim.glance(slice.at, end, true);
            let lens = &reading.surface.lens;
            let context = reading.context(lens, Syntax::Json, &Origin::default);
            // A name is compared as it is decoded.
            if glance.coded || lens.any() && !self.matcher.quiet_behind(&context, &[], name, Some(glance)) {
                return None;
            }
        }
        let frame = self.frames.last_mut()?;
        frame.name.clear();
        frame.name.extend_from_slice(name);
        frame.long_name = false;
        frame.matched = reading.plan.matched(name);
        self.state = State::Colon;
        Some(end + 1)
    }

    /// The rest of a string value whose opening quote has been read.
    fn pass_string(&mut self, reading: &Reading<'_>, slice: Slice<'_>) -> Option<usize> {
        if !self.unclaimed() {
            return None;
        }
        let end = self.string_end(slice)?;
        if !self.is_quiet(reading, slice, end, Syntax::Json) {
            self.loud = true;
            return None;
        }
        self.keep_value();
        self.end_value();
        Some(end + 1)
    }

    /// A number or literal.
    fn pass_scalar(&mut self, reading: &Reading<'_>, slice: Slice<'_>) -> Option<usize> {
        if !self.unclaimed() {
            return None;
        }
        let ahead = slice.text.get(slice.at..)?;
        let length = ahead.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte)))?;
        let token = ahead.get(..length).filter(|token| token.len() <= reading.plan.limits.hold_back as usize)?;
        let end = slice.at + length;
        if !is_scalar(token) || !self.is_quiet(reading, slice, end, Syntax::Scalar) {
            return None;
        }
        self.keep_value();
        self.end_value();
        Some(end)
    }

    /// Whether what nobody asks for is written as it comes.
    fn writes_all(&self) -> bool {
        self.simple && self.replaced.is_none() && self.mute.is_none()
    }

    /// Whether no find can select the value, or owns what is around it.
    fn unclaimed(&self) -> bool {
        let inside = self.frames.last().is_some_and(|frame| frame.leaves.is_some() || frame.owned);
        !inside && !member(&self.frames).is_some_and(|frame| frame.matched.any() || frame.long_name)
    }

    /// Where the quote stands that ends a string, if the slice holds it.
    fn string_end(&self, slice: Slice<'_>) -> Option<usize> {
        let mut at = slice.at;
        loop {
            let stop = self.skim.stop(at)?;
            if slice.text.get(stop) == Some(&b'"') {
                return Some(stop);
            }
            // A backslash takes the next byte along.
            at = stop + 2;
        }
    }

    fn skim(&mut self, reading: &Reading<'_>, slice: Slice<'_>) {
        if !std::mem::replace(&mut self.skimmed, true) {
            self.looked += self.skim.read(&reading.plan.search, slice.text);
        }
    }

    /// Whether nothing is found in a value that ends at `end`.
    fn is_quiet(&mut self, reading: &Reading<'_>, slice: Slice<'_>, end: usize, syntax: Syntax) -> bool {
        let Self { skim, matcher, numbers, frames, .. } = self;
        let before = member(frames).map_or(&[][..], |frame| frame.matched.words());
        if before.is_empty() && !skim.shows(slice.at, end) {
            return true;
        }
        let glance = skim.glance(slice.at, end, before.is_empty());
        let lens = &reading.surface.lens;
        let context = reading.context(lens, syntax, &Origin::default);
        let text = slice.text.get(slice.at..end).unwrap_or_default();
        let matcher = if syntax == Syntax::Scalar { numbers } else { matcher };
        !lens.any() || matcher.quiet_behind(&context, before, text, Some(glance))
    }

    /// The value is written.
    fn keep_value(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.kept = true;
        }
    }
}

/// Whether a token is a number or literal of JSON (RFC 8259 sections 3 and 6).
fn is_scalar(token: &[u8]) -> bool {
    match token {
        b"true" | b"false" | b"null" => true,
        // What most numbers are.
        [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => true,
        _ => serde_json::from_slice::<serde::de::IgnoredAny>(token).is_ok(),
    }
}
