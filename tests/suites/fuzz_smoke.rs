//! Every fuzz target over its committed corpus and over seeded mutations of it, on a stable toolchain.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, reason = "a suite")]

use std::path::Path;
use std::time::{Duration, Instant};

use inkseal_tests::fuzzing::{TARGETS, Target};
use inkseal_tests::seeded::Seeded;

/// Mutations of one target at most.
const MUTATIONS: usize = 20_000;

/// Mutations of one target end then, however few they were: a slow machine tries fewer.
const TIME: Duration = Duration::from_secs(2);

fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target.name);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("`{}`: {error}", folder.display()));
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| (path.display().to_string(), std::fs::read(path).unwrap());
    files.iter().map(read).collect()
}

/// Runs one input; its panic names it.
fn run(target: &Target, origin: &str, data: &[u8]) {
    let outcome = std::panic::catch_unwind(|| (target.run)(data));
    if outcome.is_err() {
        panic!("`{}` fails on {origin}: b\"{}\"", target.name, data.escape_ascii());
    }
}

fn mutated(random: &mut Seeded, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut data = files[random.below(files.len())].1.clone();
    for _ in 0..=random.below(4) {
        let at = random.below(data.len() + 1);
        let other = &files[random.below(files.len())].1;
        let (from, some) = (random.below(other.len() + 1), random.below(24));
        let piece = &other[from..(from + some).min(other.len())];
        match random.below(5) {
            0 if at < data.len() => data[at] = u8::try_from(random.below(256)).unwrap(),
            1 if at < data.len() => data[at] ^= 1 << random.below(8),
            2 => drop(data.drain(at..(at + some).min(data.len()))),
            3 => data.truncate(at),
            _ => drop(data.splice(at..at, piece.iter().copied())),
        }
    }
    data
}

#[test]
fn every_target_takes_its_corpus_and_mutations_of_it() {
    for target in TARGETS {
        let files = corpus(target);
        assert!(!files.is_empty(), "the corpus of `{}` is empty", target.name);
        for (path, data) in &files {
            run(target, path, data);
        }
        let (mut random, started, mut tried) = (Seeded::of(target.name), Instant::now(), 0);
        while tried < MUTATIONS && started.elapsed() < TIME {
            run(target, "a mutation", &mutated(&mut random, &files));
            tried += 1;
        }
        println!("{}: {} files, {tried} mutations", target.name, files.len());
    }
}
