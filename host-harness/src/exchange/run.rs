//! One exchange on one engine, at every cut.

use anyhow::Context as _;

use super::check::{Mismatch, check};
use super::cuts::{self, Cut};
use super::message::Wires;
use super::model::Exchange;
use super::observed::Observed;

/// Something that runs exchanges: the native engine, the shipped filter in the host, a real proxy.
pub trait Engine {
    /// The word for it in reports.
    fn name(&self) -> &'static str;

    /// Makes a compiled plan ready.
    ///
    /// # Errors
    /// If the engine refuses the plan.
    fn load(&self, plan: &str) -> anyhow::Result<Box<dyn Loaded>>;
}

/// An engine with a plan.
pub trait Loaded {
    /// Runs one exchange.
    ///
    /// # Errors
    /// If the engine fails: a trap, a lost connection.
    fn run(&mut self, wires: &Wires, cut: &Cut) -> anyhow::Result<Observed>;
}

/// An expectation that did not hold at some cuts.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The first cut at which it did not hold.
    pub cut: Cut,
    /// At how many cuts it did not hold.
    pub cuts: usize,
    /// What did not hold at the first.
    pub mismatch: Mismatch,
}

/// What became of one exchange.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Runs, one a cut.
    pub runs: usize,
    /// What did not hold; empty is a pass.
    pub failures: Vec<Failure>,
}

impl Verdict {
    /// Whether everything held.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Runs an exchange at every cut that it asks for.
///
/// # Errors
/// If the exchange cannot be run at all: a body given twice, a plan that the engine refuses.
pub fn run(engine: &dyn Engine, plan: &str, exchange: &Exchange) -> anyhow::Result<Verdict> {
    let wires = Wires::new(exchange)?;
    let mut loaded = engine.load(plan).with_context(|| format!("the {} engine refuses the plan", engine.name()))?;
    let mut verdict = Verdict::default();
    for cut in cuts::all(exchange, wires.request.body.len(), wires.response.body.len()) {
        verdict.runs += 1;
        let mismatches = match loaded.run(&wires, &cut) {
            Ok(observed) => check(exchange, &wires, &observed),
            Err(error) => {
                loaded = engine.load(plan)?;
                let got = format!("{error:#}");
                vec![Mismatch { what: engine.name().to_owned(), expected: "it runs".to_owned(), got }]
            }
        };
        for mismatch in mismatches {
            match verdict.failures.iter_mut().find(|failure| failure.mismatch.what == mismatch.what) {
                Some(failure) => failure.cuts += 1,
                None => verdict.failures.push(Failure { cut: cut.clone(), cuts: 1, mismatch }),
            }
        }
    }
    Ok(verdict)
}
