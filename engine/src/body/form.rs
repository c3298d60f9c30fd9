//! A form or query: parameters between `&`, redacted in one pass (WHATWG URL, application/x-www-form-urlencoded).
//!
//! A name is held until its `=`, so that a parameter can be taken out with its name. Names are looked at for content
//! like values. Of a name longer than [`MAX_NAME`] the value is taken to match every glob.

use super::Reading;
use super::field::{Field, Start};
use crate::redact::{Matcher, Origin, Scope, Segment, Sink, Syntax, Tally, decode_name};

/// Bytes of a name that are held and compared with globs.
pub(super) const MAX_NAME: usize = 1024;

enum State {
    /// Before the `=`: what has come of the name.
    Name(Vec<u8>),
    /// In a name that is too long to be held.
    LongName,
    /// Behind the `=` of this name, before it is known whether a value follows; `None` is a long one.
    Equals(Option<Vec<u8>>),
    /// Behind the `=`.
    Value,
    /// Behind a parameter that has been written.
    Passed,
}

/// The state of a form.
pub(crate) struct Form {
    state: State,
    /// Room for the next name.
    room: Vec<u8>,
    field: Field,
    /// Reads names.
    names: Matcher,
    /// A parameter has been written: the next one begins with `&`.
    written: bool,
    /// The current parameter is not the first.
    separated: bool,
    offset: u64,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            state: State::Name(Vec::new()),
            room: Vec::new(),
            field: Field::default(),
            names: Matcher::default(),
            written: false,
            separated: false,
            offset: 0,
        }
    }
}

