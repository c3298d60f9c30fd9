//! Verdicts for people.

use std::fmt;

use super::run::{Failure, Verdict};

/// Columns at which a long line is cut down around the difference.
const WIDTH: usize = 400;

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "{failure}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mismatch = &self.mismatch;
        write!(f, "  {} ({}", mismatch.what, self.cut)?;
        if self.cuts > 1 {
            write!(f, ", and at {} more cuts", self.cuts - 1)?;
        }
        writeln!(f, ")")?;
        let at = difference(&mismatch.expected, &mismatch.got);
        writeln!(f, "    expected: {}", around(&mismatch.expected, at))?;
        write!(f, "    got:      {}", around(&mismatch.got, at))
    }
}

/// The first character at which two texts differ.
fn difference(expected: &str, got: &str) -> usize {
    expected.chars().zip(got.chars()).take_while(|(left, right)| left == right).count()
}

/// A text on one line, cut down to what stands around a character.
fn around(text: &str, at: usize) -> String {
    let text = text.replace('\n', "\\n");
    let length = text.chars().count();
    if length <= WIDTH {
        return text;
    }
    let from = at.saturating_sub(WIDTH / 2).min(length - WIDTH);
    let middle: String = text.chars().skip(from).take(WIDTH).collect();
    let before = if from > 0 { "…" } else { "" };
    let behind = if from + WIDTH < length { "…" } else { "" };
    format!("{before}{middle}{behind}")
}
