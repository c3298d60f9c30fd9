//! Which of the plan's finds go by a name: answered once for each name, since the names of an API come again and again.

use std::array;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::glob::{Glob, Style};

/// Names whose answer is remembered, in sets of so many: a name has its set, and the newest of it stay. A map that is
/// searched would cost more than all else that is done for a member.
const WAYS: usize = 4;
const PLACES: usize = 512;
/// Longer names are not remembered.
const MAX_LENGTH: usize = 64;

/// The sets of names that a plan's finds refer to, by index.
#[derive(Default)]
pub struct Names {
    sets: Vec<Set>,
    /// The sets that have a name as a glob without a star, by the name in lower case. Asked for each header of a request:
    /// going through the globs of all sets took longer than all else that is done for headers.
    spelled: BTreeMap<Vec<u8>, Vec<usize>>,
    known: RefCell<Vec<Place>>,
}

/// Names that share a place, the newest first.
type Place = [Option<(Box<[u8]>, Matched)>; WAYS];

struct Set {
    any: Vec<Glob>,
    except: Vec<Glob>,
}

/// What is known of a name.
#[derive(Clone, Debug, Default)]
pub struct Matched(Option<Rc<Known>>);

#[derive(Debug)]
struct Known {
    /// The sets that it is in, as a bitmap.
    sets: Box<[u64]>,
    /// It is in one at least.
    any: bool,
    /// The keywords of detectors that stand in it.
    words: Box<[usize]>,
}

impl Matched {
    /// Whether the name is in the set of this index.
    pub fn holds(&self, set: usize) -> bool {
        let word = self.0.as_ref().and_then(|known| known.sets.get(set / 64));
        word.is_some_and(|word| word >> (set % 64) & 1 == 1)
    }

    /// Whether it is in any.
    pub fn any(&self) -> bool {
        self.0.as_ref().is_some_and(|known| known.any)
    }

    /// The keywords of detectors that stand in it, by their numbers in [`super::Plan::search`].
    pub fn words(&self) -> &[usize] {
        self.0.as_ref().map_or(&[], |known| &known.words)
    }
}

impl Names {
    /// Adds a set of globs, less those of `except`; the set's index.
    pub fn add(&mut self, any: &[String], except: &[String]) -> usize {
        let globs = |names: &[String]| -> Vec<Glob> { names.iter().map(|name| Glob::new(name, Style::Name)).collect() };
        let any = globs(any);
        let set = self.sets.len();
        for literal in any.iter().filter_map(Glob::literal) {
            let sets = self.spelled.entry(literal).or_default();
            if sets.last() != Some(&set) {
                sets.push(set);
            }
        }
        self.sets.push(Set { any, except: globs(except) });
        set
    }

    /// What is known of a name; `words` tells the keywords that stand in one.
    pub(super) fn matched(&self, name: &[u8], words: impl Fn(&[u8]) -> Box<[usize]>) -> Matched {
        if name.len() > MAX_LENGTH {
            return self.compared(name, words(name));
        }
        let hash = hash(name);
        let mut known = self.known.borrow_mut();
        if known.is_empty() {
            known.resize_with(PLACES, || array::from_fn(|_| None));
        }
        let Some(place) = known.get_mut(hash as usize % PLACES) else { return self.compared(name, words(name)) };
        if let Some((_, matched)) = place.iter().flatten().find(|(known, _)| **known == *name) {
            return matched.clone();
        }
        let matched = self.compared(name, words(name));
        place.rotate_right(1);
        if let Some(newest) = place.first_mut() {
            *newest = Some((name.into(), matched.clone()));
        }
        matched
    }

    fn compared(&self, name: &[u8], words: Box<[usize]>) -> Matched {
        let mut sets = vec![0_u64; self.sets.len().div_ceil(64)];
        for (index, set) in self.sets.iter().enumerate() {
            let holds =
                set.any.iter().any(|glob| glob.matches(name)) && !set.except.iter().any(|glob| glob.matches(name));
            if let Some(word) = sets.get_mut(index / 64) {
                *word |= u64::from(holds) << (index % 64);
            }
        }
        let any = sets.iter().any(|&word| word != 0);
        Matched(Some(Rc::new(Known { sets: sets.into(), any, words })))
    }

    /// The sets that spell this name, in ascending order: they have it as a glob without a star.
    pub fn spelled(&self, name: &str) -> &[usize] {
        self.spelled.get(name.to_ascii_lowercase().as_bytes()).map_or(&[], Vec::as_slice)
    }
}

/// Eight bytes at once: names are short, and this is asked for each of them.
fn hash(name: &[u8]) -> u64 {
    let (words, rest) = name.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let words = words.iter().copied().chain([last]).map(u64::from_le_bytes);
    let mixed =
        words.fold(name.len() as u64, |hash, word| (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29));
    mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}