impl Form {
    /// Takes the next bytes, the last of them when `last`, and appends to `out` what may leave.
    pub(crate) fn step(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            let named = matches!(self.state, State::Equals(_) | State::Value);
            let stops = |byte: &u8| *byte == b'&' || *byte == b'=' && !named;
            let run = rest.iter().position(stops).unwrap_or(rest.len());
            let (now, behind) = rest.split_at_checked(run).unwrap_or((rest, b""));
            let whole = last || !behind.is_empty();
            if !(whole && self.pass(reading, now, out)) {
                self.text(reading, now, out, tally);
            }
            self.offset += run as u64;
            rest = behind;
            if run == 0 {
                self.offset += 1;
                rest = rest.get(1..).unwrap_or_default();
                if byte == b'&' {
                    self.end_parameter(reading, self.offset - 1, out, tally);
                    self.separated = true;
                } else {
                    let name = if let State::Name(name) = &mut self.state { Some(std::mem::take(name)) } else { None };
                    self.state = State::Equals(name);
                }
            }
        }
        if last {
            self.end_parameter(reading, self.offset, out, tally);
        } else if matches!(self.state, State::LongName | State::Value) {
            self.field.flush(reading, out, tally);
        }
    }

    /// Whether nobody owns a whole parameter, and nothing is found in it.
    pub(crate) fn quiet(reading: &Reading<'_>, parameter: &[u8]) -> bool {
        let equals = parameter.iter().position(|&byte| byte == b'=');
        let (raw, value) = match equals.and_then(|at| Some((parameter.get(..at)?, parameter.get(at + 1..)?))) {
            Some((name, _)) if name.len() > MAX_NAME => return false,
            Some(parts) => parts,
            // All of it is the value.
            None => (&b""[..], parameter),
        };
        let matched = reading.plan.matched(&decode_name(raw));
        let lens = &reading.surface.lens;
        let context = reading.context(lens, Syntax::Form, &Origin::default);
        let silent = |before, text: &[u8]| !lens.any() || text.is_empty() || context.quiet(before, text);
        !matched.any() && silent(matched.words(), value) && silent(&[], raw)
    }

    /// Whether a named find owns the value that came last.
    pub(crate) fn owned(&self) -> bool {
        self.field.only_blocks()
    }

    /// Whether bytes are held.
    pub(crate) fn holding(&self) -> bool {
        match &self.state {
            State::Name(name) => !name.is_empty() || self.separated,
            State::Equals(_) => true,
            State::LongName | State::Value => self.field.holding(),
            State::Passed => false,
        }
    }

    /// Bytes of memory held.
    pub(crate) fn memory(&self) -> usize {
        let name = match &self.state {
            State::Name(name) | State::Equals(Some(name)) => name.capacity(),
            _ => 0,
        };
        name + self.room.capacity() + self.field.memory() + self.names.memory()
    }

    /// Bytes read by automata and decoders.
    pub(crate) fn work(&self) -> u64 {
        self.field.work() + self.names.work()
    }

    /// Writes a parameter at once, of whose value `value` is all, if nothing is found in it and its name.
    fn pass(&mut self, reading: &Reading<'_>, value: &[u8], out: &mut Vec<u8>) -> bool {
        let State::Equals(Some(raw)) = &mut self.state else { return false };
        if value.is_empty() || !self.field.passes(reading, Syntax::Form, &decode_name(raw), value) {
            return false;
        }
        let lens = &reading.surface.lens;
        let context = reading.context(lens, Syntax::Form, &Origin::default);
        if lens.any() && !self.names.quiet_behind(&context, &[], raw, None) {
            return false;
        }
        self.room = std::mem::take(raw);
        self.separate(out);
        out.extend_from_slice(&self.room);
        out.push(b'=');
        out.extend_from_slice(value);
        self.state = State::Passed;
        true
    }

    fn text(&mut self, reading: &Reading<'_>, text: &[u8], out: &mut Vec<u8>, tally: &mut Tally) {
        if let State::Name(name) = &mut self.state {
            name.extend_from_slice(text);
            if name.len() > MAX_NAME {
                let offset = (self.offset + text.len() as u64).saturating_sub(name.len() as u64);
                let name = std::mem::take(name);
                self.state = State::LongName;
                self.separate(out);
                let syntax = Syntax::Form;
                self.field.begin(reading, &Start { syntax, offset, ..Start::default() });
                self.field.push(reading, &name, out, tally);
            }
        } else if !text.is_empty() {
            self.begin_value(reading, false, out, tally);
            self.field.push(reading, text, out, tally);
        }
    }

    /// Begins the value behind a name and its `=`, if that is what comes next.
    fn begin_value(&mut self, reading: &Reading<'_>, empty: bool, out: &mut Vec<u8>, tally: &mut Tally) {
        let State::Equals(name) = &mut self.state else { return };
        let (name, offset) = (name.take(), self.offset);
        self.state = State::Value;
        let start = Start { syntax: Syntax::Form, empty, offset, ..Start::default() };
        match name {
            Some(raw) => {
                let name = decode_name(&raw);
                let names: [&[u8]; 1] = [&name];
                self.field.begin(reading, &Start { names: &names, context: &name, ..start });
                if !self.field.removes(reading) {
                    self.separate(out);
                    let at = offset.saturating_sub(1 + raw.len() as u64);
                    name_content(&mut self.names, reading, &raw, at, out, tally);
                    out.push(b'=');
                }
            }
            None => {
                self.field.end(reading, out, tally);
                out.push(b'=');
                self.field.begin(reading, &Start { long_name: true, names: &[b""], ..start });
            }
        }
    }

    /// The `&` or the end behind a parameter, at `end`.
    fn end_parameter(&mut self, reading: &Reading<'_>, end: u64, out: &mut Vec<u8>, tally: &mut Tally) {
        self.begin_value(reading, true, out, tally);
        self.room.clear();
        let name = State::Name(std::mem::take(&mut self.room));
        match std::mem::replace(&mut self.state, name) {
            State::Name(raw) if raw.is_empty() => self.separate(out),
            State::Name(raw) => {
                let (syntax, offset) = (Syntax::Form, end.saturating_sub(raw.len() as u64));
                self.field.begin(reading, &Start { names: &[b""], syntax, offset, ..Start::default() });
                if !self.field.removes(reading) {
                    self.separate(out);
                }
                self.field.push(reading, &raw, out, tally);
                self.field.end(reading, out, tally);
            }
            State::LongName | State::Equals(_) | State::Value => self.field.end(reading, out, tally),
            State::Passed => {}
        }
    }

    /// The `&` before a parameter that is written.
    fn separate(&mut self, out: &mut Vec<u8>) {
        if self.written {
            out.push(b'&');
        }
        self.written = true;
    }
}

/// Looks at a name's content.
fn name_content(
    names: &mut Matcher,
    reading: &Reading<'_>,
    raw: &[u8],
    offset: u64,
    out: &mut Vec<u8>,
    tally: &mut Tally,
) {
    let origin = || Origin { surface: reading.name, path: "*".to_owned() };
    let context = reading.context(&reading.surface.lens, Syntax::Form, &origin);
    if !reading.surface.lens.any() {
        return out.extend_from_slice(raw);
    }
    let segment = Segment { scope: Scope::Member, offset, ..Segment::default() };
    names.whole(&context, segment, raw, &mut Sink { out, tally, changed: false });
}
