//! Which of the plan's finds go by a name: answered once for each name, since the names of an API come again and again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::glob::{Glob, Style};

/// Names whose answer is remembered; beyond, all are forgotten.
const MAX_KNOWN: usize = 2048;
/// Longer names are not remembered.
const MAX_LENGTH: usize = 64;

/// The sets of names that a plan's finds refer to, by index.
#[derive(Default)]
pub struct Names {
    sets: Vec<Set>,
    known: RefCell<BTreeMap<Box<[u8]>, Matched>>,
}

struct Set {
    any: Vec<Glob>,
    except: Vec<Glob>,
}

/// The sets that a name is in, as a bitmap.
#[derive(Clone, Debug, Default)]
pub struct Matched(Rc<[u64]>);

impl Matched {
    /// Whether the name is in the set of this index.
    pub fn holds(&self, set: usize) -> bool {
        self.0.get(set / 64).is_some_and(|word| word >> (set % 64) & 1 == 1)
    }
}

impl Names {
    /// Adds a set of globs, less those of `except`; the set's index.
    pub fn add(&mut self, any: &[String], except: &[String]) -> usize {
        let globs = |names: &[String]| names.iter().map(|name| Glob::new(name, Style::Name)).collect();
        self.sets.push(Set { any: globs(any), except: globs(except) });
        self.sets.len() - 1
    }

    /// The sets that `name` is in.
    pub fn matched(&self, name: &[u8]) -> Matched {
        if let Some(matched) = self.known.borrow().get(name) {
            return matched.clone();
        }
        let mut words = vec![0_u64; self.sets.len().div_ceil(64)];
        for (index, set) in self.sets.iter().enumerate() {
            let holds =
                set.any.iter().any(|glob| glob.matches(name)) && !set.except.iter().any(|glob| glob.matches(name));
            if let Some(word) = words.get_mut(index / 64) {
                *word |= u64::from(holds) << (index % 64);
            }
        }
        let matched = Matched(words.into());
        if name.len() <= MAX_LENGTH {
            let mut known = self.known.borrow_mut();
            if known.len() >= MAX_KNOWN {
                known.clear();
            }
            known.insert(name.into(), matched.clone());
        }
        matched
    }

    /// Whether a set spells this name: it has it as a glob without a star.
    pub fn spells(&self, set: usize, name: &str) -> bool {
        let lower = name.to_ascii_lowercase().into_bytes();
        self.sets.get(set).is_some_and(|set| set.any.iter().filter_map(Glob::literal).any(|known| known == lower))
    }
}
