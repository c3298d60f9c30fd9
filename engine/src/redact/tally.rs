//! What was found: counts by use, surface and path, never a value.

use std::collections::BTreeMap;

use super::lens::Effect;

/// Where a match was found, as far as findings tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// `request.header`, `response.body` and so on.
    pub surface: &'static str,
    /// A path that shows only names the policy spells.
    pub path: String,
}

/// One entry's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Index of the rule.
    pub rule: usize,
    /// Index of the find in the rule.
    pub find: usize,
    /// Index of the detector; `None` for a named value.
    pub detector: Option<usize>,
    /// What the find did.
    pub effect: Effect,
    /// Matches of different spans met in the region: it was redacted, whatever the find's action.
    pub merged: bool,
    /// Where.
    pub origin: Origin,
}

/// Paths told apart in one exchange; further ones are counted under an empty path, so that a body cannot fill memory.
const MAX_ENTRIES: usize = 256;

/// A replaced range of the input, for tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Index of the rule.
    pub rule: usize,
    /// Index of the find.
    pub find: usize,
    /// Index of the detector, `None` for a named value.
    pub detector: Option<usize>,
    /// Several matches met: it was redacted, whatever the find's action.
    pub merged: bool,
    /// First byte in the input.
    pub start: u64,
    /// One past the last.
    pub end: u64,
}

impl Hit {
    /// The key of the count of a replaced range.
    pub fn key(&self, origin: Origin) -> Key {
        let (rule, find, detector, merged) = (self.rule, self.find, self.detector, self.merged);
        Key { rule, find, detector, effect: Effect::Change, merged, origin }
    }
}

/// The counts of one exchange.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: BTreeMap<Key, u64>,
    /// The first rule and find that refused the exchange.
    pub blocked: Option<(usize, usize)>,
    /// Replaced ranges, where somebody asked for them.
    pub hits: Option<Vec<Hit>>,
}

impl Tally {
    /// Counts one region or match.
    pub fn count(&mut self, key: Key) {
        self.add(key, 1);
    }

    fn add(&mut self, mut key: Key, count: u64) {
        if self.counts.len() >= MAX_ENTRIES && !self.counts.contains_key(&key) {
            key.origin.path = String::new();
        }
        *self.counts.entry(key).or_default() += count;
    }

    /// An empty one that notes the same as this.
    pub fn like(&self) -> Self {
        Self { hits: self.hits.as_ref().map(|_| Vec::new()), ..Self::default() }
    }

    /// Takes in what another one noted later.
    pub fn take_in(&mut self, other: Self) {
        for (key, count) in other.counts {
            self.add(key, count);
        }
        self.blocked = self.blocked.or(other.blocked);
        if let (Some(hits), Some(others)) = (&mut self.hits, other.hits) {
            hits.extend(others);
        }
    }

    /// Adds the counts of another one, of what satisfies a condition.
    pub fn add_all(&mut self, other: &Self, of: impl Fn(&Key) -> bool) {
        for (key, count) in other.entries().filter(|(key, _)| of(key)) {
            self.add(key.clone(), count);
        }
        self.blocked = self.blocked.or(other.blocked);
    }

    /// Raises each count to that of another one of the same text, of what satisfies a condition.
    pub fn raise(&mut self, other: &Self, of: impl Fn(&Key) -> bool) {
        for (key, count) in other.entries().filter(|(key, _)| of(key)) {
            let more = count.saturating_sub(self.counts.get(key).copied().unwrap_or_default());
            if more > 0 {
                self.add(key.clone(), more);
            }
        }
        self.blocked = self.blocked.or(other.blocked);
    }

    /// Notes a refusal; the first one stands.
    pub fn block(&mut self, rule: usize, find: usize) {
        self.blocked.get_or_insert((rule, find));
    }

    /// All entries with their counts.
    pub fn entries(&self) -> impl Iterator<Item = (&Key, u64)> {
        self.counts.iter().map(|(key, &count)| (key, count))
    }
}
