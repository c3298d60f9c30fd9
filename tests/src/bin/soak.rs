//! `cargo soak [SECONDS] [SEED]`: random bodies through the native engine until the time is over.
//! `cargo soak --seed-from N --count M [--policy NAME]`: the oracle's documents of these seeds, in every format through
//! each of its policies or only the one of that name, and its fields, with all of its properties. A disagreement is
//! printed with the seed that makes it again, and ends with status 1.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use inkseal_tests::oracle::check::Counts;
use inkseal_tests::oracle::run::{fields, native};
use inkseal_tests::random;

/// Seeds between two lines of progress.
const BATCH: u64 = 200;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    let named = |name: &str| arguments.iter().position(|it| it == name).and_then(|at| number(at + 1));
    match (named("--seed-from"), named("--count")) {
        (None, None) => {}
        (from, count) => {
            let policy = arguments.iter().position(|it| it == "--policy").and_then(|at| arguments.get(at + 1));
            return oracle(from.unwrap_or(0), count.unwrap_or(BATCH), policy.map(String::as_str));
        }
    }
    let (seconds, first) = (number(1).unwrap_or(600), number(2).unwrap_or(1));
    let plan = match random::load() {
        Ok(plan) => plan,
        Err(why) => {
            eprintln!("the policy does not compile: {why}");
            return ExitCode::FAILURE;
        }
    };
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut seed, mut found, mut said) = (first, 0_u64, Instant::now());
    while Instant::now() < until {
        match random::check(&plan, seed) {
            Ok(any) => found += u64::from(any),
            Err(why) => {
                println!("{why}");
                return ExitCode::FAILURE;
            }
        }
        seed += 1;
        if said.elapsed() > Duration::from_secs(10) {
            eprintln!("{} bodies", seed - first);
            said = Instant::now();
        }
    }
    println!("{} bodies from seed {first}, {found} of them with findings: the same at every cut", seed - first);
    ExitCode::SUCCESS
}

fn oracle(from: u64, count: u64, policy: Option<&str>) -> ExitCode {
    let (mut total, end) = (Counts::default(), from.saturating_add(count));
    let mut seed = from;
    while seed < end {
        let seeds = seed..end.min(seed + BATCH);
        for report in [native(&seeds, policy), fields(&seeds)] {
            total.add(report.counts);
            if !report.failures.is_empty() {
                println!("{}", report.failures.join("\n"));
                return ExitCode::FAILURE;
            }
        }
        seed += BATCH;
        eprintln!("{total}");
    }
    println!("{total} from seed {from}: the engine is the oracle");
    ExitCode::SUCCESS
}
