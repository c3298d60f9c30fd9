//! The cases as data: every file in `tests/cases` and those of [`crate::long`] and
//! [`crate::benign`], compiled and ready to run on any engine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use inkseal::exchange::{self, Engine, Exchange};
use inkseal_engine::policy::{Catalogue, Sources};

/// One case.
pub struct Case {
    /// `file.yaml:line`.
    pub place: String,
    /// The exchange.
    pub exchange: Exchange,
    /// Its policy, compiled; or why it does not compile.
    pub plan: Result<String, String>,
}

/// The folder of the cases.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// Every case, in the order of the files.
///
/// # Errors
/// If a file is no list of exchanges, with its place.
pub fn all() -> anyhow::Result<Vec<Case>> {
    let mut reader = Reader::new()?;
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder())?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        cases.extend(reader.file(&format!("{stem}.yaml"), &text)?);
    }
    for (stem, made) in [("long", crate::long::cases()), ("benign", crate::benign::cases())] {
        for (index, exchange) in made.into_iter().enumerate() {
            let exchange: Exchange = serde_json::from_value(exchange)?;
            cases.push(reader.case(format!("{stem}.rs:{index}"), exchange, stem));
        }
    }
    Ok(cases)
}

/// Reads files of exchanges. Policies that were compiled before are kept: most cases of a file share one.
pub struct Reader {
    sources: Sources,
    catalogue: Catalogue,
    compiled: BTreeMap<String, Result<String, String>>,
}

impl Reader {
    /// With the catalogue that ships.
    ///
    /// # Errors
    /// If the catalogue does not parse.
    pub fn new() -> anyhow::Result<Self> {
        let mut sources = Sources::new();
        let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS)
            .map_err(|errors| anyhow::Error::msg(exchange::policy::lines(&sources, &errors)))?;
        Ok(Self { sources, catalogue, compiled: BTreeMap::new() })
    }

    /// The cases of one file.
    ///
    /// # Errors
    /// If it is no list of exchanges, with the places.
    pub fn file(&mut self, name: &str, text: &str) -> anyhow::Result<Vec<Case>> {
        let file = self.sources.add(name, text);
        let written = exchange::file::read(&self.sources, file)
            .map_err(|errors| anyhow::Error::msg(exchange::policy::lines(&self.sources, &errors)))?;
        let stem = name.split('.').next().unwrap_or(name);
        let cases = written.into_iter().map(|exchange::file::Written { exchange, span }| {
            let place = format!("{name}:{}", self.sources.position(span).line);
            self.case(place, exchange, stem)
        });
        Ok(cases.collect())
    }

    /// A case with its policy compiled.
    pub fn case(&mut self, place: String, exchange: Exchange, name: &str) -> Case {
        let policy = exchange.policy.clone().unwrap_or_default();
        let compile = || {
            exchange::policy::plan(&mut self.sources, &self.catalogue, &policy, name)
                .map_err(|error| format!("{error:#}"))
        };
        let plan = self.compiled.entry(policy.to_string()).or_insert_with(compile).clone();
        Case { place, exchange, plan }
    }
}

/// What all cases together showed.
pub struct Outcome {
    /// Cases.
    pub cases: usize,
    /// Runs of them, one a cut.
    pub runs: usize,
    /// Reports of those that failed, in the order of the files.
    pub failures: Vec<String>,
}

/// Runs cases on an engine, on all cores; `INKSEAL_CASE` keeps those whose name or place contains it.
///
/// # Errors
/// If there are none.
pub fn run(engine: &(dyn Engine + Sync), mut cases: Vec<Case>) -> anyhow::Result<Outcome> {
    if let Ok(wanted) = std::env::var("INKSEAL_CASE") {
        cases.retain(|case| case.exchange.name.contains(&wanted) || case.place.contains(&wanted));
    }
    anyhow::ensure!(!cases.is_empty(), "there are no cases to run");
    let (next, runs, failures) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, case)) = take(&cases, &next) {
                    if let Some(report) = report(engine, case, &runs) {
                        let report = format!("{}: {}\n{report}", case.place, case.exchange.name);
                        failures.lock().expect("no thread panics with it").insert(index, report);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("all threads have ended").into_values().collect();
    Ok(Outcome { cases: cases.len(), runs: runs.into_inner(), failures })
}

/// What is wrong with a case on this engine.
fn report(engine: &dyn Engine, case: &Case, runs: &AtomicUsize) -> Option<String> {
    let plan = match &case.plan {
        Ok(plan) => plan,
        Err(error) => return Some(format!("  the policy does not compile: {error}\n")),
    };
    match exchange::run(engine, plan, &case.exchange) {
        Ok(verdict) => {
            runs.fetch_add(verdict.runs, Ordering::Relaxed);
            (!verdict.passed()).then(|| verdict.to_string())
        }
        Err(error) => Some(format!("  {error:#}\n")),
    }
}

fn take<'a>(cases: &'a [Case], next: &AtomicUsize) -> Option<(usize, &'a Case)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    cases.get(index).map(|case| (index, case))
}

/// Runs every case of the folder and panics with all reports if any fails.
///
/// # Panics
/// If a case fails or cannot be run.
pub fn assert_all(engine: &(dyn Engine + Sync)) {
    assert_these(engine, all().expect("the cases can be read"));
}

/// Runs cases and panics with all reports if any fails.
///
/// # Panics
/// If a case fails or cannot be run, or there is none.
pub fn assert_these(engine: &(dyn Engine + Sync), cases: Vec<Case>) {
    let outcome = run(engine, cases).expect("there are cases");
    println!("{} cases, {} runs, {} failed on {}", outcome.cases, outcome.runs, outcome.failures.len(), engine.name());
    let mut report = String::new();
    for failure in &outcome.failures {
        writeln!(report, "{failure}").expect("a string takes everything");
    }
    assert!(
        outcome.failures.is_empty(),
        "{} of {} cases failed on {}\n\n{report}",
        outcome.failures.len(),
        outcome.cases,
        engine.name()
    );
}
