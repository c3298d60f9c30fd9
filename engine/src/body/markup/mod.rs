//! HTML and XML, redacted in one pass: texts and attribute values are values named by their element or attribute, and
//! what is around them is looked at too, so that no byte leaves unread.
//!
//! The reader follows tags, comments, CDATA sections and declarations, not the grammar: what is broken is read on.
//! Sources: XML 1.0 (Fifth Edition) sections 2.4 to 3.1; HTML Living Standard, "Tokenization".

mod elements;
mod tag;

use self::elements::Elements;
use self::tag::Tag;
use super::Reading;
use super::field::{Field, Start};
use crate::redact::{Syntax, Tally};

/// How much of the line before a value keywords are looked for in, in bytes.
const LINE: usize = 256;

/// What is being read.
enum State {
    /// Between two pieces of markup.
    Text,
    /// Behind a `<`, before it is known what it opens.
    Opening(Vec<u8>),
    /// A part that ends with a literal.
    Until(Until),
    /// A tag.
    Tag(Tag),
}

/// A comment, section or declaration under way.
#[derive(Clone, Copy)]
struct Until {
    /// What ends it.
    end: &'static [u8],
    /// How much of that has come: it is held back.
    seen: usize,
    /// How much of what is held back has been written with the opening.
    written: usize,
}

/// The state of a document.
pub(super) struct Markup {
    state: State,
    elements: Elements,
    field: Field,
    /// A value is in the field.
    begun: bool,
    line: Vec<u8>,
    offset: u64,
}

impl Default for Markup {
    fn default() -> Self {
        let (elements, field) = (Elements::default(), Field::default());
        Self { state: State::Text, elements, field, begun: false, line: Vec::new(), offset: 0 }
    }
}

/// Where output and counts go.
struct Sink<'a> {
    out: &'a mut Vec<u8>,
    tally: &'a mut Tally,
}

impl Markup {
    /// Takes the next bytes, the last of them when `last`, and appends to `out` what may leave.
    pub(super) fn step(
        &mut self,
        reading: &Reading<'_>,
        chunk: &[u8],
        last: bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        let sink = &mut Sink { out, tally };
        let mut rest = chunk;
        while !rest.is_empty() {
            let taken = self.take(reading, rest, sink);
            rest = rest.get(taken..).unwrap_or_default();
        }
        if last {
            match std::mem::replace(&mut self.state, State::Text) {
                State::Opening(opened) => self.text(reading, &opened, sink),
                // What might have been the end is content.
                State::Until(Until { end, seen, written }) => {
                    self.push(reading, end.get(written..seen).unwrap_or_default(), sink);
                }
                State::Tag(tag) => self.end_tag(reading, tag, sink),
                State::Text => {}
            }
            self.end_value(reading, sink);
        } else if self.begun {
            self.field.flush(reading, sink.out, sink.tally);
        }
    }

    /// Whether bytes are held.
    pub(super) fn holding(&self) -> bool {
        let undecided = match &self.state {
            State::Opening(_) | State::Until(_) => true,
            State::Tag(tag) => tag.undecided(),
            State::Text => false,
        };
        undecided || self.begun && self.field.holding()
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.field.memory() + self.elements.memory() + self.line.capacity()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.field.work()
    }

    /// Takes some bytes, at least one; how many.
    fn take(&mut self, reading: &Reading<'_>, text: &[u8], sink: &mut Sink<'_>) -> usize {
        match &mut self.state {
            State::Text => {
                let run = text.iter().position(|&byte| byte == b'<').unwrap_or(text.len());
                if run == 0 {
                    self.state = State::Opening(vec![b'<']);
                    return 1;
                }
                self.text(reading, text.get(..run).unwrap_or_default(), sink);
                run
            }
            State::Opening(opened) => {
                if let Some(&byte) = text.first() {
                    opened.push(byte);
                }
                self.open(reading, sink);
                1
            }
            State::Until(until) => {
                let until = *until;
                self.until(reading, until, text, sink)
            }
            State::Tag(_) => self.tag(reading, text, sink),
        }
    }

    /// Decides what a `<` and what has come behind it open.
    fn open(&mut self, reading: &Reading<'_>, sink: &mut Sink<'_>) {
        let State::Opening(opened) = &self.state else { return };
        let begins = |literal: &[u8]| literal.starts_with(opened);
        let next = match opened.as_slice() {
            // `<!-->` is a whole comment to a browser.
            b"<!--" => State::Until(Until { end: b"-->", seen: 2, written: 2 }),
            b"<![CDATA[" => State::Until(Until { end: b"]]>", seen: 0, written: 0 }),
            _ if begins(b"<!--") || begins(b"<![CDATA[") => return,
            [b'<', b'!' | b'?', ..] => State::Until(Until { end: b">", seen: 0, written: 0 }),
            [b'<', b'/' | b'a'..=b'z' | b'A'..=b'Z'] => State::Tag(Tag::default()),
            _ => State::Text,
        };
        let State::Opening(opened) = std::mem::replace(&mut self.state, next) else { return };
        match self.state {
            State::Text => {
                // A `<` alone is text; the byte behind it may be another.
                let (first, rest) = opened.split_at_checked(1).unwrap_or_default();
                self.text(reading, first, sink);
                for byte in rest {
                    self.take(reading, &[*byte], sink);
                }
            }
            State::Tag(_) => {
                self.end_value(reading, sink);
                self.begin_value(reading, &Start { syntax: Syntax::Tag, ..Start::default() });
                let (first, rest) = opened.split_at_checked(1).unwrap_or_default();
                self.push(reading, first, sink);
                for byte in rest {
                    self.take(reading, &[*byte], sink);
                }
            }
            State::Until(_) => {
                self.end_value(reading, sink);
                // What opens a comment or section is no part of it; what has come behind `<!` or `<?` is.
                let opening = if matches!(opened.as_slice(), b"<!--" | b"<![CDATA[") { opened.len() } else { 2 };
                let (literal, rest) = opened.split_at_checked(opening).unwrap_or_default();
                self.copy(literal, sink);
                self.begin_value(reading, &Start { syntax: Syntax::Verbatim, ..Start::default() });
                for byte in rest {
                    self.take(reading, &[*byte], sink);
                }
            }
            State::Opening(_) => {}
        }
    }

