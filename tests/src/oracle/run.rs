//! Every policy, format and seed, on all cores.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use inkseal::exchange::Engine;

use super::check::{Counts, Format, check, check_field, check_shipped};
use super::lane::Lane;
use super::policies::{ALL, FIELDS, Trial};

/// Failures of one policy and format that are reported; the others are counted nowhere.
const REPORTED: usize = 5;

/// What all of them together showed.
#[derive(Debug, Default)]
pub struct Report {
    /// What was compared.
    pub counts: Counts,
    /// What did not hold.
    pub failures: Vec<String>,
}

impl Report {
    fn add(&mut self, other: Report) {
        self.counts.add(other.counts);
        self.failures.extend(other.failures);
    }
}

/// The engine as a library, with every property, under every policy or only the one of a name.
pub fn native(seeds: &Range<u64>, policy: Option<&str>) -> Report {
    each(seeds, policy, &|trial, lane| {
        let (trial, lane) = (*trial, lane);
        Box::new(move |format, seed| check(lane, trial, format, seed))
    })
}

/// The shipped filter against the oracle.
pub fn shipped(engine: &(dyn Engine + Sync), seeds: &Range<u64>) -> Report {
    each(seeds, None, &|trial, lane| {
        let filter = RefCell::new(engine.load(&lane.json).unwrap_or_else(|error| panic!("{}: {error:#}", trial.name)));
        let (trial, lane) = (*trial, lane);
        Box::new(move |format, seed| check_shipped(lane, &filter, trial, format, seed))
    })
}

/// The engine as a library, with fields and targets.
pub fn fields(seeds: &Range<u64>) -> Report {
    let mut total = Report::default();
    for trial in FIELDS {
        let lane = trial.lane().unwrap_or_else(|error| panic!("{}: {error:#}", trial.name));
        total.add(several(seeds, &|seed| check_field(&lane, trial, seed)));
    }
    total
}

/// Of so many seeds one goes through the policy of the whole catalogue.
const CATALOGUE_SHARE: u64 = 10;

type Check<'a> = Box<dyn Fn(Format, u64) -> Result<Counts, String> + 'a>;

fn each(
    seeds: &Range<u64>,
    policy: Option<&str>,
    checks: &(dyn for<'a> Fn(&'a &'static Trial, &'a Lane) -> Check<'a> + Sync),
) -> Report {
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Report::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(trial) = ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if policy.is_some_and(|name| name != trial.name) {
                        continue;
                    }
                    let lane = trial.lane().unwrap_or_else(|error| panic!("{}: {error:#}", trial.name));
                    let report = one(trial, &checks(&trial, &lane), seeds);
                    total.lock().expect("no thread panics with it").add(report);
                }
            });
        }
    });
    total.into_inner().expect("all threads have ended")
}

fn one(trial: &Trial, check: &Check<'_>, seeds: &Range<u64>) -> Report {
    // Brute force over five hundred detectors takes its time.
    let share = if trial.name == "recommended" { CATALOGUE_SHARE } else { 1 };
    let seeds = &(seeds.start..seeds.start + (seeds.end - seeds.start).div_ceil(share));
    let mut report = Report::default();
    for format in trial.formats {
        report.add(several(seeds, &|seed| check(*format, seed)));
    }
    report
}

fn several(seeds: &Range<u64>, check: &dyn Fn(u64) -> Result<Counts, String>) -> Report {
    let mut report = Report::default();
    for seed in seeds.clone() {
        match check(seed) {
            Ok(counts) => report.counts.add(counts),
            Err(why) if report.failures.len() < REPORTED => report.failures.push(why),
            Err(_) => {}
        }
    }
    report
}
