//! What is looked for, and where: grams, long words, seldom bytes.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::class::ByteClass;
use super::super::finder::in_word;
use super::super::gram::{BEYOND, GRAM, Kind, Traffic, choose};
use super::shelf;
use super::word::LONG;

/// Bytes that patterns may be looked for at.
pub(super) const SELDOM: usize = 4;

/// What is looked for: byte classes in a row.
#[derive(Clone, Copy)]
pub struct Pattern<'a> {
    /// The classes.
    pub classes: &'a [ByteClass],
    /// No letter, digit or `_` stands before it.
    pub edge: bool,
}

/// A pattern as it is compared.
pub(super) struct Shape {
    /// Its number.
    pub(super) pattern: usize,
    /// How many bytes before the gram it begins.
    back: usize,
    /// Where in it the eight bytes lie that are compared.
    head: usize,
    /// The bytes must come to `value` with these bits set.
    fold: u64,
    value: u64,
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
    /// What offers each gram, in the order of shelves.
    pub(super) offered: Vec<Offered>,
    /// Shapes that begin with a long word, by the symbol of its first byte.
    pub(super) long: Vec<Vec<u32>>,
    /// Seldom bytes, and the shapes that have one.
    pub(super) seldom: Vec<(u8, Vec<u32>)>,
    /// The other patterns.
    pub(super) rest: Vec<usize>,
}

impl Lists {
    pub(super) fn new<'a>(patterns: impl Iterator<Item = Pattern<'a>>) -> Self {
        let (traffic, any) = (Traffic::sampled(), Kind::of(&ByteClass::ALL));
        let mut known: HashMap<ByteClass, Rc<Kind>> = HashMap::new();
        let mut lists = Self {
            shapes: Vec::new(),
            offered: Vec::new(),
            long: vec![Vec::new(); usize::from(BEYOND) + 1],
            seldom: Vec::new(),
            rest: Vec::new(),
        };
        for (number, pattern) in patterns.enumerate() {
            let kind = |class: &ByteClass| Rc::clone(known.entry(*class).or_insert_with(|| Rc::new(Kind::of(class))));
            let kinds: Vec<Rc<Kind>> = pattern.classes.iter().map(kind).collect();
            if pattern.edge && lists.add_long(number, &kinds, pattern.classes) {
                continue;
            }
            match choose(&traffic, &kinds, &any) {
                Some(offer) => {
                    let shape = lists.add(number, &kinds, offer.at);
                    lists.offered.extend(offer.grams.into_iter().map(|gram| Offered { gram, shape }));
                }
                None if lists.add_seldom(number, &kinds) => {}
                None => lists.rest.push(number),
            }
        }
        lists.offered.sort_by_key(|offered| shelf(offered.gram));
        lists
    }

    fn add(&mut self, pattern: usize, kinds: &[Rc<Kind>], back: usize) -> u32 {
        self.shapes.push(Shape::new(pattern, kinds, back));
        (self.shapes.len() - 1) as u32
    }

    /// Takes a pattern that begins with a long word and shows nothing seldom in its first bytes.
    fn add_long(&mut self, number: usize, kinds: &[Rc<Kind>], classes: &[ByteClass]) -> bool {
        let wide = kinds.iter().take(GRAM).map(|kind| kind.count).product::<usize>() > 64;
        let of_word = |class: &&ByteClass| class.bytes().all(in_word);
        if !wide || classes.iter().take(LONG).take_while(of_word).count() < LONG {
            return false;
        }
        let shape = self.add(number, kinds, 0);
        for &symbol in kinds.first().into_iter().flat_map(|kind| kind.symbols()) {
            self.long.get_mut(usize::from(symbol)).into_iter().for_each(|shapes| shapes.push(shape));
        }
        true
    }

    /// Takes a pattern that has a byte which is seldom, whatever stands around it.
    fn add_seldom(&mut self, number: usize, kinds: &[Rc<Kind>]) -> bool {
        let seldom = |kind: &Rc<Kind>| {
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
    pub(super) fn new(pattern: usize, kinds: &[Rc<Kind>], back: usize) -> Self {
        let head = back.min(kinds.len().saturating_sub(8));
        let (mut fold, mut value) = ([0xff; 8], [0xff; 8]);
        for ((kind, fold), value) in kinds.iter().skip(head).zip(&mut fold).zip(&mut value) {
            (*fold, *value) = (kind.differ, kind.first | kind.differ);
        }
        Self { pattern, back, head, fold: u64::from_le_bytes(fold), value: u64::from_le_bytes(value) }
    }

    /// Where the pattern begins, if it may lie in a text with its gram at `at`.
    #[inline]
    pub(super) fn lies(&self, text: &[u8], at: usize) -> Option<usize> {
        let start = at.checked_sub(self.back)?;
        let head = text.get(start + self.head..).and_then(|ahead| ahead.first_chunk());
        // What the text ends in is compared byte by byte.
        head.is_none_or(|head| u64::from_le_bytes(*head) | self.fold == self.value).then_some(start)
    }
}
