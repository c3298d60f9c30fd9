//! One part: who owns it, and the reader of its type.

use std::rc::Rc;

use super::about::About;
use super::head::Head;
use super::{MAX_DEPTH, Multipart, pieces};
use crate::body::field::{Field, Start};
use crate::body::json::Limit;
use crate::body::reader::Reader;
use crate::body::text::Text;
use crate::body::{Content, Format, Reading, Surfaces};
use crate::policy::model::Uninspected;
use crate::redact::{Hit, Matcher, Sink, mark};
use crate::surface::{Around, Kind, Surface};

/// Where a part stands.
pub(super) struct Place {
    /// The part around the body that it belongs to.
    pub(super) around: Option<Around>,
    /// How many multipart bodies that lies in.
    pub(super) depth: u32,
    /// How much of a body it has.
    pub(super) extent: Extent,
}

/// How much of a body a part has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// None: not even the line end that would stand between it and the delimiter. It holds nothing, and is left alone by
    /// all finds but those that take it out.
    None,
    /// An empty one.
    Empty,
    /// Some bytes.
    Some,
}

/// How a part's body is read.
#[derive(Default)]
enum Body {
    /// As one value.
    #[default]
    Value,
    /// By the reader of its format.
    Nested(Nested),
    /// It leaves unread.
    Unread,
    /// It is gone; what takes its place is written.
    Gone,
}

/// A body of another format.
struct Nested {
    reader: Box<Reader>,
    surface: Rc<Surface>,
    around: Around,
    /// Where it begins in the body around it.
    offset: u64,
    /// Bytes of it that have come.
    length: u64,
    /// What was replaced in it, by positions of its own.
    hits: Option<Vec<Hit>>,
}

/// The part that is being read, and what is used again for the next.
#[derive(Default)]
pub(super) struct Part {
    body: Body,
    field: Field,
    /// Reads heads.
    matcher: Matcher,
    /// The part goes with its head.
    removed: bool,
    flagged: Option<&'static str>,
    /// What readers that are gone have read.
    spent: u64,
}

impl Part {
    /// Begins a part and writes its head.
    pub(super) fn begin(
        &mut self,
        reading: &Reading<'_>,
        surfaces: &Rc<Surfaces>,
        head: &Head,
        place: &Place,
        sink: &mut Sink<'_>,
    ) -> Result<(), Limit> {
        let about = About::of(&head.raw, reading.plan);
        let names: Vec<&[u8]> = about.names.known.iter().map(Vec::as_slice).collect();
        let offset = head.offset + head.raw.len() as u64;
        let start = Start {
            names: if names.is_empty() && about.names.unknown { &[b""] } else { &names },
            long_name: about.names.unknown,
            context: names.first().copied().unwrap_or_default(),
            syntax: about.syntax,
            empty: place.extent != Extent::Some,
            narrows: place.around.map_or(0, |around| around.holds),
            offset,
            ..Start::default()
        };
        self.field.begin(reading, &start);
        self.removed = self.field.removes(reading);
        let holds = start.conditions(reading);
        if !self.removed {
            sink.out.extend_from_slice(&head.line);
            pieces::write(reading, &mut self.matcher, (&head.raw, head.offset), holds, sink);
        }
        if place.extent == Extent::None && !self.removed {
            self.body = Body::Gone;
            return Ok(());
        }
        let only_blocks = self.field.only_blocks() || place.around.is_some_and(|around| around.only_blocks);
        let around = Around { holds, only_blocks };
        self.body = self.body_of(reading, surfaces, &about, place, (around, offset), sink)?;
        if !matches!(self.body, Body::Value) {
            self.field.count_selected(reading, sink.tally);
        }
        Ok(())
    }

    /// How the body of a part is read.
    fn body_of(
        &mut self,
        reading: &Reading<'_>,
        surfaces: &Rc<Surfaces>,
        about: &About,
        place: &Place,
        (around, offset): (Around, u64),
        sink: &mut Sink<'_>,
    ) -> Result<Body, Limit> {
        if self.field.owned() {
            return Ok(Body::Value);
        }
        if about.opaque {
            return Ok(Body::Unread);
        }
        if let Some(reason) = about.unreadable {
            return self.unreadable(reading, surfaces, reason, sink);
        }
        let Some(kind) = kind(about.content.format) else { return Ok(Body::Value) };
        if kind == Kind::Part && place.depth + 1 >= MAX_DEPTH.min(reading.plan.limits.depth) {
            self.reach(reading, surfaces, "depth")?;
            return Ok(Body::Value);
        }
        // The surface of parts has their conditions, which its own parts are held against.
        let asked = if kind == Kind::Part { Around { holds: 0, ..around } } else { around };
        let surface = surfaces.around(reading.plan, kind, Some(asked));
        let reading = Reading { surface: &surface, ..*reading };
        let reader = Box::new(reader(&about.content, surfaces, &reading, around, place.depth + 1));
        let hits = sink.tally.hits.as_ref().map(|_| Vec::new());
        Ok(Body::Nested(Nested { reader, surface, around, offset, length: 0, hits }))
    }

    /// A part that cannot be read although a rule could change it: the policy's outcome.
    fn unreadable(
        &mut self,
        reading: &Reading<'_>,
        surfaces: &Surfaces,
        reason: &'static str,
        sink: &mut Sink<'_>,
    ) -> Result<Body, Limit> {
        self.flagged.get_or_insert(reason);
        match reading.plan.settings.uninspectable(reason) {
            outcome if surfaces.lets_pass(outcome) => Ok(Body::Value),
            Uninspected::RedactAll => {
                sink.out.extend_from_slice(mark("BODY").as_bytes());
                Ok(Body::Gone)
            }
            _ => Err(Limit { name: reason, rest: Vec::new() }),
        }
    }

