//! A JSON text read strictly, for the strings in it that are pieces of texts.

use inkseal_engine::policy::model::{JsonPath, TextStream};

use super::owner::{Sort, owner};
use super::read::Key;
use super::select::Steps;
use super::{Spot, below};
use crate::oracle::Run;

/// The content of a string that is a piece.
pub struct Piece {
    /// Where it begins in the text.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
    /// Which of the streams.
    pub stream: usize,
    /// The raw values of the stream's keys.
    pub keys: Vec<Option<Vec<u8>>>,
}

/// The pieces of these streams in a text; `None` if it is not one JSON value to its end.
pub fn pieces(run: &Run<'_>, text: &[u8], streams: &[TextStream]) -> Option<Vec<Piece>> {
    let paths =
        |stream: &TextStream| std::iter::once(&stream.path).chain(&stream.key).map(Some).map(Steps::of).collect();
    let place =
        Place { spot: Spot::root(run), around: Vec::new(), tracks: streams.iter().map(paths).collect(), owned: false };
    let mut reader = Reader { run, text, at: 0, leaves: Vec::new() };
    reader.value(&place)?;
    reader.space();
    (reader.at == text.len()).then(|| found(text, &reader.leaves, streams))
}

/// Where a value stands.
#[derive(Clone)]
struct Place {
    spot: Spot,
    /// Where the containers around it begin.
    around: Vec<usize>,
    /// Of each stream, how far its path has been walked, and then its keys.
    tracks: Vec<Vec<Steps>>,
    /// A named find owns what is around it.
    owned: bool,
}

/// A value without parts.
struct Leaf {
    place: Place,
    start: usize,
    end: usize,
    /// A string that nobody owns.
    free: bool,
}

struct Reader<'a> {
    run: &'a Run<'a>,
    text: &'a [u8],
    at: usize,
    leaves: Vec<Leaf>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// A value; `None` as soon as it is none.
    fn value(&mut self, place: &Place) -> Option<()> {
        self.space();
        match self.peek()? {
            b'[' => self.items(place, b']'),
            b'{' => self.items(place, b'}'),
            b'"' => {
                let (start, end) = self.string()?;
                let sort = if start == end { Sort::Nothing } else { Sort::Something };
                let free = !place.owned && owner(self.run, &place.spot, sort).is_none();
                self.leaves.push(Leaf { place: place.clone(), start, end, free });
                Some(())
            }
            _ => {
                let start = self.at;
                while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
                    self.at += 1;
                }
                serde_json::from_slice::<serde::de::IgnoredAny>(&self.text[start..self.at]).ok()?;
                self.leaves.push(Leaf { place: place.clone(), start, end: self.at, free: false });
                Some(())
            }
        }
    }

    fn items(&mut self, place: &Place, close: u8) -> Option<()> {
        if place.around.len() >= self.run.oracle.depth {
            return None;
        }
        let owned = place.owned || owner(self.run, &place.spot, Sort::Container).is_some();
        let around = [place.around.as_slice(), &[self.at]].concat();
        self.at += 1;
        self.space();
        if self.peek()? == close {
            self.at += 1;
            return Some(());
        }
        for index in 0.. {
            self.space();
            let key = if close == b'}' { Key::Name(self.string()?) } else { Key::Index(index) };
            if close == b'}' {
                self.eat(b':')?;
            }
            let spot = below(self.run, self.text, &key, &place.spot);
            let mut tracks = place.tracks.clone();
            tracks.iter_mut().flatten().for_each(|steps| match key {
                Key::Name(_) => steps.member(&spot.name),
                Key::Index(index) => steps.element(index as u64),
            });
            self.value(&Place { spot, around: around.clone(), tracks, owned })?;
            self.space();
            self.at += 1;
            match self.text.get(self.at - 1)? {
                b',' => {}
                byte if *byte == close => break,
                _ => return None,
            }
        }
        Some(())
    }

    /// The range between quotes, in which no control character stands.
    fn string(&mut self) -> Option<(usize, usize)> {
        self.eat(b'"')?;
        let start = self.at;
        while self.peek()? != b'"' {
            self.at += if self.peek()? == b'\\' { 2 } else { 1 };
        }
        let end = self.at;
        self.at += 1;
        self.text[start..end].iter().all(|byte| *byte >= b' ').then_some((start, end))
    }
}

fn found(text: &[u8], leaves: &[Leaf], streams: &[TextStream]) -> Vec<Piece> {
    let mut all = Vec::new();
    for leaf in leaves.iter().filter(|leaf| leaf.free && leaf.start < leaf.end) {
        let Some(stream) = leaf.place.tracks.iter().position(|tracks| tracks[0].selects()) else { continue };
        let key = |at: usize, path: &JsonPath| {
            // The container that the steps lead to with which both begin.
            let shared = leaf.place.around[common(&streams[stream].path, path).min(leaf.place.around.len() - 1)];
            let mut values = leaves.iter().filter(|it| it.place.tracks[stream][1 + at].selects());
            values.find(|it| it.place.around.contains(&shared)).map(|it| text[it.start..it.end].to_vec())
        };
        let keys = streams[stream].key.iter().enumerate().map(|(at, path)| key(at, path)).collect();
        all.push(Piece { start: leaf.start, end: leaf.end, stream, keys });
    }
    all
}

/// How many steps two paths begin with alike; the last of each leads to the value itself.
fn common(one: &JsonPath, other: &JsonPath) -> usize {
    let alike = one.steps.iter().zip(&other.steps).take_while(|(one, other)| one == other && !one.descendant).count();
    alike.min(one.steps.len() - 1).min(other.steps.len() - 1)
}
