//! A DFA as a table in its written form, see [`crate::scan::table`].

use std::collections::{HashMap, HashSet};

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton as _, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;

use crate::scan::table::{DEAD, KINDS, kind};

type Dfa = dense::DFA<Vec<u32>>;

/// Writes a DFA.
///
/// # Errors
/// There are more states than a table has room for, or where a run starts depends on what a table cannot tell.
pub(super) fn write(dfa: &Dfa) -> Result<Vec<u8>, String> {
    let starts = starts(dfa)?;
    let (mut states, classes) = follow(dfa, &starts);
    states.sort_by_key(|&state| !dfa.is_match_state(state));
    let matches = states.iter().take_while(|&&state| dfa.is_match_state(state)).count();
    let ranks: HashMap<StateID, usize> = states.iter().copied().zip(usize::from(DEAD) + 1..).collect();
    let rank = |state: StateID| ranks.get(&state).copied().unwrap_or(usize::from(DEAD));
    let (count, columns) = (states.len() + 1, classes.firsts.len() + 1);

    let mut written = Vec::new();
    for number in [count, matches, columns].into_iter().chain(starts.iter().map(|&state| rank(state))) {
        let number = u16::try_from(number).map_err(|_| "it has more states than a table holds".to_owned())?;
        written.extend(number.to_le_bytes());
    }
    written.extend(classes.of.iter().map(|&class| class as u8));
    let cell = |state: StateID| rank(state).to_le_bytes().into_iter().take(if count <= 256 { 1 } else { 2 });
    written.extend((0..columns).flat_map(|_| cell(StateID::ZERO)));
    for state in states {
        written.extend(classes.firsts.iter().flat_map(|&byte| cell(dfa.next_state(state, byte))));
        written.extend(cell(dfa.next_eoi_state(state)));
    }
    Ok(written)
}

/// The start state behind a byte of each kind.
fn starts(dfa: &Dfa) -> Result<[StateID; KINDS], String> {
    let mut starts = [None; KINDS];
    for before in std::iter::once(None).chain((0..=u8::MAX).map(Some)) {
        let config = start::Config::new().anchored(Anchored::Yes).look_behind(before);
        let state = dfa.start_state(&config).map_err(|error| error.to_string())?;
        if let Some(start) = starts.get_mut(kind(before))
            && start.replace(state).is_some_and(|other| other != state)
        {
            return Err("where it starts depends on more of the byte before than a table tells".to_owned());
        }
    }
    Ok(starts.map(Option::unwrap_or_default))
}

/// The states that can be reached and are not dead, and the classes of bytes that they tell apart.
fn follow(dfa: &Dfa, starts: &[StateID]) -> (Vec<StateID>, Classes) {
    let mut classes = Classes { of: vec![0; 256], firsts: vec![0] };
    let (mut states, mut known) = (Vec::new(), HashSet::new());
    let mut meet = |states: &mut Vec<StateID>, state| {
        if !dfa.is_dead_state(state) && !dfa.is_quit_state(state) && known.insert(state) {
            states.push(state);
        }
    };
    starts.iter().for_each(|&start| meet(&mut states, start));
    let mut at = 0;
    while let Some(&state) = states.get(at) {
        let row: Vec<StateID> = (0..=u8::MAX).map(|byte| dfa.next_state(state, byte)).collect();
        classes.tell_apart(&row);
        let mut last = None;
        for next in row.into_iter().chain([dfa.next_eoi_state(state)]) {
            if last.replace(next) != Some(next) {
                meet(&mut states, next);
            }
        }
        at += 1;
    }
    (states, classes)
}

/// Bytes that have not been told apart.
struct Classes {
    /// The class of each byte.
    of: Vec<usize>,
    /// The first byte of each class.
    firsts: Vec<u8>,
}

