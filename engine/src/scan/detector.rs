//! A detector as the filter holds it: loaded from a plan, ready to run.

use super::automata::Automata;
use super::automaton::{Automaton, AutomatonError};
use super::class::ByteClass;
use super::finder::WINDOW;
use super::group::Group;
use super::keywords::Keywords;
use super::patterns::Patterns;
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
    /// Its windows, by their numbers in the plan.
    pub(super) windows: Box<[u32]>,
    /// Its words, in the same way.
    pub(super) words: Box<[u32]>,
    /// Bytes of the longest match, of the head where there is a tail.
    longest: usize,
    group: Option<Group>,
    validators: Vec<Validator>,
    exceptions: Vec<model::Exception>,
}

impl Detector {
    /// Loads one detector of a plan, with its automata and patterns.
    ///
    /// # Errors
    /// The plan lacks one of those.
    pub fn load(plan: model::Detector, automata: &Automata, patterns: &Patterns) -> Result<Self, AutomatonError> {
        let lacks = |what: &str| AutomatonError::new(format!("the plan lacks one of its {what}"));
        let class = |number| patterns.class(number).copied().ok_or_else(|| lacks("byte classes"));
        let model::Probe { from, to, before, windows } = plan.probe;
        if windows.iter().any(|&window| window as usize >= patterns.windows().len()) {
            return Err(lacks("windows"));
        }
        let words = plan.keywords.as_ref().map_or(&[][..], |words| &words.any);
        let texts = words.iter().map(|&word| patterns.words().get(word as usize).cloned());
        let texts = texts.collect::<Option<_>>().ok_or_else(|| lacks("words"))?;
        Ok(Self {
            automaton: automata.get(plan.dfa)?,
            offsets: (from as usize, to as usize),
            before: class(before)?,
            tail: match plan.tail {
                None => None,
                Some(model::Tail::Class(number)) => Some(Tail::Class(class(number)?)),
                Some(model::Tail::Until(literal)) => Some(Tail::Until(literal.into_bytes())),
            },
            windows: windows.into(),
            words: words.into(),
            keywords: plan.keywords.map(|words| Keywords::new(texts, words.within as usize)),
            longest: plan.longest as usize,
            group: plan.group.as_ref().map(|group| Group::load(group, automata)).transpose()?,
            id: plan.id,
            entity: plan.entity,
            validators: plan.validate,
            exceptions: plan.exceptions,
        })
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