    /// A piece of a comment or section; how many bytes were taken. What may be its end is held back.
    fn until(&mut self, reading: &Reading<'_>, mut until: Until, text: &[u8], sink: &mut Sink<'_>) -> usize {
        let before = until.seen;
        let mut taken = 0;
        for &byte in text {
            until.seen = matched(until.end, until.seen, byte);
            taken += 1;
            if until.seen == until.end.len() {
                break;
            }
        }
        // Content is what was held and has come, less what is held now.
        let content = (before + taken).saturating_sub(until.seen);
        let held = until.end.get(..before.min(content)).unwrap_or_default();
        let skipped = held.len().min(until.written);
        until.written -= skipped;
        self.push(reading, held.get(skipped..).unwrap_or_default(), sink);
        self.push(reading, text.get(..content.saturating_sub(before)).unwrap_or_default(), sink);
        self.state = State::Until(until);
        if until.seen == until.end.len() {
            self.end_value(reading, sink);
            self.copy(until.end.get(until.written..).unwrap_or_default(), sink);
            self.state = State::Text;
        }
        taken
    }

    /// Bytes that are the same in every document: they leave as they are.
    fn copy(&mut self, literal: &[u8], sink: &mut Sink<'_>) {
        sink.out.extend_from_slice(literal);
        self.pass(literal);
    }

    /// A piece of a text node.
    fn text(&mut self, reading: &Reading<'_>, text: &[u8], sink: &mut Sink<'_>) {
        if !self.begun {
            let elements = std::mem::take(&mut self.elements);
            let (names, long_name) = elements.innermost();
            let syntax = Syntax::Markup;
            self.begin_value(
                reading,
                &Start { names: &names, long_name, syntax, blank_is_none: true, ..Start::default() },
            );
            self.elements = elements;
        }
        self.push(reading, text, sink);
    }

    /// Begins a value; the line before it is its context.
    fn begin_value(&mut self, reading: &Reading<'_>, start: &Start<'_>) {
        let context = self.line.get(self.line.len().saturating_sub(LINE)..).unwrap_or_default();
        self.field.begin(reading, &Start { context, offset: self.offset, ..start.clone() });
        self.begun = true;
    }

    fn push(&mut self, reading: &Reading<'_>, raw: &[u8], sink: &mut Sink<'_>) {
        self.field.push(reading, raw, sink.out, sink.tally);
        self.pass(raw);
    }

    /// Notes bytes that have been read.
    fn pass(&mut self, raw: &[u8]) {
        self.offset += raw.len() as u64;
        let line = raw.iter().rposition(|&byte| byte == b'\n').map(|at| at + 1);
        if line.is_some() {
            self.line.clear();
        }
        let tail = raw.get(line.unwrap_or(0)..).unwrap_or_default();
        self.line.extend_from_slice(tail.get(tail.len().saturating_sub(LINE)..).unwrap_or(tail));
        if self.line.len() > 4 * LINE {
            self.line.drain(..self.line.len() - LINE);
        }
    }

    fn end_value(&mut self, reading: &Reading<'_>, sink: &mut Sink<'_>) {
        if std::mem::take(&mut self.begun) {
            self.field.end(reading, sink.out, sink.tally);
        }
    }
}

/// How much of `literal` the text ends with, when it ended with `seen` bytes of it before `byte`.
fn matched(literal: &[u8], seen: usize, byte: u8) -> usize {
    let so_far = literal.get(..seen).unwrap_or(literal);
    (1..=(seen + 1).min(literal.len()))
        .rev()
        .find(|&len| {
            let (wanted, last) = literal.split_at_checked(len - 1).unwrap_or_default();
            last.first() == Some(&byte) && so_far.ends_with(wanted)
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::matched;

    #[test]
    fn a_terminator_may_begin_again_inside_itself() {
        let ends = |text: &str| {
            let mut seen = 0;
            text.bytes().position(|byte| {
                seen = matched(b"-->", seen, byte);
                seen == 3
            })
        };
        assert_eq!(ends("a-->"), Some(3));
        assert_eq!(ends("---->"), Some(4));
        assert_eq!(ends("--a->-"), None);
    }
}
