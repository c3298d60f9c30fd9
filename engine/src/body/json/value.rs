//! Values: who owns them, and what takes their place.

use super::super::owned::Owned;
use super::frame::{member, path};
use super::path::Key;
use super::{Json, Reading, Role, State};
use crate::policy::model::Action;
use crate::redact::{Effect, Hit, Origin, Scope, Segment, Sink, Syntax, Tally, mark};
use crate::surface::Named;

impl Json {
    /// The first byte of a value; how many bytes were taken.
    pub(super) fn begin_value(
        &mut self,
        reading: &Reading<'_>,
        byte: u8,
        tally: &mut Tally,
    ) -> Result<usize, &'static str> {
        let container = matches!(byte, b'{' | b'[');
        if container && self.frames.len() >= reading.plan.limits.depth as usize {
            return self.bound("depth");
        }
        self.value_at = self.offset;
        self.enter_element(reading);
        if byte == b'"' {
            self.state = State::Opened;
            return Ok(1);
        }
        self.select(reading, byte, false);
        self.keep_or_remove(reading, tally);
        if container {
            self.begin_container(reading, byte, tally);
        } else {
            self.owned = Owned::new(Syntax::Json);
            self.token.push(byte);
            self.state = State::Scalar;
        }
        Ok(1)
    }

    /// What stands behind the quote that opens a value is known: its end, or not.
    pub(super) fn begin_string(&mut self, reading: &Reading<'_>, empty: bool, tally: &mut Tally) {
        self.select(reading, b'"', empty);
        self.keep_or_remove(reading, tally);
        self.owned = Owned::new(Syntax::Json);
        if !self.claim.owned() {
            self.buffer.push(b'"');
        }
        self.begin_matching(reading, true);
        self.state = State::Inside(Role::Value);
    }

    /// Takes out the member or element that has begun if its owner removes it.
    fn keep_or_remove(&mut self, reading: &Reading<'_>, tally: &mut Tally) {
        let bound = reading.plan.limits.hold_back as usize;
        let seams = std::mem::take(&mut self.seams);
        let begun = self.pending.take().filter(|from| self.buffer.len() - from <= bound);
        // A first element's own white space stays, as a first member's does. Of others the comma would be left behind.
        let first = self.frames.last().is_some_and(|frame| !frame.object && frame.index == 0);
        let removable = begun.or((first && self.removes).then_some(self.buffer.len()));
        let owner = self.claim.owner(reading.surface);
        let action = owner.and_then(|by| reading.plan.action(by.rule, by.find));
        if let (Some(by), Some(Action::Remove), Some(from)) = (owner, action, removable) {
            self.count_region(reading, by, tally);
            self.buffer.truncate(from);
            if begun.is_some() {
                self.buffer.extend_from_slice(&seams);
            }
            self.mute = Some(self.buffer.len());
        } else if let Some(frame) = self.frames.last_mut() {
            frame.kept = true;
        }
    }

    /// Finds out which finds select the value, and which of them owns it.
    fn select(&mut self, reading: &Reading<'_>, byte: u8, empty: bool) {
        let surface = reading.surface;
        let literal = matches!(byte, b't' | b'f' | b'n');
        let container = matches!(byte, b'{' | b'[');
        let element = self.frames.last().is_none_or(|frame| !frame.object);
        let around = member(&self.frames);
        let (paths, name) = (&self.paths, around.map(|frame| frame.matched.clone()).unwrap_or_default());
        let long = around.is_some_and(|frame| frame.long_name);
        let inherited = self.frames.last().and_then(|frame| frame.leaves);
        self.claim.begin(surface, inherited, |by| {
            let by_path_or_name = by.selects(&name, element, &|path| paths.selected(&surface.paths, path));
            let by_long_name = long && by.by_name() && (!element || by.scalars);
            let selects = (by_path_or_name || by_long_name) && !(by.scalars && (container || literal || empty));
            // What is replaced is owned already.
            selects && (self.replaced.is_none() || by.effect == Effect::Block)
        });
    }

    fn begin_container(&mut self, reading: &Reading<'_>, byte: u8, tally: &mut Tally) {
        self.count_selected(reading, false, tally);
        let leaves = match self.claim.owner(reading.surface) {
            None => None,
            Some(by) => match reading.plan.action(by.rule, by.find) {
                Some(Action::Mask { .. } | Action::TruncateIp { .. }) => self.claim.index(),
                action => {
                    if self.mute.is_none() {
                        self.count_region(reading, by, tally);
                        let text = match action {
                            Some(Action::Replace(text)) => text.clone(),
                            _ => mark(&by.entity),
                        };
                        write_string(&text, &mut self.buffer);
                    }
                    self.begin_replaced();
                    None
                }
            },
        };
        self.buffer.push(byte);
        let owned = self.only_blocks();
        self.open(byte == b'{', leaves, owned);
    }

    /// Whether content of the current value is looked at only for what blocks.
    fn only_blocks(&self) -> bool {
        self.claim.only_blocks() || self.frames.last().is_some_and(|frame| frame.owned)
    }

    /// Begins the content of a string, if anything looks at it.
    pub(super) fn begin_matching(&mut self, reading: &Reading<'_>, value: bool) {
        let surface = reading.surface;
        let blocks = self.replaced.is_some() || value && self.only_blocks();
        let lens = if blocks { &surface.blocks } else { &surface.lens };
        self.matching = lens.any();
        if !self.matching {
            return;
        }
        let name =
            if value { member(&self.frames).map(|frame| frame.name.clone()).unwrap_or_default() } else { Vec::new() };
        let paths = &self.paths;
        let matched = member(&self.frames).map(|frame| frame.matched.clone()).unwrap_or_default();
        let long = member(&self.frames).is_some_and(|frame| frame.long_name);
        let narrows =
            if value { surface.narrows(&matched, long, &|path| paths.selected(&surface.paths, path)) } else { 0 };
        let offset = if value { self.value_at } else { self.offset } + 1;
        let segment = Segment { scope: Scope::Member, context: name, narrows, offset };
        self.fresh = !std::mem::take(&mut self.loud);
        let context = reading.context(lens, Syntax::Json, &Origin::default);
        self.matcher.begin(&context, segment);
    }

    /// Lets the matcher write what it has decided.
    pub(super) fn advance(&mut self, reading: &Reading<'_>, last: bool, tally: &mut Tally) {
        if !self.matching {
            return;
        }
        let value = matches!(self.state, State::Inside(Role::Value));
        let blocks = self.replaced.is_some() || value && self.only_blocks();
        let Self { matcher, frames, buffer, .. } = self;
        let lens = if blocks { &reading.surface.blocks } else { &reading.surface.lens };
        let origin = || Origin { surface: reading.name, path: path(frames, reading.surface, &reading.plan.names) };
        let context = reading.context(lens, Syntax::Json, &origin);
        let mut discarded = Vec::new();
        let discards = self.replaced.is_some() || value && self.claim.owned();
        let out = if discards { &mut discarded } else { buffer };
        matcher.advance(&context, last, &mut Sink { out, tally, changed: false });
    }

    /// The quote that ends a string.
    pub(super) fn end_string(&mut self, reading: &Reading<'_>, role: Role, tally: &mut Tally) {
        self.advance(reading, true, tally);
        self.matching = false;
        match role {
            Role::Muted { depth } => self.state = State::Muted { depth },
            Role::Name => {
                self.buffer.push(b'"');
                if let Some(frame) = self.frames.last_mut() {
                    self.name.end_bytes(&mut |view| frame.push_name(view));
                    frame.matched = reading.plan.matched(&frame.name);
                    self.paths.enter(&reading.surface.paths, Key::Name(&frame.name));
                }
                self.state = State::Colon;
            }
            Role::Value => {
                self.write_owned(reading, true, tally);
                self.end_value();
            }
        }
    }

    /// Writes a string value's end: the text that takes its place, or its closing quote.
    fn write_owned(&mut self, reading: &Reading<'_>, closed: bool, tally: &mut Tally) {
        let owned = std::mem::take(&mut self.owned);
        if owned.empty() {
            self.count_selected(reading, false, tally);
        }
        if self.unmute() {
            return;
        }
        match self.claim.owner(reading.surface) {
            Some(by) => {
                self.count_region(reading, by, tally);
                self.buffer.push(b'"');
                owned.finish(reading, by, Syntax::Json, &mut self.buffer);
                self.buffer.push(b'"');
                if !closed {
                    self.buffer.pop();
                }
            }
            None if closed => self.buffer.push(b'"'),
            None => {}
        }
    }

    /// The end of a number or literal.
    pub(super) fn end_scalar(&mut self, reading: &Reading<'_>, tally: &mut Tally) {
        let token = std::mem::take(&mut self.token);
        if serde_json::from_slice::<serde::de::IgnoredAny>(&token).is_err() {
            let text = self.replaced.is_none();
            self.give_up();
            if text {
                self.mute = None;
                self.text.take_back(reading, &token);
            }
            return;
        }
        self.count_selected(reading, token == b"null", tally);
        match self.claim.owner(reading.surface).filter(|_| token != b"null") {
            _ if self.unmute() => {}
            Some(by) => {
                self.count_region(reading, by, tally);
                let mut owned = Owned::new(Syntax::Scalar);
                owned.push(reading, by, &token);
                self.buffer.push(b'"');
                owned.finish(reading, by, Syntax::Json, &mut self.buffer);
                self.buffer.push(b'"');
            }
            None => self.match_scalar(reading, &token, tally),
        }
        self.end_value();
    }

    /// A number in which content is found becomes a string.
    fn match_scalar(&mut self, reading: &Reading<'_>, token: &[u8], tally: &mut Tally) {
        let surface = reading.surface;
        let owned = self.only_blocks();
        let Self { numbers, frames, paths, buffer, .. } = self;
        let lens = if owned { &surface.blocks } else { &surface.lens };
        if !lens.any() {
            return buffer.extend_from_slice(token);
        }
        let name = member(frames).map(|frame| frame.name.clone()).unwrap_or_default();
        let matched = member(frames).map(|frame| frame.matched.clone()).unwrap_or_default();
        let long = member(frames).is_some_and(|frame| frame.long_name);
        let narrows = surface.narrows(&matched, long, &|path| paths.selected(&surface.paths, path));
        let origin = || Origin { surface: reading.name, path: path(frames, surface, &reading.plan.names) };
        let context = reading.context(lens, Syntax::Scalar, &origin);
        let segment =
            Segment { scope: Scope::Member, context: name, narrows, offset: self.offset - token.len() as u64 };
        let mut out = Vec::new();
        let mut sink = Sink { out: &mut out, tally, changed: false };
        numbers.whole(&context, segment, token, &mut sink);
        if sink.changed {
            buffer.push(b'"');
            buffer.extend_from_slice(&out);
            buffer.push(b'"');
        } else {
            buffer.extend_from_slice(token);
        }
    }

    /// The end of the body.
    pub(super) fn end(&mut self, reading: &Reading<'_>, tally: &mut Tally) {
        if self.state == State::Opened {
            self.begin_string(reading, true, tally);
        }
        if let State::Inside(role) = self.state {
            self.advance(reading, true, tally);
            if role == Role::Value {
                self.write_owned(reading, false, tally);
            }
        }
        if self.state == State::Scalar {
            self.end_scalar(reading, tally);
        }
        self.pending = None;
        self.replaced = None;
        self.unmute();
        if self.state != State::Text {
            self.state = State::Done;
        }
    }

    /// Counts the finds that change nothing, and notes what blocks. Named finds leave `null` alone unless they remove it.
    pub(super) fn count_selected(&mut self, reading: &Reading<'_>, null: bool, tally: &mut Tally) {
        let removes = |by: &Named| reading.plan.action(by.rule, by.find) == Some(&Action::Remove);
        self.claim.count(reading.surface, &|| self.origin(reading), |by| !null || removes(by), tally);
    }

    fn count_region(&mut self, reading: &Reading<'_>, by: &Named, tally: &mut Tally) {
        tally.count(by.key(self.origin(reading)));
        let end = self.offset + u64::from(self.state != State::Scalar);
        if let Some(hits) = &mut tally.hits {
            hits.push(Hit { rule: by.rule, find: by.find, detector: None, merged: false, start: self.value_at, end });
        }
    }

    fn origin(&self, reading: &Reading<'_>) -> Origin {
        Origin { surface: reading.name, path: path(&self.frames, reading.surface, &reading.plan.names) }
    }
}

/// Writes a JSON string.
fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    Syntax::Json.write(text, out);
    out.push(b'"');
}
