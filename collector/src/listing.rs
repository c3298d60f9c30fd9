//! Events as lines: a table for people, JSON for tools.

use crate::clock::rfc3339;
use crate::store::{Columns, Entry};
use serde_json::json;
use std::io::{self, Write};

const HEADINGS: [&str; 8] = ["TIME", "TRACE", "ACTOR", "METHOD", "PATH", "STATUS", "OUTCOME", "FINDINGS"];

/// Writes a table whose columns are as wide as their widest cell.
pub fn table(events: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(events.iter().map(|entry| cells(&entry.columns)));
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let padded: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())?;
    }
    out.flush()
}

/// Writes one object a line, with the record's name, so that it can be found again.
pub fn json(events: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    for Entry { position, record, received_ms, columns } in events {
        let line = json!({
            "position": position,
            "kid": record.kid,
            "chain": data_encoding::HEXLOWER.encode(&record.chain),
            "seq": record.seq.to_string(),
            "received": rfc3339(i64::try_from(*received_ms).unwrap_or(i64::MAX)),
            "time": columns.time_ms.map(rfc3339),
            "trace": columns.trace,
            "actor": columns.actor,
            "method": columns.method,
            "path": columns.path,
            "status": columns.status,
            "outcome": columns.outcome,
            "findings": columns.findings,
        });
        writeln!(out, "{line}")?;
    }
    out.flush()
}

fn cells(columns: &Columns) -> [String; 8] {
    let text = |cell: &Option<String>| plain(cell.as_deref().unwrap_or("-"));
    [
        columns.time_ms.map_or("-".into(), rfc3339),
        text(&columns.trace),
        text(&columns.actor),
        text(&columns.method),
        text(&columns.path),
        columns.status.map_or("-".into(), |status| status.to_string()),
        text(&columns.outcome),
        text(&columns.findings),
    ]
}

/// Traffic chose parts of these texts: nothing in them may steer a terminal or break a line.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkseal_engine::seal::Record;

    #[test]
    fn a_table_lines_up_and_steers_no_terminal() {
        let record = Record {
            kid: "s1".into(),
            chain: [0; 16],
            seq: 1,
            kind: 1,
            c: [0; 32],
            tag: [0; 32],
            seed: None,
            body: None,
        };
        let columns =
            Columns { time_ms: Some(0), path: Some("/a\u{1b}[31m\nb".into()), status: Some(200), ..Columns::default() };
        let mut out = Vec::new();
        table(&[Entry { position: 0, record, received_ms: 0, columns }], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "TIME                      TRACE  ACTOR  METHOD  PATH       STATUS  OUTCOME  FINDINGS\n\
             1970-01-01T00:00:00.000Z  -      -      -       /a\u{fffd}[31m\u{fffd}b  200     -        -\n"
        );
    }
}
