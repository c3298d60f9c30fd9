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

/// The sets that a name is in, as a bitmap.
#[derive(Clone, Debug, Default)]
pub struct Matched {
    sets: Rc<[u64]>,
    /// It is in one at least.
    any: bool,
    /// A keyword of a detector stands in it.
    worded: bool,
}

impl Matched {
    /// Whether the name is in the set of this index.
    pub fn holds(&self, set: usize) -> bool {
        self.sets.get(set / 64).is_some_and(|word| word >> (set % 64) & 1 == 1)
    }

    /// Whether it is in any.
    pub fn any(&self) -> bool {
        self.any
    }

    /// Whether a keyword of a detector stands in it.
    pub fn worded(&self) -> bool {
        self.worded
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

    /// The sets that `name` is in; `worded` says whether a keyword stands in it.
    pub(super) fn matched(&self, name: &[u8], worded: impl Fn(&[u8]) -> bool) -> Matched {
        if name.len() > MAX_LENGTH {
            return self.compared(name, worded(name));
        }
        // FNV-1a.
        let hash = name
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut known = self.known.borrow_mut();
        if known.is_empty() {
            known.resize_with(PLACES, || array::from_fn(|_| None));
        }
        let Some(place) = known.get_mut(hash as usize % PLACES) else { return self.compared(name, worded(name)) };
        if let Some((_, matched)) = place.iter().flatten().find(|(known, _)| **known == *name) {
            return matched.clone();
        }
        let matched = self.compared(name, worded(name));
        place.rotate_right(1);
        if let Some(newest) = place.first_mut() {
            *newest = Some((name.into(), matched.clone()));
        }
        matched
    }

    fn compared(&self, name: &[u8], worded: bool) -> Matched {
        let mut words = vec![0_u64; self.sets.len().div_ceil(64)];
        for (index, set) in self.sets.iter().enumerate() {
            let holds =
                set.any.iter().any(|glob| glob.matches(name)) && !set.except.iter().any(|glob| glob.matches(name));
            if let Some(word) = words.get_mut(index / 64) {
                *word |= u64::from(holds) << (index % 64);
            }
        }
        Matched { any: words.iter().any(|&word| word != 0), sets: words.into(), worded }
    }

    /// The sets that spell this name, in ascending order: they have it as a glob without a star.
    pub fn spelled(&self, name: &str) -> &[usize] {
        self.spelled.get(name.to_ascii_lowercase().as_bytes()).map_or(&[], Vec::as_slice)
    }
}
