//! The engine held against the oracle: seeded documents of every format, through several policies.
#![allow(clippy::panic, clippy::expect_used, reason = "a suite that cannot go on says so by a panic")]

use std::io::Write as _;

use inkseal::exchange::wasm::Wasm;
use inkseal_tests::oracle::run::{Report, native, shipped};

/// Documents of each format and policy through the library.
const NATIVE: u64 = 300;
/// Documents of each format and policy through the shipped filter.
const SHIPPED: u64 = 12;

#[test]
fn the_engine_is_the_oracle() {
    hold("native", &native(&(0..NATIVE)));
}

#[test]
fn the_shipped_filter_is_the_oracle() {
    let filter = Wasm::shipped().unwrap_or_else(|error| panic!("{error:#}"));
    hold("wasm", &shipped(&filter, &(0..SHIPPED)));
}

fn hold(what: &str, report: &Report) {
    // Past the capture of the test harness: the counts belong to the suite's result.
    writeln!(std::io::stderr(), "oracle, {what}: {}", report.counts).expect("stderr is there");
    assert!(report.failures.is_empty(), "{} failures\n{}", report.failures.len(), report.failures.join("\n"));
}
