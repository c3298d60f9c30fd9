//! Outcomes as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Outcome;
use super::rows::Verdict;

/// Counts of one line of the table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    matches: usize,
    found: usize,
    covered: usize,
    labelled_bytes: usize,
    covered_bytes: usize,
    members: usize,
    found_members: usize,
    negatives: usize,
    wrong: usize,
}

impl Line {
    /// Adds an outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        match outcome.row.expected {
            Verdict::Match => {
                self.matches += 1;
                self.found += usize::from(outcome.found());
                self.covered += usize::from(outcome.covered == outcome.labelled);
                self.labelled_bytes += outcome.labelled;
                self.covered_bytes += outcome.covered;
                self.members += usize::from(outcome.as_member.is_some());
                self.found_members +=
                    usize::from(outcome.as_member == Some(true) || outcome.as_member.is_some() && outcome.found());
            }
            Verdict::NoMatch => {
                self.negatives += 1;
                self.wrong += usize::from(outcome.wrong());
            }
        }
    }

    fn cells(&self) -> String {
        let ratio = |part: usize, whole: usize| {
            if whole == 0 { "-".to_owned() } else { format!("{:.3}", part as f64 / whole as f64) }
        };
        format!(
            "{} | {} | {} | {} | {} | {} | {}",
            self.matches,
            ratio(self.found, self.matches),
            ratio(self.covered, self.matches),
            ratio(self.covered_bytes, self.labelled_bytes),
            ratio(self.found_members, self.members),
            self.negatives,
            ratio(self.wrong, self.negatives),
        )
    }
}

/// A Markdown table with a line for each name that `name` gives, and one for all.
pub fn markdown(title: &str, outcomes: &[&Outcome], name: impl Fn(&Outcome) -> String) -> String {
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    let mut all = Line::default();
    for outcome in outcomes {
        lines.entry(name(outcome)).or_default().add(outcome);
        all.add(outcome);
    }
    let mut text = format!(
        "| {title} | rows with a label | found | covered whole | labelled bytes covered | found as a member | rows without | changed |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for (name, line) in &lines {
        let _ = writeln!(text, "| {name} | {} |", line.cells());
    }
    let _ = writeln!(text, "| **all** | {} |", all.cells());
    text
}
