use proptest::prelude::*;

use super::super::class::ByteClass;
use super::super::finder::in_word;
use super::*;
use crate::plan::model;

/// Patterns as a plan has them, each with a place of its gram.
fn planned<'a>(list: impl Iterator<Item = (&'a [ByteClass], bool, Option<u8>)>) -> Patterns {
    let mut plan = model::Patterns::default();
    for (classes, edge, gram) in list {
        let first = plan.classes.len() as u16;
        plan.classes.extend(classes.iter().map(ByteClass::encode));
        plan.windows.push(model::Window::new(edge, gram, (first..).zip(classes).map(|(at, _)| (at, 1))));
    }
    Patterns::load(&plan).unwrap()
}

/// Where each pattern lies, looked for byte by byte.
fn lies(patterns: &[(Vec<ByteClass>, bool)], text: &[u8], from: usize) -> Vec<(usize, usize)> {
    let letter = |at: usize| text.get(at).is_some_and(|&byte| in_word(byte) && byte != b'-');
    let mut found = Vec::new();
    for at in from..text.len() {
        for (number, (classes, edge)) in patterns.iter().enumerate() {
            let ahead = &text[at..];
            let fits =
                ahead.len() >= classes.len() && classes.iter().zip(ahead).all(|(class, &byte)| class.contains(byte));
            if fits && !(*edge && at > 0 && letter(at - 1)) {
                found.push((at, number));
            }
        }
    }
    found
}

fn classes() -> impl Strategy<Value = Vec<ByteClass>> {
    let class = prop_oneof![
        4 => any::<u8>().prop_map(|byte| [byte].into_iter().collect::<ByteClass>()),
        4 => proptest::sample::select(b"aAbBkKz09_-@:/ ".to_vec()).prop_map(|byte| [byte].into_iter().collect()),
        1 => Just((b'0'..=b'9').collect()),
        1 => Just((b'a'..=b'f').chain(b'0'..=b'9').collect()),
        1 => Just((b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').collect()),
        1 => Just(ByteClass::ALL),
    ];
    let long = Just(vec![(b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').collect(); 20]);
    prop_oneof![4 => proptest::collection::vec(class, 1..12), 1 => long]
}

proptest! {
    /// What may lie in a text holds all that does, whatever is looked for, and wherever it is looked for from.
    #[test]
    fn nothing_is_missed(
        patterns in proptest::collection::vec((classes(), any::<bool>()), 1..8),
        pieces in proptest::collection::vec((0_usize..8, any::<u8>(), "[a-zA-Z0-9 @:_\"-]{0,40}"), 0..12),
        grams in proptest::collection::vec(proptest::option::weighted(0.9, 0_u8..10), 8),
        from in 0_usize..80,
        kept in 0_u8..,
    ) {
        let mut text = Vec::new();
        for (number, seed, noise) in pieces {
            text.extend_from_slice(noise.as_bytes());
            if let Some((classes, _)) = patterns.get(number) {
                let nth = |class: &ByteClass| class.bytes().nth(usize::from(seed) % class.count());
                text.extend(classes.iter().filter_map(nth));
            }
        }
        // Wherever a plan says that a pattern is best looked for.
        let list = patterns.iter().zip(&grams).map(|((classes, edge), gram)| (classes.as_slice(), *edge, *gram));
        let planned = planned(list);
        let all = Sieve::new(&planned, planned.windows().iter());
        let keeps = |number: usize| kept >> number & 1 == 1;
        for (sieve, keeps) in [(&all, &(|_| true) as &dyn Fn(usize) -> bool), (&all.narrowed(&keeps), &keeps)] {
            let mut found = Vec::new();
            sieve.each(&text, from, |at, number| {
                found.push((at, number));
                true
            });
            prop_assert!(found.iter().all(|(_, number)| keeps(*number)));
            let wanted = lies(&patterns, &text, from);
            for place in wanted.into_iter().filter(|(_, number)| keeps(*number) && !sieve.rest.contains(number)) {
                prop_assert_eq!(found.iter().filter(|found| **found == place).count(), 1, "{:?}", place);
            }
        }
    }
}

#[test]
fn it_stops_when_it_is_told_to() {
    let word: Vec<ByteClass> = b"zqx7".iter().map(|&byte| [byte].into_iter().collect()).collect();
    let planned = planned([(word.as_slice(), false, Some(0))].into_iter());
    let sieve = Sieve::new(&planned, planned.windows().iter());
    let mut count = 0;
    assert!(!sieve.each(&b"zqx7 ".repeat(100), 0, |_, _| {
        count += 1;
        count < 3
    }));
    assert_eq!(count, 3);
}