    /// A bound was reached in the part: an error, unless what follows in it may pass as text.
    fn reach(&mut self, reading: &Reading<'_>, surfaces: &Surfaces, name: &'static str) -> Result<(), Limit> {
        if !surfaces.lets_pass(reading.plan.settings.on_limit) {
            return Err(Limit { name, rest: Vec::new() });
        }
        self.flagged.get_or_insert(name);
        Ok(())
    }

    /// Takes the next bytes of the body.
    pub(super) fn push(
        &mut self,
        reading: &Reading<'_>,
        surfaces: &Surfaces,
        text: &[u8],
        sink: &mut Sink<'_>,
    ) -> Result<(), Limit> {
        match &self.body {
            Body::Value => self.field.push(reading, text, sink.out, sink.tally),
            Body::Nested(_) => return self.nested(reading, surfaces, text, false, sink),
            Body::Unread => sink.out.extend_from_slice(text),
            Body::Gone => {}
        }
        Ok(())
    }

    /// Writes what is decided by now.
    pub(super) fn flush(&mut self, reading: &Reading<'_>, sink: &mut Sink<'_>) {
        if matches!(self.body, Body::Value) {
            self.field.flush(reading, sink.out, sink.tally);
        }
    }

    /// Ends the part.
    pub(super) fn end(&mut self, reading: &Reading<'_>, surfaces: &Surfaces, sink: &mut Sink<'_>) -> Result<(), Limit> {
        match &self.body {
            Body::Value => self.field.end(reading, sink.out, sink.tally),
            Body::Nested(_) => self.nested(reading, surfaces, b"", true, sink)?,
            Body::Unread | Body::Gone => {}
        }
        if let Body::Nested(nested) = std::mem::take(&mut self.body) {
            self.spent += nested.reader.work();
            self.flagged = self.flagged.or_else(|| nested.reader.flagged());
            let shifted = |hit: Hit| Hit { start: hit.start + nested.offset, end: hit.end + nested.offset, ..hit };
            if let (Some(hits), Some(inner)) = (&mut sink.tally.hits, nested.hits) {
                hits.extend(inner.into_iter().map(shifted));
            }
        }
        Ok(())
    }

    /// Whether the part that has ended is taken out.
    pub(super) fn removed(&self) -> bool {
        self.removed
    }

    /// Whether bytes of a part that has begun are held.
    pub(super) fn holding(&self) -> bool {
        match &self.body {
            Body::Value => self.field.holding(),
            Body::Nested(nested) => nested.reader.holding(),
            Body::Unread | Body::Gone => false,
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let nested = if let Body::Nested(nested) = &self.body { nested.reader.memory() } else { 0 };
        nested + self.field.memory() + self.matcher.memory()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        let nested = if let Body::Nested(nested) = &self.body { nested.reader.work() } else { 0 };
        nested + self.spent + self.field.work() + self.matcher.work()
    }

    /// Why one was passed unread, or read only as bytes.
    pub(super) fn flagged(&self) -> Option<&'static str> {
        let nested = if let Body::Nested(nested) = &self.body { nested.reader.flagged() } else { None };
        self.flagged.or(nested)
    }

    fn nested(
        &mut self,
        reading: &Reading<'_>,
        surfaces: &Surfaces,
        text: &[u8],
        last: bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), Limit> {
        let Body::Nested(nested) = &mut self.body else { return Ok(()) };
        nested.length += text.len() as u64;
        std::mem::swap(&mut sink.tally.hits, &mut nested.hits);
        let inner = Reading { surface: &nested.surface, ..*reading };
        let limit = nested.reader.step(&inner, text, last, sink.out, sink.tally);
        std::mem::swap(&mut sink.tally.hits, &mut nested.hits);
        let Some(Limit { name, rest }) = limit else { return Ok(()) };
        // What follows in the part is text, if that is what becomes of it; other parts are read on as they are.
        let (flagged, spent) = (nested.reader.flagged(), nested.reader.work());
        let mut bytes = Text::default();
        bytes.begin_at(nested.length.saturating_sub(rest.len() as u64));
        *nested.reader = Reader::Text(Box::new(bytes));
        nested.surface = surfaces.around(reading.plan, Kind::Text, Some(nested.around));
        nested.length -= rest.len() as u64;
        self.spent += spent;
        self.flagged = self.flagged.or(flagged);
        self.reach(reading, surfaces, name)?;
        self.nested(reading, surfaces, &rest, last, sink)
    }
}

/// The kind of surface of a format that has a reader of its own; others are read as one value.
fn kind(format: Format) -> Option<Kind> {
    match format {
        Format::Json | Format::Lines | Format::Form | Format::Markup | Format::Multipart | Format::Protobuf => {
            format.kinds().first().copied()
        }
        _ => None,
    }
}

fn reader(content: &Content, surfaces: &Rc<Surfaces>, reading: &Reading<'_>, around: Around, depth: u32) -> Reader {
    match content.format {
        Format::Multipart => {
            let multipart = Multipart::inside(&content.boundary, surfaces, reading, Some(around), depth);
            Reader::Multipart(Box::new(multipart))
        }
        _ => Reader::new(content, surfaces, reading),
    }
}
