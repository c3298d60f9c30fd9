//! The engine held against the oracle: thousands of seeded documents of every format, through several policies.
#![allow(clippy::panic, reason = "a suite that cannot go on says so by a panic")]

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use inkseal_tests::oracle::check::{Counts, check};
use inkseal_tests::oracle::policies::ALL;

/// Documents of each format and policy.
const DOCUMENTS: u64 = 200;

#[test]
fn the_engine_is_the_oracle() {
    let documents = std::env::var("INKSEAL_ORACLE").ok().and_then(|text| text.parse().ok()).unwrap_or(DOCUMENTS);
    let (next, total) = (AtomicUsize::new(0), Mutex::new((Counts::default(), Vec::new())));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(trial) = ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let lane = trial.lane().unwrap_or_else(|error| panic!("{}: {error:#}", trial.name));
                    let (mut counts, mut failures) = (Counts::default(), Vec::new());
                    for &format in trial.formats {
                        for seed in 0..documents {
                            match check(&lane, trial.words, format, trial.stable, seed) {
                                Ok(checked) => counts.add(checked),
                                Err(why) if failures.len() < 5 => {
                                    failures.push(format!("policy {}, {why}", trial.name))
                                }
                                Err(_) => {}
                            }
                        }
                    }
                    let mut total = total.lock().expect("no thread panics with it");
                    total.0.add(counts);
                    total.1.extend(failures);
                }
            });
        }
    });
    let (counts, failures) = total.into_inner().expect("all threads have ended");
    let Counts { documents, found, cuts, comparisons } = counts;
    let line = format!("oracle: {documents} documents ({found} changed), {cuts} cuts, {comparisons} comparisons");
    writeln!(std::io::stderr(), "{line}").expect("stderr is there");
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
