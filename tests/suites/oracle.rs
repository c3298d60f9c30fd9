//! The engine held against the oracle: seeded documents of every format, fields and targets,
//! through several policies.
#![allow(clippy::panic, clippy::expect_used, reason = "a suite that cannot go on says so by a panic")]

use std::io::Write as _;

use inkseal::exchange::wasm::Wasm;
use inkseal_tests::oracle::run::{Report, fields, native, shipped};

/// Documents of each format and policy through the library.
const NATIVE: u64 = 250;
/// Documents of each format and policy through the shipped filter.
const SHIPPED: u64 = 40;
/// Fields and targets of each policy.
const FIELDS: u64 = 1500;

#[test]
fn the_engine_is_the_oracle() {
    hold("native", &native(&(0..NATIVE), None));
}

#[test]
fn the_shipped_filter_is_the_oracle() {
    let filter = Wasm::shipped().unwrap_or_else(|error| panic!("{error:#}"));
    hold("wasm", &shipped(&filter, &(0..SHIPPED)));
}

#[test]
fn fields_and_targets_are_the_oracles() {
    hold("fields", &fields(&(0..FIELDS)));
}

fn hold(what: &str, report: &Report) {
    // Past the capture of the test harness: the counts belong to the suite's result.
    writeln!(std::io::stderr(), "oracle, {what}: {}", report.counts).expect("stderr is there");
    assert!(report.failures.is_empty(), "{} failures\n{}", report.failures.len(), report.failures.join("\n"));
}
