//! The sieve: one pass over a text for everything that is looked for, patterns and words by the thousand.
//!
//! Each offers grams ([`super::gram`]), and at every place of a text one bit of a small table says whether the gram that
//! stands there is one of them. Where it is, the patterns that offer it are compared, eight bytes at once. Patterns of
//! long words are looked for where long words begin, and a few at a byte that is seldom.

use std::collections::HashMap;
use std::rc::Rc;

use super::class::ByteClass;
use super::gram::{BEYOND, GRAM, Kind, Traffic, choose, symbol};
use super::kernel::{BLOCK, Lanes, blocks, mask};

/// Bits of a gram's place in the table, and in the list of what offers it.
const PLACE: u32 = 17;
const SHELF: u32 = 12;

/// Words of so many letters, digits, `_` and `-` are long.
const LONG: usize = 16;

/// Bytes that patterns may be looked for at.
const SELDOM: usize = 4;

/// What is looked for: byte classes in a row.
#[derive(Clone, Copy)]
pub struct Pattern<'a> {
    /// The classes.
    pub classes: &'a [ByteClass],
    /// No letter, digit or `_` stands before it.
    pub edge: bool,
}

/// A pattern as it is compared.
struct Shape {
    /// Its number.
    pattern: usize,
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
struct Offered {
    gram: u32,
    shape: u32,
}

/// Everything that is looked for.
pub struct Sieve {
    /// A bit for each place that a gram can have.
    places: Box<[u32; 1 << (PLACE - 5)]>,
    /// What offers each gram, in the order of shelves.
    offered: Vec<Offered>,
    /// Where in `offered` each shelf begins.
    shelves: Vec<u32>,
    /// Which patterns are looked for.
    kept: Vec<bool>,
    /// Patterns that are in none of the lists.
    pub rest: Vec<usize>,
    lists: Rc<Lists>,
}

/// Where patterns are looked for.
struct Lists {
    shapes: Vec<Shape>,
    /// What offers each gram, in the order of shelves.
    offered: Vec<Offered>,
    /// Shapes that begin with a long word, by the symbol of its first byte.
    long: Vec<Vec<u32>>,
    /// Seldom bytes, and the shapes that have one.
    seldom: Vec<(u8, Vec<u32>)>,
    /// The other patterns.
    rest: Vec<usize>,
}

/// Fibonacci hashing: the highest bits of a product.
#[inline]
fn hash(gram: u32, bits: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

#[inline]
fn place(gram: u32) -> usize {
    hash(gram, PLACE)
}

#[inline]
fn shelf(gram: u32) -> usize {
    hash(gram, SHELF)
}

/// What a byte of a long word is.
#[inline]
fn of_word(lanes: Lanes) -> Lanes {
    let letters = lanes.with(0x20).within(b'a', b'z');
    letters.or(lanes.within(b'0', b'9')).or(lanes.eq(b'_')).or(lanes.eq(b'-'))
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

impl Sieve {
    /// Takes what is looked for; it is found by its place in the list.
    pub fn new<'a>(patterns: impl Iterator<Item = Pattern<'a>>) -> Self {
        Self::of(Rc::new(Lists::new(patterns)), &|_| true)
    }

    /// The same for fewer patterns, which shares its lists.
    pub fn narrowed(&self, kept: &dyn Fn(usize) -> bool) -> Self {
        Self::of(Rc::clone(&self.lists), kept)
    }

    fn of(lists: Rc<Lists>, kept: &dyn Fn(usize) -> bool) -> Self {
        let kept: Vec<bool> = (0..lists.shapes.len() + lists.rest.len()).map(kept).collect();
        let keeps = |pattern: usize| kept.get(pattern).copied().unwrap_or(false);
        let offers = |it: &Offered| lists.shapes.get(it.shape as usize).is_some_and(|shape| keeps(shape.pattern));
        let offered: Vec<Offered> = lists.offered.iter().copied().filter(offers).collect();
        let mut places = Box::new([0_u32; 1 << (PLACE - 5)]);
        let mut shelves = vec![0; (1 << SHELF) + 1];
        for offered in &offered {
            let (place, shelf) = (place(offered.gram), shelf(offered.gram));
            places.get_mut(place >> 5).into_iter().for_each(|word| *word |= 1 << (place & 31));
            shelves.get_mut(shelf + 1).into_iter().for_each(|count| *count += 1);
        }
        let mut sum = 0;
        for shelf in &mut shelves {
            sum += *shelf;
            *shelf = sum;
        }
        let rest = lists.rest.iter().copied().filter(|&pattern| keeps(pattern)).collect();
        Self { places, offered, shelves, rest, kept, lists }
    }

    /// Calls `found` with the start and number of every pattern that may lie in a text and whose gram stands at or behind
    /// `from`, until it returns false; whether it never did. Only eight bytes have been compared.
    #[inline]
    pub fn each(&self, text: &[u8], from: usize, mut found: impl FnMut(usize, usize) -> bool) -> bool {
        let lists = &*self.lists;
        let mut look = |shapes: &[u32], at: usize| {
            let shapes = shapes.iter().filter_map(|&shape| lists.shapes.get(shape as usize));
            shapes.map(|shape| (shape.lies(text, at), shape.pattern)).all(|(start, pattern)| match start {
                Some(start) if self.kept.get(pattern).copied().unwrap_or(false) => found(start, pattern),
                _ => true,
            })
        };
        let ahead = text.get(from..).unwrap_or_default();
        let mut word = Word::behind(from.checked_sub(1).and_then(|before| text.get(before).copied()));
        let mut at = from;
        let mut symbols = [BEYOND; BLOCK + GRAM];
        for block in blocks(ahead, 0xff) {
            let behind = text.get(at + BLOCK..).unwrap_or_default();
            let next = behind.iter().take(GRAM).copied().chain(std::iter::repeat(0xff));
            let (now, rest) = symbols.split_at_mut(BLOCK);
            now.iter_mut().zip(block).for_each(|(symbol_at, byte)| *symbol_at = symbol(byte));
            rest.iter_mut().zip(next).for_each(|(symbol_at, byte)| *symbol_at = symbol(byte));
            let mut lit = self.lit(&symbols, text.len() - at);
            while lit != 0 {
                let offset = lit.trailing_zeros() as usize;
                lit &= lit - 1;
                let gram = symbols.get(offset..).and_then(|it| it.first_chunk()).copied().unwrap_or_default();
                if !self.offered(u32::from_le_bytes(gram), |shape| look(&[shape], at + offset)) {
                    return false;
                }
            }
            for (byte, shapes) in &lists.seldom {
                let mut lit = mask(&block, |lanes| lanes.eq(*byte));
                while lit != 0 {
                    let offset = lit.trailing_zeros() as usize;
                    lit &= lit - 1;
                    if !look(shapes, at + offset) {
                        return false;
                    }
                }
            }
            let mut lit = word.long(&block);
            while lit != 0 {
                let offset = lit.trailing_zeros() as usize;
                lit &= lit - 1;
                let start = at + offset + 1 - LONG;
                let first = text.get(start).map_or(BEYOND, |&byte| symbol(byte));
                if !look(lists.long.get(usize::from(first)).map_or(&[], Vec::as_slice), start) {
                    return false;
                }
            }
            at += BLOCK;
        }
        true
    }

    /// The places of a block whose grams are in the table, of the first `count`.
    #[inline]
    fn lit(&self, symbols: &[u8; BLOCK + GRAM], count: usize) -> u64 {
        let bit = |gram: &[u8; GRAM]| {
            let place = place(u32::from_le_bytes(*gram));
            let word = self.places.get(place >> 5).copied().unwrap_or_default();
            u64::from(word >> (place & 31) & 1)
        };
        let grams = symbols.array_windows::<GRAM>().enumerate();
        // The first loop has a fixed number of turns, which the compiler unrolls.
        if count >= BLOCK {
            grams.take(BLOCK).fold(0, |lit, (at, gram)| lit | bit(gram) << at)
        } else {
            grams.take(count).fold(0, |lit, (at, gram)| lit | bit(gram) << at)
        }
    }

    /// Calls `found` with every shape that offers a gram, while it returns true.
    #[inline]
    fn offered(&self, gram: u32, mut found: impl FnMut(u32) -> bool) -> bool {
        let shelf = shelf(gram);
        let bound = |at: usize| self.shelves.get(at).copied().unwrap_or_default() as usize;
        let shelf = self.offered.get(bound(shelf)..bound(shelf + 1)).unwrap_or_default();
        shelf.iter().filter(|offered| offered.gram == gram).all(|offered| found(offered.shape))
    }
}

impl Lists {
    fn new<'a>(patterns: impl Iterator<Item = Pattern<'a>>) -> Self {
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
    fn new(pattern: usize, kinds: &[Rc<Kind>], back: usize) -> Self {
        let head = back.min(kinds.len().saturating_sub(8));
        let (mut fold, mut value) = ([0xff; 8], [0xff; 8]);
        for ((kind, fold), value) in kinds.iter().skip(head).zip(&mut fold).zip(&mut value) {
            (*fold, *value) = (kind.differ, kind.first | kind.differ);
        }
        Self { pattern, back, head, fold: u64::from_le_bytes(fold), value: u64::from_le_bytes(value) }
    }

    /// Where the pattern begins, if it may lie in a text with its gram at `at`.
    #[inline]
    fn lies(&self, text: &[u8], at: usize) -> Option<usize> {
        let start = at.checked_sub(self.back)?;
        let head = text.get(start + self.head..).and_then(|ahead| ahead.first_chunk());
        // What the text ends in is compared byte by byte.
        head.is_none_or(|head| u64::from_le_bytes(*head) | self.fold == self.value).then_some(start)
    }
}

/// The block before, as far as words go on from it.
struct Word {
    /// Letters, digits, `_` and `-`.
    bytes: u64,
    /// The same without `-`.
    letters: u64,
}

impl Word {
    /// Behind this byte.
    fn behind(byte: Option<u8>) -> Self {
        let letter = byte.is_some_and(|byte| in_word(byte) && byte != b'-');
        Self { bytes: 0, letters: u64::from(letter) << 63 }
    }

    /// Where in a block long words that begin at an edge have their [`LONG`]th byte.
    #[inline]
    fn long(&mut self, block: &[u8; BLOCK]) -> u64 {
        const { assert!(LONG == 16, "two, four, eight, sixteen") };
        let (bytes, dashes) = (mask(block, of_word), mask(block, |lanes| lanes.eq(b'-')));
        let letters = bytes & !dashes;
        let both = |now: u64, before: u64| u128::from(now) << 64 | u128::from(before);
        let all = both(bytes, self.bytes);
        let edges = !(both(letters, self.letters) << 1);
        *self = Self { bytes, letters };
        let two = all & all << 1;
        let four = two & two << 2;
        let eight = four & four << 4;
        let sixteen = eight & eight << 8;
        ((sixteen & edges << (LONG - 1)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where each pattern lies, looked for byte by byte.
    fn lies(patterns: &[(Vec<ByteClass>, bool)], text: &[u8], from: usize) -> Vec<(usize, usize)> {
        let letter = |at: usize| text.get(at).is_some_and(|&byte| in_word(byte) && byte != b'-');
        let mut found = Vec::new();
        for at in from..text.len() {
            for (number, (classes, edge)) in patterns.iter().enumerate() {
                let ahead = &text[at..];
                let fits = ahead.len() >= classes.len()
                    && classes.iter().zip(ahead).all(|(class, &byte)| class.contains(byte));
                if fits && !(*edge && at > 0 && letter(at - 1)) {
                    found.push((at, number));
                }
            }
        }
        found
    }

    fn classes() -> impl Strategy<Value = Vec<ByteClass>> {
        let class = prop_oneof![
            4 => any::<u8>().prop_map(|byte| [byte].into_iter().collect::<ByteClass>()),
            4 => proptest::sample::select(b"aAbBkKz09_-@:/ ".to_vec()).prop_map(|byte| [byte].into_iter().collect()),
            1 => Just((b'0'..=b'9').collect()),
            1 => Just((b'a'..=b'f').chain(b'0'..=b'9').collect()),
            1 => Just((b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').collect()),
            1 => Just(ByteClass::ALL),
        ];
        let long = Just(vec![(b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').collect(); 20]);
        prop_oneof![4 => proptest::collection::vec(class, 1..12), 1 => long]
    }

    proptest! {
        /// What may lie in a text holds all that does, whatever is looked for, and wherever it is looked for from.
        #[test]
        fn nothing_is_missed(
            patterns in proptest::collection::vec((classes(), any::<bool>()), 1..8),
            pieces in proptest::collection::vec((0_usize..8, any::<u8>(), "[a-zA-Z0-9 @:_\"-]{0,40}"), 0..12),
            from in 0_usize..80,
            kept in 0_u8..,
        ) {
            let mut text = Vec::new();
            for (number, seed, noise) in pieces {
                text.extend_from_slice(noise.as_bytes());
                if let Some((classes, _)) = patterns.get(number) {
                    let nth = |class: &ByteClass| class.bytes().nth(usize::from(seed) % class.count());
                    text.extend(classes.iter().filter_map(nth));
                }
            }
            let all = Sieve::new(patterns.iter().map(|(classes, edge)| Pattern { classes, edge: *edge }));
            let keeps = |number: usize| kept >> number & 1 == 1;
            for (sieve, keeps) in [(&all, &(|_| true) as &dyn Fn(usize) -> bool), (&all.narrowed(&keeps), &keeps)] {
                let mut found = Vec::new();
                sieve.each(&text, from, |at, number| {
                    found.push((at, number));
                    true
                });
                prop_assert!(found.iter().all(|(_, number)| keeps(*number)));
                let wanted = lies(&patterns, &text, from);
                for place in wanted.into_iter().filter(|(_, number)| keeps(*number) && !sieve.rest.contains(number)) {
                    prop_assert_eq!(found.iter().filter(|found| **found == place).count(), 1, "{:?}", place);
                }
            }
        }
    }

    #[test]
    fn it_stops_when_it_is_told_to() {
        let word: Vec<ByteClass> = b"zqx7".iter().map(|&byte| [byte].into_iter().collect()).collect();
        let sieve = Sieve::new([Pattern { classes: &word, edge: false }].into_iter());
        let mut count = 0;
        assert!(!sieve.each(&b"zqx7 ".repeat(100), 0, |_, _| {
            count += 1;
            count < 3
        }));
        assert_eq!(count, 3);
    }
}
