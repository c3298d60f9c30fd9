//! The verification's report, for people and for tools. It shows no body.

use super::verify::Audit;
use inkseal_engine::verify::{ChainReport, Code, Finding, Note, Verdict};
use serde_json::json;
use std::io::{self, Write};

/// Writes the report; its last line is the verdict alone.
pub(super) fn text(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let report = &audit.report;
    writeln!(out, "{} rows, {} authentic records in {} chains", report.rows, report.records, report.chains.len())?;
    match audit.witnessed {
        Some(size) => writeln!(
            out,
            "witness: {} of its checkpoints agree with the store, the newest is over {size} records",
            audit.matched
        )?,
        None => writeln!(out, "witness: none, so that nothing shows whether records were cut off whole")?,
    }
    for file in &audit.refused {
        writeln!(out, "witness: {file}")?;
    }
    if audit.quarantined.1 > 0 {
        writeln!(out, "quarantine: {} records were refused, {} are noted", audit.quarantined.1, audit.quarantined.0)?;
    }
    for finding in &report.findings {
        writeln!(out, "store: {}", said(finding))?;
    }
    for chain in &report.chains {
        self::chain(chain, out)?;
    }
    for note in &report.notes {
        writeln!(out, "note: {}", noted(note))?;
    }
    if let Some(reason) = reason(audit) {
        writeln!(out, "{reason}")?;
    }
    writeln!(out, "{}", report.verdict)?;
    out.flush()
}

/// Writes the report as one JSON object.
pub(super) fn json(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let mut report = audit.report.to_value();
    if let Some(members) = report.as_object_mut() {
        members.insert(
            "witness".into(),
            json!({"newest": audit.witnessed, "matched": audit.matched, "refused": audit.refused}),
        );
        members.insert("quarantine".into(), json!({"held": audit.quarantined.0, "ever": audit.quarantined.1}));
    }
    writeln!(out, "{report}")?;
    out.flush()
}

fn chain(chain: &ChainReport, out: &mut dyn Write) -> io::Result<()> {
    let state = if chain.closed { "closed" } else { "NOT CLOSED" };
    let anchor = match chain.anchored {
        Some(seq) => format!("anchored to {seq}"),
        None => "not anchored".to_owned(),
    };
    writeln!(
        out,
        "chain {} {}: {} records, {state}, {anchor}",
        chain.kid,
        data_encoding::HEXLOWER.encode(&chain.chain),
        chain.records
    )?;
    for finding in &chain.findings {
        writeln!(out, "  {}", said(finding))?;
    }
    Ok(())
}

fn said(finding: &Finding) -> String {
    let place = match finding.first == finding.last {
        true => format!("at {}", finding.first),
        false => format!("{} to {}", finding.first, finding.last),
    };
    let explained = match finding.code {
        Code::Unclosed => "its edge still runs, or died without a close",
        _ => &finding.detail,
    };
    match (finding.code, explained) {
        (Code::IndexAltered | Code::RolledBack | Code::BodyAltered, detail) if !detail.is_empty() => {
            format!("{}: {detail}", finding.code)
        }
        (code, "") => format!("{code} {place}"),
        (code, detail) => format!("{code} {place}: {detail}"),
    }
}

fn noted(note: &Note) -> String {
    match &note.chain {
        Some((kid, chain)) => format!(
            "{} rows {} of `{}` {}, from {}",
            note.rows,
            note.code,
            kid,
            data_encoding::HEXLOWER.encode(chain),
            note.first
        ),
        None => format!("{} rows {}", note.rows, note.code),
    }
}

/// What to make of a verdict that is neither good nor bad.
fn reason(audit: &Audit) -> Option<String> {
    let report = &audit.report;
    let unclosed = report.chains.iter().filter(|chain| !chain.closed).count();
    match report.verdict {
        Verdict::Incomplete if report.codes() == [Code::Unclosed] => {
            Some(format!("nothing is missing, but {unclosed} chains are not closed: stop their edges to close them"))
        }
        Verdict::Unanchored if audit.witnessed.is_none() => Some("name a witness with --witness".into()),
        _ => None,
    }
}
