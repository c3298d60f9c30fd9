//! An anchored DFA as a table, stepped by hand so that a run can stop at the end of a chunk and go on in the next.

use std::collections::HashMap;
use std::rc::{Rc, Weak};

use super::table::{DEAD, State, Table};

/// An anchored DFA over bytes that reports every end of a match.
#[derive(Clone)]
pub struct Automaton(Rc<Table>);

/// Automata that the plans of a process share: those of the catalogue are the same in each.
#[derive(Default)]
pub struct Library {
    /// By a hash of their written form.
    known: HashMap<u64, Weak<Table>>,
    /// Classes of bytes, by a hash of them: many automata have the same.
    maps: HashMap<u64, Weak<[u8; 256]>>,
}

impl Library {
    /// Reads a written table, or takes it from a plan that has it.
    ///
    /// # Errors
    /// The bytes are no table.
    pub fn automaton(&mut self, bytes: &[u8]) -> Result<Automaton, AutomatonError> {
        let known = self.known.entry(hash(bytes)).or_default();
        if let Some(table) = known.upgrade().filter(|table| table.is(bytes)) {
            return Ok(Automaton(table));
        }
        let maps = &mut self.maps;
        let table = Table::read(bytes, |map| {
            let known = maps.entry(hash(map)).or_default();
            known.upgrade().filter(|known| **known == *map).unwrap_or_else(|| {
                let map = Rc::new(*map);
                *known = Rc::downgrade(&map);
                map
            })
        });
        let table = Rc::new(table.ok_or_else(|| AutomatonError::new("the bytes are no automaton"))?);
        *known = Rc::downgrade(&table);
        Ok(Automaton(table))
    }

    /// Forgets what no plan has any more.
    pub fn tidy(&mut self) {
        self.known.retain(|_, table| table.strong_count() > 0);
        self.maps.retain(|_, map| map.strong_count() > 0);
    }
}

/// Of a written table or its classes, to find them again; what is found is compared.
fn hash(bytes: &[u8]) -> u64 {
    let word = |chunk: &[u8; 8]| u64::from_le_bytes(*chunk);
    let (words, rest) = bytes.as_chunks();
    let mixed = |hash: u64, next: u64| (hash.rotate_left(5) ^ next).wrapping_mul(0x517c_c1b7_2722_0a95);
    let hash = words.iter().map(word).fold(bytes.len() as u64, mixed);
    rest.iter().fold(hash, |hash, &byte| mixed(hash, u64::from(byte)))
}

/// Why bytes are no automaton.
#[derive(Debug)]
pub struct AutomatonError(String);

impl AutomatonError {
    /// An error that says `why`.
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl std::fmt::Display for AutomatonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A run under way.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    state: State,
    /// Bytes read since the start.
    read: usize,
    /// The longest match so far, in bytes from the start.
    longest: Option<usize>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The longest match from the start, in bytes, if there is one.
    Decided(Option<usize>),
    /// More bytes could make a longer match.
    Open(Run),
}

impl Automaton {
    /// A run that starts behind `before`; `None` is the edge of the text. No run: nothing can match there.
    #[inline]
    pub fn start(&self, before: Option<u8>) -> Option<Run> {
        let state = self.0.start(before);
        (state != DEAD).then_some(Run { state, read: 0, longest: None })
    }

    /// Feeds `text` to a run; at its end the text ends too when `last`. `work` grows by the bytes that were read.
    pub fn resume(&self, run: Run, text: &[u8], last: bool, work: &mut u64) -> Step {
        let Run { state, read: before, mut longest } = run;
        // A match is seen one byte late: it ended before this byte.
        let (state, read) = self.0.walk(state, text.iter().copied(), |read| longest = Some(before + read));
        *work += read as u64 + 1;
        if state != DEAD && !last {
            return Step::Open(Run { state, read: before + read, longest });
        }
        if state != DEAD && self.0.matches_at_end(state) {
            longest = Some(before + read);
        }
        Step::Decided(longest)
    }

    /// Whether it is the very same.
    #[cfg(test)]
    pub(crate) fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Calls `found` with every length, in bytes, at which a match from the start of `text` ends. `before` and `after`
    /// are the bytes around `text`.
    pub fn ends(
        &self,
        before: Option<u8>,
        text: impl Iterator<Item = u8>,
        after: Option<u8>,
        mut found: impl FnMut(usize),
    ) {
        let (state, read) = self.0.walk(self.0.start(before), text.chain(after), &mut found);
        if state != DEAD && after.is_none() && self.0.matches_at_end(state) {
            found(read);
        }
    }
}

impl Run {
    /// Bytes read since the start.
    pub fn read(&self) -> usize {
        self.read
    }
}
