//! Recall and precision on rows that others labelled: what of each labelled text is covered by what the engine replaces.
//!
//! A row is *found* when something of what it labels is replaced, and *covered* when all of it is. A row without a label
//! is *wrong* when anything is replaced. Rows marked as contested are left out, generated ones stand apart.

pub mod rows;
pub mod table;

use std::path::Path;

use inkseal_engine::plan::Plan;
use inkseal_engine::tools;

use self::rows::{Row, Verdict};

/// When exceptions are judged: of no meaning here, since packs have none.
const NOW_MS: u64 = 0;

/// What became of a row.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The row.
    pub row: Row,
    /// Detectors that replaced something, in order, and what they replaced.
    pub hits: Vec<(String, String)>,
    /// Labelled bytes, and those of them that were replaced.
    pub labelled: usize,
    /// See `labelled`.
    pub covered: usize,
    /// The same value as the member of a JSON object by its usual name is replaced.
    pub as_member: Option<bool>,
}

impl Outcome {
    /// Something of what is labelled was replaced.
    pub fn found(&self) -> bool {
        self.covered > 0
    }

    /// A row without a label was changed.
    pub fn wrong(&self) -> bool {
        self.row.expected == Verdict::NoMatch && !self.hits.is_empty()
    }
}

/// Runs the rows of a file.
///
/// # Errors
/// The file cannot be read, or is no such file.
pub fn run(plan: &Plan, path: &Path) -> std::io::Result<Vec<Outcome>> {
    Ok(rows::read(path)?.into_iter().filter(|row| row.core).map(|row| outcome(plan, row)).collect())
}

fn outcome(plan: &Plan, row: Row) -> Outcome {
    let scan = tools::scan(plan, None, NOW_MS, "text/plain", row.text.as_bytes());
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let ranges: Vec<_> = scan.hits.iter().map(|hit| place(hit.start)..place(hit.end)).collect();
    let labelled: Vec<usize> = row.labels().into_iter().flatten().collect();
    let covered = labelled.iter().filter(|at| ranges.iter().any(|range| range.contains(at))).count();
    let text = |range: &std::ops::Range<usize>| row.text.get(range.clone()).unwrap_or_default().to_owned();
    let hits = scan.hits.iter().zip(&ranges).map(|(hit, range)| (hit.detector.clone(), text(range))).collect();
    let as_member = row.member().map(|member| {
        let scan = tools::scan(plan, None, NOW_MS, "application/json", member.as_bytes());
        !scan.hits.is_empty()
    });
    Outcome { hits, labelled: labelled.len(), covered, as_member, row }
}
