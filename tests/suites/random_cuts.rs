//! The bounded form of `cargo soak`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite")]

use inkseal_tests::random;

#[test]
fn random_bodies_come_out_the_same_at_random_cuts() {
    let plan = random::load().unwrap();
    let outcomes: Vec<_> = (0..6000).map(|seed| random::check(&plan, seed)).collect();
    let wrong: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).take(3).collect();
    assert!(wrong.is_empty(), "{}", wrong.into_iter().cloned().collect::<Vec<_>>().join("\n"));
    let found = outcomes.iter().filter(|outcome| matches!(outcome, Ok(true))).count();
    assert!(found > 2000, "only {found} bodies had findings: the pieces no longer make matches");
}
