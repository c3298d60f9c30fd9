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

/// Names that share a place, the newest first, with their hashes.
type Place = [Option<(u64, Rc<Known>)>; WAYS];

struct Set {
    any: Vec<Glob>,
    except: Vec<Glob>,
}

/// What is known of a name.
#[derive(Clone, Debug, Default)]
pub struct Matched(Option<Rc<Known>>);

#[derive(Debug)]
struct Known {
    /// The name itself; empty if it is too long to be remembered.
    name: Box<[u8]>,
    /// The sets that it is in, as a bitmap.
    sets: Box<[u64]>,
    /// It is in one at least.
    any: bool,
    /// The sets that spell it, in ascending order.
    spelled: Box<[usize]>,
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

    /// The sets that spell it: see [`Names::spelled`].
    pub fn spelled(&self) -> &[usize] {
        self.0.as_ref().map_or(&[], |known| &known.spelled)
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
            return Matched(Some(Rc::new(self.compared(b"", name, words(name)))));
        }
        let hash = hash(name);
        let mut known = self.known.borrow_mut();
        if known.is_empty() {
            known.resize_with(PLACES, || array::from_fn(|_| None));
        }
        let compared = || Rc::new(self.compared(name, name, words(name)));
        let Some(place) = known.get_mut((hash >> 32) as usize % PLACES) else { return Matched(Some(compared())) };
        for (other, known) in place.iter().flatten() {
            if *other == hash && same(&known.name, name) {
                return Matched(Some(Rc::clone(known)));
            }
        }
        let matched = compared();
        place.rotate_right(1);
        if let Some(newest) = place.first_mut() {
            *newest = Some((hash, Rc::clone(&matched)));
        }
        Matched(Some(matched))
    }

    fn compared(&self, remembered: &[u8], name: &[u8], words: Box<[usize]>) -> Known {
        let mut sets = vec![0_u64; self.sets.len().div_ceil(64)];
        for (index, set) in self.sets.iter().enumerate() {
            let holds =
                set.any.iter().any(|glob| glob.matches(name)) && !set.except.iter().any(|glob| glob.matches(name));
            if let Some(word) = sets.get_mut(index / 64) {
                *word |= u64::from(holds) << (index % 64);
            }
        }
        let any = sets.iter().any(|&word| word != 0);
        Known { name: remembered.into(), sets: sets.into(), any, spelled: self.spelled(name).into(), words }
    }

    /// The sets that spell this name, in ascending order: they have it as a glob without a star.
    pub fn spelled(&self, name: &[u8]) -> &[usize] {
        self.spelled.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }
}

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Eight bytes at once: names are short, and this is asked for each of them.
#[inline]
fn hash(name: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(ODD).rotate_left(29);
    let (words, last) = eights(name);
    let hash = words.iter().fold(name.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    mix(hash, last).wrapping_mul(ODD)
}

/// Whether two names are the same. A call of `memcmp` would take longer than all else.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    let ((words, last), (others, other_last)) = (eights(one), eights(other));
    let differ = |(word, other): (&[u8; 8], &[u8; 8])| u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other);
    one.len() == other.len() && words.iter().zip(others).fold(last ^ other_last, |all, both| all | differ(both)) == 0
}

/// All bytes of a name, eight at once, and its last ones, which may be among those.
#[inline]
fn eights(name: &[u8]) -> (&[[u8; 8]], u64) {
    let last = match name.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => name.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    (name.as_chunks::<8>().0, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_if_all_their_bytes_are() {
        for length in 0..40 {
            let name = vec![b'a'; length];
            assert!(same(&name, &name));
            assert!(!same(&name, &[&name[..], b"a"].concat()));
            for at in 0..length {
                let mut other = name.clone();
                other[at] ^= 1;
                assert!(!same(&name, &other) && hash(&name) != hash(&other), "{length} {at}");
            }
        }
    }

    #[test]
    fn an_answer_that_is_remembered_is_the_same() {
        let mut names = Names::default();
        let own = |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
        let set = names.add(&own(&["*token*", "pin"]), &own(&["next*"]));
        let words = |name: &[u8]| -> Box<[usize]> { [name.len()].into() };
        let long = "token".repeat(20);
        for _ in 0..2 {
            for (name, holds) in [("pin", true), ("Token", true), ("nexttoken", false), ("", false), (&long, true)] {
                let matched = names.matched(name.as_bytes(), words);
                assert_eq!([matched.holds(set), matched.any()], [holds; 2], "{name}");
                assert_eq!((matched.words(), matched.spelled().len()), (&[name.len()][..], usize::from(name == "pin")));
            }
            // More names than places.
            (0..4000).for_each(|number| assert!(!names.matched(format!("field{number}").as_bytes(), words).any()));
        }
    }
}