impl Classes {
    /// Puts bytes that lead to different states in different classes.
    fn tell_apart(&mut self, row: &[StateID]) {
        let same = |(class, next): (&usize, &StateID)| {
            let first = self.firsts.get(*class).and_then(|&first| row.get(usize::from(first)));
            first == Some(next)
        };
        if self.of.iter().zip(row).all(same) {
            return;
        }
        let mut numbers = HashMap::new();
        self.firsts.clear();
        for ((byte, class), next) in (0..=u8::MAX).zip(&mut self.of).zip(row) {
            let count = numbers.len();
            *class = *numbers.entry((*class, *next)).or_insert_with(|| {
                self.firsts.push(byte);
                count
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_automata::MatchKind;
    use regex_automata::dfa::StartKind;
    use regex_automata::util::syntax;

    use super::*;
    use crate::scan::{Library, Step};

    /// Few states and many, of one byte a cell and of two; what can be asked of the byte before; dead starts.
    const EXPRESSIONS: &[&str] = &[
        "a",
        "ab*(?:c|cd)?",
        r"\b[ab]{2,5}\b",
        r"(?m)^a[^b]*$",
        r"\Aab|ba\z",
        r"(?i)aB\r?\n?",
        "[ab]{20,300}c?",
        "(?:a|b|ab|c){0,9}",
        r"\B-a",
        "[ä-ö]+|é",
    ];

    fn dense(expression: &str) -> Dfa {
        let config = dense::Config::new().start_kind(StartKind::Anchored).match_kind(MatchKind::All).accelerate(false);
        let syntax = syntax::Config::new().unicode(expression.contains('ä')).utf8(false);
        dense::Builder::new().configure(config).syntax(syntax).build(expression).unwrap()
    }

    /// What the DFA itself says of the ends of matches.
    fn ends(dfa: &Dfa, before: Option<u8>, text: &[u8]) -> Vec<usize> {
        let config = start::Config::new().anchored(Anchored::Yes).look_behind(before);
        let mut state = dfa.start_state(&config).unwrap();
        let mut ends = Vec::new();
        for (read, &byte) in text.iter().enumerate() {
            state = dfa.next_state(state, byte);
            ends.extend(dfa.is_match_state(state).then_some(read));
        }
        ends.extend(dfa.is_match_state(dfa.next_eoi_state(state)).then_some(text.len()));
        ends
    }

    proptest! {
        #[test]
        fn a_table_finds_what_its_dfa_finds(
            at in 0..EXPRESSIONS.len(),
            text in prop_oneof!["[abc]{0,400}", "[abcABC\r\n_é-]{0,12}"],
            before in prop::option::of(prop_oneof![Just(b'a'), Just(b'\n'), Just(b'\r'), Just(b'-'), Just(0xe9)]),
            cut in 0_usize..400,
        ) {
            let dfa = dense(EXPRESSIONS[at]);
            let automaton = Library::default().automaton(&write(&dfa).unwrap()).unwrap();
            let text = text.as_bytes();
            let expected = ends(&dfa, before, text);
            let mut found = Vec::new();
            automaton.ends(before, text.iter().copied(), None, |read| found.push(read));
            prop_assert_eq!(&found, &expected);

            // The same in two pieces.
            let (one, two) = text.split_at(cut.min(text.len()));
            let mut work = 0;
            let longest = automaton.start(before).and_then(|run| match automaton.resume(run, one, false, &mut work) {
                Step::Decided(longest) => longest,
                Step::Open(run) => match automaton.resume(run, two, true, &mut work) {
                    Step::Decided(longest) => longest,
                    Step::Open(_) => unreachable!("the text has ended"),
                },
            });
            prop_assert_eq!(longest, expected.last().copied());
            prop_assert!(work <= text.len() as u64 + 2);
        }
    }

    #[test]
    fn a_table_that_leads_astray_is_refused() {
        for expression in ["ab", "[ab]{20,300}c?"] {
            let whole = write(&dense(expression)).unwrap();
            let mut library = Library::default();
            assert!(library.automaton(&whole).is_ok());
            let with = |at: usize, byte: u8| {
                let mut bytes = whole.clone();
                bytes[at] = byte;
                bytes
            };
            let (map, cells) = (2 * (3 + KINDS), 2 * (3 + KINDS) + 256);
            let longer = [whole.as_slice(), &[0, 0]].concat();
            for wrong in [
                Vec::new(),
                whole[..whole.len() - 1].to_vec(),
                longer,
                with(1, 0xff),
                with(3, 0xff),
                with(4, 1),
                with(7, 0xff),
                with(map, 0xfe),
                with(cells, 1),
                with(whole.len() - 1, 0xff),
            ] {
                assert!(library.automaton(&wrong).is_err());
            }
        }
    }

    #[test]
    fn a_library_has_each_automaton_once() {
        let (one, other) = (write(&dense("ab")).unwrap(), write(&dense("ac")).unwrap());
        let mut library = Library::default();
        let first = library.automaton(&one).unwrap();
        assert!(first.same(&library.automaton(&one).unwrap()));
        assert!(!first.same(&library.automaton(&other).unwrap()));
    }
}
