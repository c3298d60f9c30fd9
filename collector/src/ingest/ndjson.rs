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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_alone_and_are_counted() {
        let record = Record {
            kid: "s1".into(),
            chain: [1; 16],
            seq: 0,
            kind: 0,
            c: [2; 32],
            tag: [3; 32],
            seed: None,
            body: Some("{}".into()),
        };
        let body = format!("\r\n{0}\r\n\n{{}}\n\u{fffd}\n{0}", record.to_json());
        let list = parse(body.as_bytes(), 4).unwrap();
        let good: Vec<bool> = list.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, false, false, true]);
        assert!(parse(body.as_bytes(), 3).is_none());
        assert_eq!(parse(b"\xff\xfe", 1).unwrap()[0].as_ref().unwrap_err().verdict, "MALFORMED");
        assert_eq!(parse(b"", 0).unwrap().len(), 0);
    }
}
