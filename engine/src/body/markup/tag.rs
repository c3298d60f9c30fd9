//! Tags: their names, and their attributes' values.

use super::super::form::MAX_NAME;
use super::elements::names;
use super::{Markup, Reading, Sink, Start, State};
use crate::redact::Syntax;

/// Where in a tag.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    /// In the tag's name.
    #[default]
    Name,
    /// Before an attribute, or before its `=`.
    Between,
    /// In an attribute's name.
    Attribute,
    /// Behind an `=`.
    Equals,
    /// Behind the quote that opens a value.
    Quote(u8),
    /// In a value between these quotes, or one that ends at white space.
    Value(Option<u8>),
}

/// A tag under way.
#[derive(Default)]
pub(super) struct Tag {
    part: Part,
    /// An end tag.
    end: bool,
    name: Vec<u8>,
    attribute: Vec<u8>,
    /// The last byte was a `/`.
    slash: bool,
}

impl Tag {
    /// Whether it is not known yet if a value follows: an end here still writes something.
    pub(super) fn undecided(&self) -> bool {
        matches!(self.part, Part::Quote(_))
    }
}

impl Markup {
    /// Takes bytes of a tag; how many.
    pub(super) fn tag(&mut self, reading: &Reading<'_>, text: &[u8], sink: &mut Sink<'_>) -> usize {
        let State::Tag(tag) = &mut self.state else { return 0 };
        let Some(&byte) = text.first() else { return 0 };
        if let Part::Value(quote) = tag.part {
            let ends = |byte: &u8| match quote {
                Some(quote) => *byte == quote,
                None => byte.is_ascii_whitespace() || *byte == b'>',
            };
            let run = text.iter().position(ends).unwrap_or(text.len());
            if run == 0 {
                tag.part = Part::Between;
                self.end_value(reading, sink);
                self.begin_value(reading, &piece());
                if quote.is_none() {
                    return 0;
                }
                self.push(reading, &[byte], sink);
                return 1;
            }
            self.push(reading, text.get(..run).unwrap_or_default(), sink);
            return run;
        }
        if let Part::Quote(quote) = tag.part {
            self.begin_attribute(reading, Some(quote), byte == quote, sink);
            return 0;
        }
        let slash = std::mem::replace(&mut tag.slash, byte == b'/');
        match (tag.part, byte) {
            (Part::Equals, b'"' | b'\'') => {
                tag.part = Part::Quote(byte);
            }
            (Part::Equals, _) if byte != b'>' && !byte.is_ascii_whitespace() => {
                // A slash in a value without quotes is the value's.
                tag.slash = false;
                self.begin_attribute(reading, None, false, sink);
                return 0;
            }
            (_, b'>') => {
                let tag = std::mem::take(tag);
                if tag.end {
                    self.elements.close(&tag.name);
                } else {
                    self.elements.open(&tag.name, slash);
                }
                self.push(reading, b">", sink);
                self.end_value(reading, sink);
                self.state = State::Text;
                return 1;
            }
            (Part::Name, b'/') if tag.name.is_empty() => tag.end = true,
            (Part::Name, b'/') => tag.part = Part::Between,
            (Part::Attribute | Part::Between, b'=') if !tag.attribute.is_empty() => tag.part = Part::Equals,
            (Part::Equals, _) => {}
            (Part::Attribute | Part::Between, b'/') => {
                tag.part = Part::Between;
                tag.attribute.clear();
            }
            (_, byte) if byte.is_ascii_whitespace() => tag.part = Part::Between,
            (Part::Name, byte) => keep(&mut tag.name, byte),
            (Part::Attribute, byte) => keep(&mut tag.attribute, byte),
            (_, byte) => {
                tag.part = Part::Attribute;
                tag.attribute.clear();
                keep(&mut tag.attribute, byte);
            }
        }
        self.push(reading, &[byte], sink);
        1
    }

    /// The document ends in a tag.
    pub(super) fn end_tag(&mut self, reading: &Reading<'_>, tag: Tag, sink: &mut Sink<'_>) {
        if let Part::Quote(quote) = tag.part {
            self.state = State::Tag(tag);
            self.begin_attribute(reading, Some(quote), true, sink);
        }
    }

    fn begin_attribute(&mut self, reading: &Reading<'_>, quote: Option<u8>, empty: bool, sink: &mut Sink<'_>) {
        self.end_value(reading, sink);
        let State::Tag(tag) = &mut self.state else { return };
        tag.part = Part::Value(quote);
        let name = std::mem::take(&mut tag.attribute);
        let syntax = if quote.is_some() { Syntax::Markup } else { Syntax::Bare };
        let long_name = name.len() > MAX_NAME;
        self.begin_value(reading, &Start { names: &names(&name), long_name, syntax, empty, ..Start::default() });
    }
}

/// What lies between two values of a tag.
fn piece<'a>() -> Start<'a> {
    Start { syntax: Syntax::Tag, ..Start::default() }
}

/// Appends to a name, as far as names are compared and one byte beyond.
fn keep(name: &mut Vec<u8>, byte: u8) {
    if name.len() <= MAX_NAME {
        name.push(byte);
    }
}
