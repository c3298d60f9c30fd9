//! JSON paths matched in one pass: for each path, the set of prefixes that end at the current value.

use crate::policy::model::{JsonPath, Selector};

/// Steps that a path may have: a set of prefixes is one machine word.
pub const MAX_STEPS: usize = 63;

/// What leads from a container to a value in it.
#[derive(Clone, Copy)]
pub(in crate::body) enum Key<'a> {
    /// A member's name.
    Name(&'a [u8]),
    /// An element's index.
    Index(u64),
}

/// The sets of every container on the way to the current value, and of the value itself.
#[derive(Default)]
pub(in crate::body) struct Paths {
    /// One group of as many words as there are paths for each level.
    sets: Vec<u64>,
    count: usize,
}

impl Paths {
    /// At the root.
    pub(in crate::body) fn new(count: usize) -> Self {
        Self { sets: vec![1; count], count }
    }

    /// Bytes of memory held.
    pub(in crate::body) fn memory(&self) -> usize {
        self.sets.capacity() * size_of::<u64>()
    }

    /// Goes to a value in the current one.
    pub(in crate::body) fn enter(&mut self, paths: &[JsonPath], key: Key<'_>) {
        let level = self.sets.len() - self.count;
        for (index, path) in paths.iter().enumerate() {
            let here = self.sets.get(level + index).copied().unwrap_or(0);
            let mut next = 0;
            for (at, step) in path.steps.iter().enumerate().filter(|(at, _)| here >> at & 1 == 1) {
                if selects(&step.selector, key) {
                    next |= 1 << (at + 1);
                }
                if step.descendant {
                    next |= 1 << at;
                }
            }
            self.sets.push(next);
        }
    }

    /// Begins another text, for this many paths.
    pub(in crate::body) fn restart(&mut self, count: usize) {
        self.count = count;
        self.sets.clear();
        self.sets.resize(count, 1);
    }

    /// Goes back to the container.
    pub(in crate::body) fn leave(&mut self) {
        self.sets.truncate(self.sets.len().saturating_sub(self.count).max(self.count));
    }

    /// Goes back to the value that this many containers are around.
    pub(in crate::body) fn leave_to(&mut self, around: usize) {
        self.sets.truncate(self.count.saturating_mul(around.saturating_add(1)));
    }

    /// Whether a path ends at the current value.
    pub(in crate::body) fn selected(&self, paths: &[JsonPath], index: usize) -> bool {
        let level = self.sets.len() - self.count;
        let steps = paths.get(index).map_or(usize::MAX, |path| path.steps.len());
        self.sets.get(level + index).is_some_and(|set| steps <= MAX_STEPS && set >> steps & 1 == 1)
    }
}

fn selects(selector: &Selector, key: Key<'_>) -> bool {
    match (selector, key) {
        (Selector::Wildcard, _) => true,
        (Selector::Name(wanted), Key::Name(name)) => wanted.as_bytes() == name,
        (Selector::Index(wanted), Key::Index(index)) => *wanted == index,
        (Selector::Slice { start, end, step }, Key::Index(index)) => {
            index >= *start && end.is_none_or(|end| index < end) && (index - start).is_multiple_of((*step).max(1))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::model::Step;

    fn step(descendant: bool, selector: Selector) -> Step {
        Step { descendant, selector }
    }

    #[test]
    fn a_descendant_is_found_at_every_depth_and_a_slice_in_its_stride() {
        let email = JsonPath { steps: vec![step(true, Selector::Name("email".into()))] };
        let slice = JsonPath {
            steps: vec![
                step(false, Selector::Name("a".into())),
                step(false, Selector::Slice { start: 1, end: Some(6), step: 2 }),
            ],
        };
        let all = [email, slice];
        let mut paths = Paths::new(2);
        paths.enter(&all, Key::Name(b"email"));
        assert!(paths.selected(&all, 0));
        paths.enter(&all, Key::Name(b"email"));
        assert!(paths.selected(&all, 0), "inside one that is selected too");
        paths.leave();
        paths.leave();
        paths.enter(&all, Key::Name(b"a"));
        assert!(!paths.selected(&all, 0) && !paths.selected(&all, 1));
        for (index, selected) in [(0, false), (1, true), (2, false), (3, true), (5, true), (7, false)] {
            paths.enter(&all, Key::Index(index));
            assert_eq!(paths.selected(&all, 1), selected, "{index}");
            paths.leave();
        }
    }
}
