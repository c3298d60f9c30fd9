//! `stream_text`: strings of several events that are pieces of one text are matched as one. What takes the place of a
//! match stands in the piece in which it begins, of the others nothing is left.
//!
//! Not covered: more texts than are open at once, and streams longer than what may wait, of which the time decides what
//! becomes.

use std::collections::BTreeMap;

use inkseal_engine::policy::model::{Selector, Step, TextStream};

use super::events::{Line, looks_like_json};
use super::json::pieces::{Piece, pieces};
use super::segment::{Kind, Segment};
use super::{Oracle, Run};

/// Texts that are open at once.
const MOST: usize = 32;
/// Bytes that may wait.
const LONGEST: usize = 32 << 10;

/// What tells a text from others: its stream, and the values of the keys.
type Id = (usize, Vec<Option<Vec<u8>>>);

/// Where a piece stands: the event, and the range in its bytes.
type Place = (usize, usize, usize);

/// An event behind the reading of its texts.
pub struct Event {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// It has JSON that is not whole: finds of streamed texts look at each of its strings alone.
    pub alone: bool,
}

/// The streams of a policy, each once.
pub fn all(oracle: &Oracle) -> Vec<TextStream> {
    let mut all = Vec::new();
    for stream in oracle.uses.iter().filter_map(|it| it.stream.as_ref()) {
        if !all.contains(stream) {
            all.push(stream.clone());
        }
    }
    all
}

/// Events with their texts read; `None` if that is not covered.
pub(super) fn stitch(run: &mut Run<'_>, events: &[&[Line<'_>]], streams: &[TextStream]) -> Option<Vec<Event>> {
    let mut all: Vec<Event> = Vec::new();
    let mut texts: BTreeMap<Id, Vec<Place>> = BTreeMap::new();
    for (number, event) in events.iter().enumerate() {
        let bytes: Vec<u8> = event.iter().flat_map(|line| [line.text, line.end].concat()).collect();
        let (data, places) = data(event);
        let found = if looks_like_json(&data) { pieces(run, &data, streams) } else { Some(Vec::new()) };
        all.push(Event { bytes, alone: found.is_none() });
        for Piece { start, end, stream, keys } in found.unwrap_or_default() {
            texts.entry((stream, keys)).or_default().push((number, places[start], places[start] + end - start));
        }
    }
    let open = texts.keys().filter(|(stream, _)| !streams[*stream].whole).count();
    if open > MOST || all.iter().map(|event| event.bytes.len()).sum::<usize>() > LONGEST {
        return None;
    }
    let mut left = Vec::new();
    for ((stream, _), places) in &texts {
        let raw: Vec<&[u8]> = places.iter().map(|(event, start, end)| &all[*event].bytes[*start..*end]).collect();
        left.extend(places.iter().copied().zip(text(run, &raw, &streams[*stream])));
    }
    // From the last place to the first, so that the places before stay what they are.
    left.sort();
    for ((event, start, end), text) in left.into_iter().rev() {
        all[event].bytes.splice(start..end, text);
    }
    Some(all)
}

/// The data of an event, its lines joined, and where in the event each of its bytes stands.
fn data(event: &[Line<'_>]) -> (Vec<u8>, Vec<usize>) {
    let (mut data, mut places, mut at) = (Vec::new(), Vec::new(), 0);
    let mut first = true;
    for line in event {
        if let Some((field, value)) = line.data() {
            if !first {
                data.push(b'\n');
                places.push(at);
            }
            first = false;
            data.extend(value);
            places.extend((0..value.len()).map(|index| at + field.len() + index));
        }
        at += line.text.len() + line.end.len();
    }
    (data, places)
}

/// What is left of the pieces of one text.
fn text(run: &mut Run<'_>, pieces: &[&[u8]], stream: &TextStream) -> Vec<Vec<u8>> {
    let of_stream = |at: &usize| run.oracle.uses[*at].stream.as_ref() == Some(stream);
    let active: Vec<usize> = (0..run.oracle.uses.len()).filter(of_stream).collect();
    let (shown, name) = (shown(stream), name(stream));
    if stream.whole {
        let whole = |raw: &&[u8]| run.segment(&Segment::value(raw, &name, Kind::JsonString), &active, &shown);
        return pieces.iter().map(whole).collect();
    }
    // Line ends stand for the seams: no string holds one, and they stay wherever something is replaced.
    let raw: Vec<u8> = pieces.iter().flat_map(|piece| [piece, &b"\n"[..]].concat()).collect();
    let left = run.segment(&Segment::value(&raw, &name, Kind::Stitched), &active, &shown);
    let left: Vec<Vec<u8>> = left.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    assert_eq!(left.len(), pieces.len() + 1, "no piece is lost");
    left
}

/// The name that a piece has, for keywords.
fn name(stream: &TextStream) -> Vec<u8> {
    let name = |step: &Step| match &step.selector {
        Selector::Name(name) => Some(name.clone().into_bytes()),
        _ => None,
    };
    stream.path.steps.iter().rev().find_map(name).unwrap_or_default()
}

/// A path as findings show it.
fn shown(stream: &TextStream) -> String {
    let step = |step: &Step| match (&step.selector, step.descendant) {
        (Selector::Name(name), false) => format!(".{name}"),
        (Selector::Name(name), true) => format!("..{name}"),
        (Selector::Wildcard, true) => "..*".to_owned(),
        (_, true) => "..[*]".to_owned(),
        (_, false) => "[*]".to_owned(),
    };
    std::iter::once("$".to_owned()).chain(stream.path.steps.iter().map(step)).collect()
}
