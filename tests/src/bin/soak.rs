//! `cargo soak [SECONDS] [SEED]`: random bodies through the native engine until the time is over. A disagreement is
//! printed with the seed that makes it again, and ends with status 1.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use inkseal_tests::random;

fn main() -> ExitCode {
    let number = |at| std::env::args().nth(at).and_then(|text| text.parse::<u64>().ok());
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
