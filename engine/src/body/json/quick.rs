//! Names and values that lie whole in the slice, that no named find selects and in which nothing is found: they leave as
//! they came, without a matcher. Most of most bodies is of that kind.

use super::frame::member;
use super::path::Key;
use super::{Json, MAX_NAME, Reading, State};
use crate::redact::{Glance, Origin, Syntax};

/// A slice, and a place in it.
#[derive(Clone, Copy)]
pub(super) struct Slice<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl Json {
    /// The rest of a member's name whose opening quote has been read; how many bytes were taken.
    pub(super) fn quick_name(&mut self, reading: &Reading<'_>, slice: Slice<'_>) -> Option<usize> {
        if !self.simple || self.replaced.is_some() || self.mute.is_some() {
            return None;
        }
        let end = self.string_end(reading, slice)?;
        let name = slice.text.get(slice.at..end).filter(|name| name.len() <= MAX_NAME)?;
        let glance = self.skim.glance(slice.at, end);
        // A name is compared as it is decoded.
        if glance.coded || !self.is_quiet(reading, slice, end, glance, None) {
            return None;
        }
        let frame = self.frames.last_mut()?;
        frame.name.clear();
        frame.name.extend_from_slice(name);
        frame.long_name = false;
        frame.matched = reading.plan.matched(name);
        self.paths.enter(&reading.surface.paths, Key::Name(name));
        self.buffer.push(b'"');
        self.buffer.extend_from_slice(name);
        self.buffer.push(b'"');
        self.state = State::Colon;
        Some(end + 1 - slice.at)
    }

    /// The rest of a string value whose opening quote has been read; how many bytes were taken.
    pub(super) fn quick_string(&mut self, reading: &Reading<'_>, slice: Slice<'_>) -> Option<usize> {
        if !self.unclaimed() {
            return None;
        }
        let end = self.string_end(reading, slice)?;
        let value = slice.text.get(slice.at..end)?;
        let glance = self.skim.glance(slice.at, end);
        if !self.is_quiet(reading, slice, end, glance, Some(Syntax::Json)) {
            self.loud = true;
            return None;
        }
        self.buffer.push(b'"');
        self.buffer.extend_from_slice(value);
        self.buffer.push(b'"');
        self.leave_value();
        Some(end + 1 - slice.at)
    }

    /// A number or literal that begins there; how many bytes were taken.
    pub(super) fn quick_scalar(&mut self, reading: &Reading<'_>, slice: Slice<'_>) -> Option<usize> {
        if !self.unclaimed() {
            return None;
        }
        let ahead = slice.text.get(slice.at..)?;
        let length = ahead.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte)))?;
        let token = ahead.get(..length).filter(|token| token.len() <= reading.plan.limits.hold_back as usize)?;
        self.skim(reading, slice);
        let end = slice.at + length;
        let glance = self.skim.glance(slice.at, end);
        if !is_scalar(token) || !self.is_quiet(reading, slice, end, glance, Some(Syntax::Scalar)) {
            return None;
        }
        self.buffer.extend_from_slice(token);
        self.leave_value();
        Some(length)
    }

    /// Whether no find can select the value, or owns what is around it.
    fn unclaimed(&self) -> bool {
        let inside = self.frames.last().is_some_and(|frame| frame.leaves.is_some() || frame.owned);
        let named = member(&self.frames).is_some_and(|frame| frame.matched.any() || frame.long_name);
        self.simple && self.replaced.is_none() && self.mute.is_none() && !inside && !named
    }

    /// Where the quote stands that ends a string, if the slice holds it and nothing is escaped before.
    fn string_end(&mut self, reading: &Reading<'_>, slice: Slice<'_>) -> Option<usize> {
        self.skim(reading, slice);
        self.skim.stop(slice.at).filter(|&end| slice.text.get(end) == Some(&b'"'))
    }

    fn skim(&mut self, reading: &Reading<'_>, slice: Slice<'_>) {
        if !std::mem::replace(&mut self.skimmed, true) {
            self.skim.read(&reading.plan.search, slice.text);
            self.looked += slice.text.len() as u64;
        }
    }

    /// Whether nothing is found in a text that ends at `end`: a value of this syntax, or a name.
    fn is_quiet(
        &mut self,
        reading: &Reading<'_>,
        slice: Slice<'_>,
        end: usize,
        mut glance: Glance,
        value: Option<Syntax>,
    ) -> bool {
        let around = value.and_then(|_| member(&self.frames));
        glance.words |= around.is_some_and(|frame| frame.matched.worded());
        if glance == Glance::NONE {
            return true;
        }
        let lens = &reading.surface.lens;
        let context = reading.context(lens, value.unwrap_or(Syntax::Json), &Origin::default);
        let before = around.map_or(&[][..], |frame| &frame.name);
        let text = slice.text.get(slice.at..end).unwrap_or_default();
        let matcher = if value == Some(Syntax::Scalar) { &mut self.numbers } else { &mut self.matcher };
        !lens.any() || matcher.quiet_behind(&context, before, text, Some(glance))
    }

    /// Behind a value that has been written.
    fn leave_value(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.kept = true;
        }
        self.end_value();
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
