//! A detector as the filter holds it: loaded from a plan, ready to run.

use super::automata::Automata;
use super::automaton::{Automaton, AutomatonError, Library};
use super::class::ByteClass;
use super::finder::{LONGEST_WINDOW, WINDOW, Windows};
use super::group::Group;
use super::keywords::Keywords;
use super::validate;
use crate::plan::model;
use crate::policy::model::Validator;

/// What an open-ended match swallows behind its head.
pub enum Tail {
    /// Every following byte of a class.
    Class(ByteClass),
    /// Everything up to and with a literal and the rest of its line.
    Until(Vec<u8>),
}

/// A detector, ready to run.
pub struct Detector {
    /// Its id.
    pub id: String,
    /// Its entity.
    pub entity: String,
    /// The pattern, or its head.
    pub automaton: Automaton,
    /// Least and greatest offset of a window from the start of a match.
    pub offsets: (usize, usize),
    /// The bytes that may stand between start and window.
    pub before: ByteClass,
    /// What is swallowed behind the head.
    pub tail: Option<Tail>,
    /// Words of which one must stand near.
    pub keywords: Option<Keywords>,
    /// Bytes of the longest match, of the head where there is a tail.
    longest: usize,
    group: Option<Group>,
    validators: Vec<Validator>,
    exceptions: Vec<model::Exception>,
}

impl Detector {
    /// Loads one detector of a plan, whose automata lie in `automata`; the second value is its windows.
    ///
    /// # Errors
    /// An automaton or class does not decode.
    pub fn load(
        plan: &model::Detector,
        automata: &Automata,
        library: &mut Library,
    ) -> Result<(Self, Windows), AutomatonError> {
        let class = |text: &str| {
            ByteClass::decode(text, LONGEST_WINDOW).ok_or_else(|| AutomatonError::new("byte class does not decode"))
        };
        let single = |text: &str| class(text).map(|classes| classes.first().copied().unwrap_or_default());
        let all = plan.probe.windows.iter().map(|text| class(text)).collect::<Result<Vec<_>, _>>()?;
        let tail = match &plan.tail {
            None => None,
            Some(model::Tail::Class(text)) => Some(Tail::Class(single(text)?)),
            Some(model::Tail::Until(literal)) => Some(Tail::Until(literal.clone().into_bytes())),
        };
        let detector = Self {
            id: plan.id.clone(),
            entity: plan.entity.clone(),
            automaton: library.automaton(automata.get(plan.dfa)?)?,
            offsets: (plan.probe.from as usize, plan.probe.to as usize),
            before: single(&plan.probe.before)?,
            tail,
            keywords: plan.keywords.as_ref().map(|words| Keywords::new(&words.any, words.within as usize)),
            longest: plan.longest as usize,
            group: plan.group.as_ref().map(|group| Group::load(group, automata, library)).transpose()?,
            validators: plan.validate.clone(),
            exceptions: plan.exceptions.clone(),
        };
        Ok((detector, Windows { edge: plan.probe.edge, all }))
    }

    /// The range within `text` that a match at `start..end` replaces, when the match is real but for its keywords.
    /// `text` must reach one byte beyond the match unless it ends there. Exceptions hold until their time unless
    /// `now_ms` is `None`, which disregards them.
    pub fn real(&self, text: &[u8], start: usize, end: usize, now_ms: Option<u64>) -> Option<(usize, usize)> {
        let found = text.get(start..end)?;
        let before = start.checked_sub(1).and_then(|at| text.get(at).copied());
        let (from, to) = match &self.group {
            None => (start, end),
            Some(group) => {
                let (from, to) = group.locate(before, found, text.get(end).copied())?;
                (start + from, start + to)
            }
        };
        let value = text.get(from..to).filter(|value| !value.is_empty())?;
        // A checksum is of the part that is replaced; how random a match looks shows in all of it.
        let asked = |validator: &Validator| if validate::reads_all(validator) { found } else { value };
        let holds = |validator: &Validator| validate::holds(validator, asked(validator));
        if !self.validators.iter().all(holds) {
            return None;
        }
        let excepted = now_ms.is_some_and(|now| {
            self.exceptions
                .iter()
                .any(|it| now < it.until_ms && it.values.iter().any(|known| known.as_bytes() == value))
        });
        (!excepted).then_some((from, to))
    }

    /// Bytes of the longest match, of the head where there is a tail.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// How far from one of its words, either way, a window of it can lie.
    pub fn span(&self) -> usize {
        self.keywords.as_ref().map_or(0, Keywords::reach) + self.longest + self.offsets.1 + WINDOW
    }

    /// How many bytes around a match its keywords, or behind it a cut terminator, can lie.
    pub fn reach(&self) -> usize {
        let terminator = match &self.tail {
            Some(Tail::Until(literal)) => literal.len(),
            Some(Tail::Class(_)) | None => 0,
        };
        self.keywords.as_ref().map_or(0, Keywords::reach).max(terminator)
    }
}
