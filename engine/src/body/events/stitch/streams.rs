//! The texts that are being stitched, each in a matcher of its own.

use std::collections::{BTreeMap, VecDeque};

use super::super::super::Reading;
use super::walk::Id;
use crate::redact::{Context, Matcher, Origin, Scope, Segment, Sink, Syntax, Tally};
use crate::surface::Stream;

/// Texts that are open at once; beyond, the one that has waited longest for a piece ends.
const MOST: usize = 32;

/// What separates the pieces of a text on their way through a matcher: no JSON string holds it, nor what takes the
/// place of a part of one.
const SEAM: u8 = b'\n';

/// Which piece of which event.
pub(super) type Place = (u64, usize);

/// A piece whose text is decided.
pub(super) type Decided = (Place, Vec<u8>);

/// One text.
#[derive(Default)]
struct Text {
    matcher: Matcher,
    /// The pieces that have not come out.
    waiting: VecDeque<Place>,
    /// What has come out of the first of them.
    out: Vec<u8>,
    /// When its last piece came, as a number of pieces.
    used: u64,
}

/// The texts that are open, and those that have a string to themselves.
#[derive(Default)]
pub(super) struct Streams {
    open: BTreeMap<Id, Text>,
    whole: Matcher,
    /// Pieces that have come.
    count: u64,
    /// Bytes read by texts that have ended.
    ended: u64,
}

/// What becomes of a text at the end of what has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// More may come.
    More,
    /// More may come, but what has come is decided.
    Now,
    /// Nothing comes.
    End,
}

impl Streams {
    /// Takes the next piece of a text.
    pub(super) fn push(
        &mut self,
        reading: &Reading<'_>,
        id: Id,
        place: Place,
        raw: &[u8],
        tally: &mut Tally,
        decided: &mut Vec<Decided>,
    ) {
        let Some(stream) = reading.surface.streams.get(id.0) else { return decided.push((place, raw.to_vec())) };
        let segment = segment(id, stream);
        if stream.whole {
            let mut out = Vec::new();
            with(reading, stream, |context| {
                self.whole.whole(context, segment, raw, &mut Sink { out: &mut out, tally, changed: false });
            });
            return decided.push((place, out));
        }
        if !self.open.contains_key(&id) {
            self.make_room(reading, tally, decided);
            let mut text = Text::default();
            with(reading, stream, |context| text.matcher.begin(context, segment));
            self.open.insert(id, text);
        }
        self.count += 1;
        if let Some(text) = self.open.get_mut(&id) {
            text.used = self.count;
            text.waiting.push_back(place);
            text.matcher.push(raw);
            text.matcher.seam(&[SEAM], None);
            text.advance(reading, stream, Until::More, tally, decided);
        }
    }

    /// Decides on all that has come of a text.
    pub(super) fn force(&mut self, reading: &Reading<'_>, id: Id, tally: &mut Tally, decided: &mut Vec<Decided>) {
        if let (Some(text), Some(stream)) = (self.open.get_mut(&id), reading.surface.streams.get(id.0)) {
            text.advance(reading, stream, Until::Now, tally, decided);
        }
    }

    /// Ends all texts.
    pub(super) fn end(&mut self, reading: &Reading<'_>, tally: &mut Tally, decided: &mut Vec<Decided>) {
        for id in self.open.keys().copied().collect::<Vec<_>>() {
            self.close(reading, id, tally, decided);
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.whole.memory() + self.open.values().map(Text::memory).sum::<usize>()
    }

    /// Bytes read by automata and decoders.
    pub(super) fn work(&self) -> u64 {
        self.ended + self.whole.work() + self.open.values().map(|text| text.matcher.work()).sum::<u64>()
    }

    fn make_room(&mut self, reading: &Reading<'_>, tally: &mut Tally, decided: &mut Vec<Decided>) {
        if self.open.len() >= MOST
            && let Some(id) = self.open.iter().min_by_key(|(_, text)| text.used).map(|(id, _)| *id)
        {
            self.close(reading, id, tally, decided);
        }
    }

    fn close(&mut self, reading: &Reading<'_>, id: Id, tally: &mut Tally, decided: &mut Vec<Decided>) {
        if let (Some(mut text), Some(stream)) = (self.open.remove(&id), reading.surface.streams.get(id.0)) {
            text.advance(reading, stream, Until::End, tally, decided);
            self.ended += text.matcher.work();
        }
    }
}

impl Text {
    fn memory(&self) -> usize {
        self.matcher.memory() + self.out.capacity() + self.waiting.capacity() * size_of::<Place>()
    }

    /// Lets the matcher write what is decided, and hands out the pieces that are whole.
    fn advance(
        &mut self,
        reading: &Reading<'_>,
        stream: &Stream,
        until: Until,
        tally: &mut Tally,
        decided: &mut Vec<Decided>,
    ) {
        let mut out = std::mem::take(&mut self.out);
        with(reading, stream, |context| {
            let mut sink = Sink { out: &mut out, tally, changed: false };
            self.matcher.advance(context, until == Until::End, &mut sink);
            if until == Until::Now {
                self.matcher.force(context, &mut sink);
            }
        });
        let mut rest = out.as_slice();
        while let Some(end) = rest.iter().position(|&byte| byte == SEAM) {
            let (piece, behind) = rest.split_at_checked(end).unwrap_or((rest, b""));
            if let Some(place) = self.waiting.pop_front() {
                decided.push((place, piece.to_vec()));
            }
            rest = behind.get(1..).unwrap_or_default();
        }
        self.out = rest.to_vec();
    }
}

fn segment(id: Id, stream: &Stream) -> Segment {
    let narrows = u32::try_from(id.0).ok().and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0);
    Segment { scope: Scope::Member, context: stream.name.clone(), narrows, offset: 0 }
}

fn with(reading: &Reading<'_>, stream: &Stream, read: impl FnOnce(&Context<'_>)) {
    let origin = || Origin { surface: reading.name, path: stream.shown.clone() };
    let syntax = if stream.whole { Syntax::Json } else { Syntax::Stitched };
    read(&reading.context(&reading.surface.lens, syntax, &origin));
}
