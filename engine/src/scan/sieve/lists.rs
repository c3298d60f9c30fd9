//! What is looked for, and where: grams, long words, seldom bytes.

use super::super::class::ByteClass;
use super::super::finder::in_word;
use super::super::gram::{BEYOND, GRAM, Kind, grams};
use super::super::patterns::{Pattern, Patterns};
use super::word::LONG;

/// Bytes that patterns may be looked for at.
pub(super) const SELDOM: usize = 4;

/// A pattern as it is compared.
pub(super) struct Shape {
    /// The bytes must come to `value` with these bits set.
    fold: u64,
    value: u64,
    /// Its number.
    pub(super) pattern: u32,
    /// How many bytes before the gram it begins.
    back: u8,
    /// Where in it the eight bytes lie that are compared.
    head: u8,
}

/// A gram that is offered, and the shape that offers it.
#[derive(Clone, Copy)]
pub(super) struct Offered {
    pub(super) gram: u32,
    pub(super) shape: u32,
}

/// Where patterns are looked for.
pub(super) struct Lists {
    pub(super) shapes: Vec<Shape>,
    /// Shapes that begin with a long word, by the symbol of its first byte.
    pub(super) long: Vec<Vec<u32>>,
    /// Seldom bytes, and the shapes that have one.
    pub(super) seldom: Vec<(u8, Vec<u32>)>,
    /// The other patterns.
    pub(super) rest: Vec<usize>,
}

impl Lists {
    /// Patterns by their places in the list, and what offers each gram.
    pub(super) fn new<'a>(patterns: &Patterns, list: impl Iterator<Item = &'a Pattern>) -> (Self, Vec<Offered>) {
        let any = Kind::of(&ByteClass::ALL);
        let all: Vec<Kind> = patterns.classes().iter().map(Kind::of).collect();
        let mut offered = Vec::new();
        let mut lists = Self {
            shapes: Vec::with_capacity(list.size_hint().0),
            long: vec![Vec::new(); usize::from(BEYOND) + 1],
            seldom: Vec::new(),
            rest: Vec::new(),
        };
        for (number, pattern) in list.enumerate() {
            let kind = |class: &u16| all.get(usize::from(*class)).unwrap_or(&any);
            let kinds: Vec<&Kind> = patterns.row(pattern).iter().map(kind).collect();
            if pattern.edge && lists.add_long(number, &kinds, pattern) {
                continue;
            }
            // Behind a pattern's end any gram stands: one that begins there says nothing.
            let within = |at: &usize| *at <= kinds.len().saturating_sub(GRAM);
            let gram = pattern.gram.map(usize::from).filter(within);
            match gram.and_then(|at| Some((at, grams(&kinds, &any, at)?))) {
                Some((at, grams)) => {
                    let shape = lists.add(number, &kinds, at);
                    offered.extend(grams.into_iter().map(|gram| Offered { gram, shape }));
                }
                None if lists.add_seldom(number, &kinds) => {}
                None => lists.rest.push(number),
            }
        }
        lists.shapes.shrink_to_fit();
        (lists, offered)
    }

    fn add(&mut self, pattern: usize, kinds: &[&Kind], back: usize) -> u32 {
        self.shapes.push(Shape::new(pattern, kinds, back));
        (self.shapes.len() - 1) as u32
    }

    /// Takes a pattern that begins with a long word and shows nothing seldom in its first bytes.
    fn add_long(&mut self, number: usize, kinds: &[&Kind], pattern: &Pattern) -> bool {
        let wide = kinds.iter().take(GRAM).map(|kind| kind.count).product::<usize>() > 64;
        if !wide || usize::from(pattern.word) < LONG {
            return false;
        }
        let shape = self.add(number, kinds, 0);
        for &symbol in kinds.first().into_iter().flat_map(|kind| kind.symbols()) {
            self.long.get_mut(usize::from(symbol)).into_iter().for_each(|shapes| shapes.push(shape));
        }
        true
    }

    /// Takes a pattern that has a byte which is seldom, whatever stands around it.
    fn add_seldom(&mut self, number: usize, kinds: &[&Kind]) -> bool {
        let seldom = |kind: &Kind| {
            (kind.count == 1 && !in_word(kind.first) && !b" \",:./{}".contains(&kind.first)).then_some(kind.first)
        };
        let Some((back, byte)) = kinds.iter().enumerate().find_map(|(at, kind)| Some((at, seldom(kind)?))) else {
            return false;
        };
        let at = match self.seldom.iter().position(|(seldom, _)| *seldom == byte) {
            Some(at) => at,
            None if self.seldom.len() < SELDOM => {
                self.seldom.push((byte, Vec::new()));
                self.seldom.len() - 1
            }
            None => return false,
        };
        let shape = self.add(number, kinds, back);
        self.seldom.get_mut(at).into_iter().for_each(|(_, shapes)| shapes.push(shape));
        true
    }
}

impl Shape {
    pub(super) fn new(pattern: usize, kinds: &[&Kind], back: usize) -> Self {
        let head = back.min(kinds.len().saturating_sub(8));
        let (mut fold, mut value) = ([0xff; 8], [0xff; 8]);
        for ((kind, fold), value) in kinds.iter().skip(head).zip(&mut fold).zip(&mut value) {
            (*fold, *value) = (kind.differ, kind.first | kind.differ);
        }
        let short = |offset: usize| u8::try_from(offset).unwrap_or(u8::MAX);
        Self {
            fold: u64::from_le_bytes(fold),
            value: u64::from_le_bytes(value),
            pattern: u32::try_from(pattern).unwrap_or(u32::MAX),
            back: short(back),
            head: short(head),
        }
    }

    /// Where the pattern begins, if it may lie in a text with its gram at `at`.
    #[inline]
    pub(super) fn lies(&self, text: &[u8], at: usize) -> Option<usize> {
        let start = at.checked_sub(usize::from(self.back))?;
        let head = text.get(start + usize::from(self.head)..).and_then(|ahead| ahead.first_chunk());
        // What the text ends in is compared byte by byte.
        head.is_none_or(|head| u64::from_le_bytes(*head) | self.fold == self.value).then_some(start)
    }
}
