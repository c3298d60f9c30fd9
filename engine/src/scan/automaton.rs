//! A sparse anchored DFA, stepped by hand so that a run can stop at the end of a chunk and go on in the next.

use std::collections::HashMap;
use std::rc::{Rc, Weak};

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton as _, sparse};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use sha2::{Digest as _, Sha256};

/// An anchored DFA over bytes that reports every end of a match (`MatchKind::All`).
#[derive(Clone)]
pub struct Automaton(Rc<sparse::DFA<Vec<u8>>>);

/// Automata that the plans of a process share: those of the catalogue are the same in each.
#[derive(Default)]
pub struct Library(HashMap<[u8; 32], Weak<sparse::DFA<Vec<u8>>>>);

impl Library {
    /// Reads a serialised sparse DFA, or takes it from a plan that has it.
    ///
    /// # Errors
    /// The bytes are not a DFA of this version of the format.
    pub fn automaton(&mut self, bytes: &[u8]) -> Result<Automaton, AutomatonError> {
        let known = self.0.entry(Sha256::digest(bytes).into()).or_default();
        if let Some(dfa) = known.upgrade() {
            return Ok(Automaton(dfa));
        }
        let (dfa, _) = sparse::DFA::from_bytes(bytes).map_err(|error| AutomatonError(error.to_string()))?;
        let dfa = Rc::new(dfa.to_owned());
        *known = Rc::downgrade(&dfa);
        Ok(Automaton(dfa))
    }

    /// Forgets what no plan has any more.
    pub fn tidy(&mut self) {
        self.0.retain(|_, dfa| dfa.strong_count() > 0);
    }
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
    state: StateID,
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
    /// A run that starts behind `before`; `None` is the edge of the text.
    pub fn start(&self, before: Option<u8>) -> Option<Run> {
        let config = start::Config::new().anchored(Anchored::Yes).look_behind(before);
        let state = self.0.start_state(&config).ok()?;
        Some(Run { state, read: 0, longest: None })
    }

    /// Feeds `text` to a run; at its end the text ends too when `last`. `work` grows by the bytes that were read.
    pub fn resume(&self, mut run: Run, text: &[u8], last: bool, work: &mut u64) -> Step {
        let before = run.read;
        let step = self.steps(&mut run, text, last);
        *work += (run.read - before) as u64 + 1;
        step
    }

    fn steps(&self, run: &mut Run, text: &[u8], last: bool) -> Step {
        for &byte in text {
            run.state = self.0.next_state(run.state, byte);
            if self.0.is_special_state(run.state) {
                if self.0.is_match_state(run.state) {
                    // A match is seen one byte late: it ended before this byte.
                    run.longest = Some(run.read);
                } else if self.0.is_dead_state(run.state) || self.0.is_quit_state(run.state) {
                    return Step::Decided(run.longest);
                }
            }
            run.read += 1;
        }
        if !last {
            return Step::Open(*run);
        }
        if self.0.is_match_state(self.0.next_eoi_state(run.state)) {
            run.longest = Some(run.read);
        }
        Step::Decided(run.longest)
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
        let Some(run) = self.start(before) else { return };
        let mut state = run.state;
        let mut read = 0;
        for byte in text {
            state = self.0.next_state(state, byte);
            if self.0.is_match_state(state) {
                found(read);
            } else if self.0.is_dead_state(state) || self.0.is_quit_state(state) {
                return;
            }
            read += 1;
        }
        let state = match after {
            Some(byte) => self.0.next_state(state, byte),
            None => self.0.next_eoi_state(state),
        };
        if self.0.is_match_state(state) {
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
