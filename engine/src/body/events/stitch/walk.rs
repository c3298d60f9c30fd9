//! One event's JSON, read whole: the strings that are pieces of texts, and the values that say of which.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::super::super::Reading;
use super::super::super::json::{Key, MAX_NAME, Paths};
use crate::plan::Matched;
use crate::redact::{Effect, Syntax};

/// More pieces than this in one event are not stitched.
const MOST: usize = 1024;

/// What tells one text from another: its stream, and a digest of the values of its keys.
pub(super) type Id = (usize, [u8; 32]);

/// A piece: the content of a string.
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) id: Id,
}

/// The pieces in `text` in order; `None` if it is not one JSON value that can be followed whole.
pub(super) fn pieces(reading: &Reading<'_>, text: &[u8]) -> Option<Vec<Piece>> {
    let mut walk = Walk {
        reading,
        text,
        at: 0,
        frames: Vec::new(),
        paths: Paths::new(reading.surface.paths.len()),
        found: Vec::new(),
        values: BTreeMap::new(),
    };
    walk.value()?;
    walk.space();
    if walk.at < text.len() { None } else { walk.identified() }
}

/// An open object or array.
struct Frame {
    object: bool,
    /// Where it begins.
    start: usize,
    index: u64,
    matched: Matched,
    /// The member's name is longer than names are compared: it is taken to match every glob.
    long: bool,
    /// A named find owns what is in it.
    owned: bool,
}

/// A piece before all keys are known: its place, its stream, and the containers that it shares with each key.
struct Found {
    start: usize,
    end: usize,
    stream: usize,
    shared: Vec<usize>,
}

struct Walk<'a, 'b> {
    reading: &'a Reading<'b>,
    text: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    paths: Paths,
    found: Vec<Found>,
    /// The values of keys, by stream, key and the container that is shared.
    values: BTreeMap<(usize, usize, usize), (usize, usize)>,
}

impl Walk<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A value and all that is in it.
    fn value(&mut self) -> Option<()> {
        loop {
            self.space();
            let start = self.at;
            match self.peek()? {
                byte @ (b'{' | b'[') => {
                    if self.frames.len() >= self.reading.plan.limits.depth as usize {
                        return None;
                    }
                    let owned = self.owned(true, false);
                    self.at += 1;
                    let object = byte == b'{';
                    self.frames.push(Frame {
                        object,
                        start,
                        index: 0,
                        matched: Matched::default(),
                        long: false,
                        owned,
                    });
                    if !self.eat(if object { b'}' } else { b']' }) {
                        self.enter()?;
                        continue;
                    }
                    self.frames.pop();
                }
                b'"' => {
                    let (start, end) = self.string()?;
                    self.leaf(start, end, true);
                }
                _ => {
                    let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                    let length = self.text.iter().skip(start).take_while(token).count();
                    let token = self.text.get(start..start + length)?;
                    serde_json::from_slice::<serde::de::IgnoredAny>(token).ok()?;
                    self.at += length;
                    self.leaf(start, self.at, false);
                }
            }
            if self.after()? {
                return Some(());
            }
        }
    }

    /// Behind a value: whether it was the last of all.
    fn after(&mut self) -> Option<bool> {
        loop {
            let Some(frame) = self.frames.last_mut() else { return Some(true) };
            frame.index += 1;
            let close = if frame.object { b'}' } else { b']' };
            self.paths.leave();
            if self.eat(b',') {
                self.enter()?;
                return Some(false);
            }
            if !self.eat(close) {
                return None;
            }
            self.frames.pop();
        }
    }

    /// Goes to the next member or element.
    fn enter(&mut self) -> Option<()> {
        let paths = &self.reading.surface.paths;
        let frame = self.frames.last()?;
        if !frame.object {
            self.paths.enter(paths, Key::Index(frame.index));
            return Some(());
        }
        self.space();
        let (start, end) = self.string()?;
        let raw = self.text.get(start..end)?;
        let plain = raw.iter().all(|byte| byte.is_ascii() && *byte != b'\\');
        let name = if plain { raw.to_vec() } else { Syntax::Json.view(raw) };
        self.paths.enter(paths, Key::Name(&name));
        let frame = self.frames.last_mut()?;
        frame.long = name.len() > MAX_NAME;
        frame.matched = self.reading.plan.matched(name.get(..MAX_NAME).unwrap_or(&name));
        self.eat(b':').then_some(())
    }

    /// The range between the quotes. A line end is none of a string's bytes.
    fn string(&mut self) -> Option<(usize, usize)> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let start = self.at + 1;
        self.at = start;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' if self.text.get(self.at + 1).is_some_and(|byte| *byte >= b' ') => self.at += 2,
                b'\\' | 0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some((start, self.at - 1))
    }

    /// A string's content, or another value without parts.
    fn leaf(&mut self, start: usize, end: usize, string: bool) {
        let reading = self.reading;
        let surface = reading.surface;
        for (index, stream) in surface.streams.iter().enumerate() {
            for (key, (path, depth)) in stream.keys.iter().enumerate() {
                if self.paths.selected(&surface.paths, *path) {
                    self.values.entry((index, key, self.container(*depth))).or_insert((start, end));
                }
            }
        }
        let selected = |stream: &crate::surface::Stream| self.paths.selected(&surface.paths, stream.path);
        let piece = surface.streams.iter().position(selected).filter(|_| string && start < end);
        if let Some(stream) = piece.filter(|_| !self.owned(false, start == end)) {
            let keys = surface.streams.get(stream).map_or(&[][..], |stream| &stream.keys);
            let shared = keys.iter().map(|(_, depth)| self.container(*depth)).collect();
            self.found.push(Found { start, end, stream, shared });
        }
    }

    /// Where the container begins that is this deep.
    fn container(&self, depth: usize) -> usize {
        self.frames.get(depth).map_or(0, |frame| frame.start)
    }

    /// Whether a named find owns the current value, or one around it.
    fn owned(&self, container: bool, empty: bool) -> bool {
        let surface = self.reading.surface;
        let inherited = self.frames.last().is_some_and(|frame| frame.owned);
        let element = self.frames.last().is_none_or(|frame| !frame.object);
        let around = self.frames.iter().rev().find(|frame| frame.object);
        let long = around.is_some_and(|frame| frame.long);
        let name = around.map(|frame| frame.matched.clone()).unwrap_or_default();
        let owns = |by: &&crate::surface::Named| {
            matches!(by.effect, Effect::Change | Effect::Logs)
                && !(by.scalars && (container || empty))
                && (by.selects(&name, element, &|path| self.paths.selected(&surface.paths, path))
                    || long && by.by_name())
        };
        inherited || surface.named.iter().any(|by| owns(&by))
    }

    /// The pieces with what tells their texts apart.
    fn identified(&self) -> Option<Vec<Piece>> {
        if self.found.len() > MOST {
            return None;
        }
        let piece = |found: &Found| {
            let mut digest = Sha256::new();
            for (key, container) in found.shared.iter().enumerate() {
                let value = self.values.get(&(found.stream, key, *container));
                let value = value.and_then(|(start, end)| self.text.get(*start..*end));
                digest.update([u8::from(value.is_some())]);
                digest.update((value.map_or(0, <[u8]>::len) as u64).to_be_bytes());
                digest.update(value.unwrap_or_default());
            }
            Piece { start: found.start, end: found.end, id: (found.stream, digest.finalize().into()) }
        };
        Some(self.found.iter().map(piece).collect())
    }
}
