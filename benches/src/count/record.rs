//! The counts that stand in the repository, and what a run says beside them.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// By how much a count may grow: more fails.
pub const MOST: f64 = 1.05;

/// By kind of processor, then by body: instructions of an exchange.
pub type Record = BTreeMap<String, BTreeMap<String, u64>>;

/// The file of the record.
pub fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/counts.json"))
}

/// Reads it; empty when there is none.
///
/// # Errors
/// It is not a record.
pub fn read() -> Result<Record, String> {
    match std::fs::read_to_string(path()) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| format!("benches/counts.json: {error}")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Record::new()),
        Err(error) => Err(format!("benches/counts.json: {error}")),
    }
}

/// Writes it.
///
/// # Errors
/// What the system says.
pub fn write(record: &Record) -> Result<(), String> {
    let text = serde_json::to_string_pretty(record).map_err(|error| error.to_string())?;
    std::fs::write(path(), text + "\n").map_err(|error| format!("benches/counts.json: {error}"))
}

/// What a count is beside the recorded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// About the same.
    Same,
    /// More than allowed.
    Grown,
    /// So much less that growth up to the record would pass unseen.
    Stale,
    /// Nothing is recorded.
    New,
}

/// Judges a count.
pub fn verdict(recorded: Option<u64>, now: u64) -> Verdict {
    let Some(recorded) = recorded else { return Verdict::New };
    let ratio = now as f64 / recorded as f64;
    match ratio {
        _ if ratio > MOST => Verdict::Grown,
        _ if ratio < 1.0 / MOST => Verdict::Stale,
        _ => Verdict::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twentieth_more_passes_and_no_more() {
        assert_eq!(verdict(Some(1000), 1050), Verdict::Same);
        assert_eq!(verdict(Some(1000), 1051), Verdict::Grown);
        assert_eq!(verdict(Some(1000), 953), Verdict::Same);
        assert_eq!(verdict(Some(1000), 951), Verdict::Stale);
        assert_eq!(verdict(None, 1), Verdict::New);
    }

    #[test]
    fn the_recorded_file_is_a_record() {
        assert!(!read().unwrap().is_empty());
    }
}
