//! Detectors as automata that are run from every start, built from the policy's text alone.

use std::collections::HashMap;
use std::rc::Rc;

use inkseal_engine::policy::model::{self, Validator};
use regex_automata::dfa::Automaton as _;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// An automaton that knows every end of a match.
pub struct Automaton(dense::DFA<Vec<u32>>);

impl Automaton {
    fn new(hir: &Hir) -> Self {
        let config = thompson::Config::new().utf8(false).which_captures(WhichCaptures::None);
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).expect("a pattern makes an NFA");
        let config = dense::Config::new().match_kind(MatchKind::All).start_kind(StartKind::Anchored);
        Self(dense::Builder::new().configure(config).build_from_nfa(&nfa).expect("a pattern makes a DFA"))
    }

    /// The end of the longest match that begins at `start` and ends at `most` at the latest. `^`, `$` and `\b` see all of
    /// `bytes`.
    pub fn longest(&self, bytes: &[u8], start: usize, most: usize) -> Option<usize> {
        let input = Input::new(bytes).range(start..most).anchored(Anchored::Yes);
        self.0.try_search_fwd(&input).expect("nothing makes it give up").map(|half| half.offset())
    }

    fn exactly(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        self.longest(bytes, start, end) == Some(end)
    }
}

/// A pattern, and the parts around its group.
pub struct Pattern {
    /// All of it.
    pub whole: Automaton,
    /// What stands beside a match decides whether it is one: `^`, `$`, `\b`, or something around the group.
    pub looks_around: bool,
    group: Option<Group>,
}

struct Group {
    prefix: Automaton,
    /// The group and the suffix.
    rest: Automaton,
    group: Automaton,
    suffix: Automaton,
}

impl Pattern {
    fn new(source: &str, group: Option<&str>) -> Self {
        let hir = parse(source);
        let group = group.map(|name| {
            let parts = match hir.kind() {
                HirKind::Concat(parts) => parts.clone(),
                _ => vec![hir.clone()],
            };
            let named = |part: &Hir| matches!(part.kind(), HirKind::Capture(it) if it.name.as_deref() == Some(name));
            let at = parts.iter().position(named).expect("the group stands at the top");
            let of = |parts: &[Hir]| Automaton::new(&Hir::concat(parts.to_vec()));
            Group {
                prefix: of(&parts[..at]),
                rest: of(&parts[at..]),
                group: of(&parts[at..=at]),
                suffix: of(&parts[at + 1..]),
            }
        });
        let looks_around = !hir.properties().look_set().is_empty() || group.is_some();
        Self { whole: Automaton::new(&hir), looks_around, group }
    }

    /// What a match replaces: its group, as early and then as long as possible, else all of it.
    pub fn value(&self, bytes: &[u8], start: usize, end: usize) -> (usize, usize) {
        let Some(it) = &self.group else { return (start, end) };
        let from = (start..=end)
            .find(|from| it.prefix.exactly(bytes, start, *from) && it.rest.exactly(bytes, *from, end))
            .expect("a match has its group");
        let to = (from..=end)
            .rev()
            .find(|to| it.suffix.exactly(bytes, *to, end) && it.group.exactly(bytes, from, *to))
            .expect("the group of a match ends");
        (from, to)
    }
}

/// What a match swallows beyond its bound.
pub enum Tail {
    /// Whether each byte is of the class.
    Class(Box<[bool; 256]>),
    /// The literal that ends it.
    Until(Vec<u8>),
}

/// Values that are left alone until a time.
#[derive(Clone, PartialEq, Eq)]
pub struct Exception {
    /// The values.
    pub values: Vec<Vec<u8>>,
    /// Milliseconds since the epoch.
    pub until_ms: u64,
}

/// A detector with the exceptions of the rules that use it.
pub struct Detector {
    /// Its id.
    pub id: String,
    /// Its entity.
    pub entity: String,
    /// What it looks for.
    pub pattern: Rc<Pattern>,
    /// What it swallows behind that.
    pub tail: Option<Tail>,
    /// One of these must be near; none if empty.
    pub keywords: Vec<Vec<u8>>,
    /// How near, in bytes.
    pub within: usize,
    /// All of these must hold.
    pub validate: Vec<Validator>,
    /// What is left alone.
    pub exceptions: Vec<Exception>,
}

/// Patterns that were built before, by source and group: oracles of several policies share them.
#[derive(Default)]
pub struct Patterns(HashMap<(String, Option<String>), Rc<Pattern>>);

impl Patterns {
    /// A detector by pattern; `None` for one by names.
    pub fn detector(&mut self, detector: &model::Detector, exceptions: Vec<Exception>) -> Option<Detector> {
        let model::Pattern::Regex { source, tail } = &detector.pattern else { return None };
        let group = detector.redact.as_ref().map(|name| name.value.clone());
        let key = (source.value.clone(), group.clone());
        let pattern = self.0.entry(key).or_insert_with(|| Rc::new(Pattern::new(&source.value, group.as_deref())));
        let words = detector.keywords.as_ref();
        Some(Detector {
            id: detector.id.value.clone(),
            entity: detector.entity.clone(),
            pattern: Rc::clone(pattern),
            tail: tail.as_ref().map(|tail| match tail {
                model::Tail::Class(class) => Tail::Class(Box::new(class_of(&class.value))),
                model::Tail::Until(literal) => Tail::Until(literal.value.clone().into_bytes()),
            }),
            keywords: words
                .map_or(Vec::new(), |it| it.any.iter().map(|word| word.value.clone().into_bytes()).collect()),
            within: words.map_or(0, |it| it.within),
            validate: detector.validate.iter().map(|it| it.value.clone()).collect(),
            exceptions,
        })
    }
}

fn parse(source: &str) -> Hir {
    ParserBuilder::new().unicode(false).utf8(false).build().parse(source).expect("the policy was resolved")
}

/// The bytes of a class: those that the expression matches alone.
fn class_of(source: &str) -> [bool; 256] {
    let automaton = Automaton::new(&parse(source));
    std::array::from_fn(|byte| automaton.exactly(&[byte as u8], 0, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_match_counts_and_neighbours_are_seen() {
        let pattern = Pattern::new(r"\bid-[0-9]{2,6}", None);
        assert_eq!(pattern.whole.longest(b"id-1234567", 0, 10), Some(9));
        assert_eq!(pattern.whole.longest(b"xid-1234567", 1, 11), None);
        assert_eq!(pattern.whole.longest(b"id-1", 0, 4), None);
    }

    #[test]
    fn a_group_begins_early_and_ends_late() {
        let pattern = Pattern::new("a{0,3}(?P<g>a{1,3}b{1,3})b{0,2}", Some("g"));
        assert_eq!(pattern.value(b"aaaabbbb", 0, 8), (1, 7));
    }
}
