//! NDJSON: one record in its wire form a line.

use super::{Claims, Refusal, Submission, Submitted};
use inkseal_engine::seal::Record;

/// Reads the lines of a body; empty ones are skipped. `None` if there are more than `bound` records.
pub fn parse(body: &[u8], bound: usize) -> Option<Vec<Submission>> {
    let mut submissions = Vec::new();
    for line in body.split(|&byte| byte == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if submissions.len() == bound {
            return None;
        }
        submissions.push(submission(line));
    }
    Some(submissions)
}

fn submission(line: &[u8]) -> Submission {
    let text = std::str::from_utf8(line).map_err(|_| Refusal::malformed("a line is not utf-8"))?;
    let record = Record::from_json(text).map_err(Refusal::malformed)?;
    Ok(Submitted { record, claims: Claims::default() })
}
