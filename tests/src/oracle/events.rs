//! Server-sent events (HTML Living Standard, section 9.2), read whole: lines, events of lines, and of each event the
//! text that its lines of data are.
//!
//! Not covered: data that looks like JSON and is none, or has more between two of its lines than `hold_back`; a line
//! behind the first of data that refuses the exchange, which the data may do before it.

use inkseal_engine::policy::model::Place;

use super::segment::{Kind, Segment};
use super::{Run, json, streams};

/// Whose finds read the data of events.
pub const PLACES: &[Place] = &[Place::Sse, Place::Json, Place::Field, Place::Body, Place::Any];
/// Whose finds read other lines, and data that is no JSON.
const TEXT: &[Place] = &[Place::Sse, Place::Field, Place::Body, Place::Any];

/// A line and what ends it.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// Its bytes.
    pub text: &'a [u8],
    /// A line feed, a carriage return, both, or nothing at the end of the stream.
    pub end: &'a [u8],
}

impl<'a> Line<'a> {
    /// A line of data: what stands before the value, and the value.
    pub fn data(self) -> Option<(&'a [u8], &'a [u8])> {
        if self.text == b"data" {
            return Some((self.text, b""));
        }
        let value = self.text.strip_prefix(b"data:")?;
        let value = value.strip_prefix(b" ").unwrap_or(value);
        Some((&self.text[..self.text.len() - value.len()], value))
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A stream; `None` if it is not covered.
pub(super) fn redact(run: &mut Run<'_>, body: &[u8]) -> Option<Vec<u8>> {
    let stream = body.strip_prefix(BOM).unwrap_or(body);
    let mut out = body[..body.len() - stream.len()].to_vec();
    let all = lines(stream);
    let events: Vec<&[Line<'_>]> = all.split_inclusive(|line| line.text.is_empty()).collect();
    let streams = streams::all(run.oracle);
    if streams.is_empty() {
        events.iter().try_for_each(|event| redact_event(run, event).map(|left| out.extend(left)))?;
        return Some(out);
    }
    for event in streams::stitch(run, &events, &streams)? {
        run.alone = event.alone;
        out.extend(redact_event(run, &lines(&event.bytes))?);
    }
    Some(out)
}

/// The data of each event that has some.
pub fn data(body: &[u8]) -> Vec<Vec<u8>> {
    let lines = lines(body.strip_prefix(BOM).unwrap_or(body));
    let events = lines.split(|line| line.text.is_empty());
    let texts = events.map(|event| event.iter().filter_map(|line| line.data()).map(|(_, value)| value));
    let texts = texts.map(Iterator::collect::<Vec<_>>);
    texts.filter(|values| !values.is_empty()).map(|values| values.join(&b'\n')).collect()
}

/// Whether data begins as JSON does.
pub fn looks_like_json(text: &[u8]) -> bool {
    let first = text.iter().find(|byte| !b" \t\n".contains(byte));
    first.is_some_and(|byte| b"{[\"".contains(byte))
}

/// Whether data is read as JSON: behind more blanks than may be held whatever follows is text.
pub fn reads_as_json(text: &[u8], hold_back: usize) -> bool {
    looks_like_json(text) && text.iter().take_while(|byte| b" \t\n".contains(byte)).count() <= hold_back
}

fn lines(stream: &[u8]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let length = rest.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(rest.len());
        let (text, behind) = rest.split_at(length);
        let end = if behind.starts_with(b"\r\n") { 2 } else { behind.len().min(1) };
        lines.push(Line { text, end: &behind[..end] });
        rest = &behind[end..];
    }
    lines
}

fn redact_event(run: &mut Run<'_>, event: &[Line<'_>]) -> Option<Vec<u8>> {
    let hold_back = run.oracle.hold_back;
    let mut others: Vec<Vec<u8>> = Vec::new();
    let mut begun = false;
    for line in event {
        begun |= line.data().is_some();
        let refused = run.refused;
        others.push(if line.data().is_some() { Vec::new() } else { other(run, line.text) });
        if begun && run.refused != refused {
            return None;
        }
    }
    // A text is lines of data with no more between them than may be held.
    let mut texts: Vec<Vec<&[u8]>> = Vec::new();
    let mut between = usize::MAX;
    for (line, other) in event.iter().zip(&others) {
        match line.data() {
            Some((_, value)) if between <= hold_back => texts.last_mut()?.push(value),
            Some((_, value)) => texts.push(vec![value]),
            None => between = between.saturating_add(other.len() + line.end.len()),
        }
        if line.data().is_some() {
            between = line.end.len();
        }
    }
    let texts: Vec<Vec<u8>> = texts.iter().map(|values| values.join(&b'\n')).collect();
    let length: usize = event.iter().map(|line| line.text.len() + line.end.len()).sum();
    let blank = |text: &Vec<u8>| text.first().is_some_and(|byte| b" \t\n".contains(byte));
    let json = texts.iter().any(|text| looks_like_json(text));
    let lines = event.iter().filter(|line| line.data().is_some()).count();
    if length > hold_back && lines > 1 && texts.iter().any(blank) || json && texts.len() > 1 {
        return None;
    }
    let redacted = texts.iter().map(|text| redact_text(run, text)).collect::<Option<Vec<_>>>()?;
    // No line end of a text is lost, so that its lines go where they came from.
    let mut left = redacted.iter().flat_map(|text| text.split(|byte| *byte == b'\n'));
    let mut out = Vec::new();
    for (line, other) in event.iter().zip(others) {
        if let Some((field, _)) = line.data() {
            out.extend(field);
            // A line end that a replacement holds.
            let value = left.next().expect("there are as many lines as before");
            out.extend(value.split(|byte| *byte == b'\r').collect::<Vec<_>>().join(&b"\ndata: "[..]));
        }
        out.extend(other);
        out.extend(line.end);
    }
    Some(out)
}

fn redact_text(run: &mut Run<'_>, text: &[u8]) -> Option<Vec<u8>> {
    if !reads_as_json(text, run.oracle.hold_back) {
        let active = run.oracle.nameless(TEXT);
        return Some(run.segment(&Segment { kind: Kind::Data, ..Segment::text(text) }, &active, ""));
    }
    if json::covers(text) { json::data(run, text) } else { None }
}

/// A comment, or a field that is not data.
fn other(run: &mut Run<'_>, line: &[u8]) -> Vec<u8> {
    let comment = line.strip_prefix(b":");
    let active = run.oracle.nameless(TEXT);
    let text = comment.unwrap_or(line);
    let left = run.segment(&Segment { kind: Kind::Header, ..Segment::text(text) }, &active, "");
    // What begins otherwise than before is neither blank nor another field.
    let comment = comment.is_some() || left.first() != line.first();
    [if comment { &b":"[..] } else { b"" }, &left].concat()
}
