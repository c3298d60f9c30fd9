//! `inkseal scan`.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use inkseal_engine::compile::Options;
use inkseal_engine::plan::{Plan, PlanError};
use inkseal_engine::pseudonym::PseudonymKey;
use inkseal_engine::tools;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policy::Workspace;
use super::{exit, ordered, pseudonym, usage};

/// The longest row, in bytes.
const MAX_ROW: u64 = 64 << 20;

/// What a thread takes at once, in bytes, and the rest of a row.
const BATCH: usize = 64 << 10;

/// Redact many texts: JSONL in, JSONL out
///
/// Rows in are `{"id", "text", "content_type"?}`; each is read as a response's body, text/plain unless it says
/// otherwise. Rows out are `{"id", "redacted", "findings": [{"rule", "detector", "entity", "start", "end", "action"}]}`
/// in the same order; `start` and `end` are byte offsets into the text as it came. A text that a rule would block comes
/// out empty, with the rule in `blocked_by`. A row that cannot be read is reported with its line; the others are still
/// done.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  inkseal scan --policy secrets < rows.jsonl > redacted.jsonl
  inkseal scan rows.jsonl --policy shop.yaml -o redacted.jsonl
  echo '{\"id\": 1, \"text\": \"mail a@example.com\"}' | inkseal scan

Exit codes: 0 nothing found, 1 something found, 2 usage or policy error, or a row that cannot be read.")]
pub struct Args {
    /// The rows; `-` or nothing is standard input
    rows: Option<PathBuf>,

    /// The policy, or the name of a pack
    #[arg(long, short, value_name = "FILE|PACK", default_value = "recommended")]
    policy: String,

    /// Where to write instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Deserialize)]
struct RowIn {
    id: Value,
    text: String,
    content_type: Option<String>,
}

#[derive(Serialize)]
struct RowOut<'a> {
    id: Value,
    redacted: std::borrow::Cow<'a, str>,
    findings: Vec<Finding<'a>>,
    /// The rule that would have refused the exchange: its client gets no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by: Option<&'a str>,
    /// The bound behind which the text was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'a str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    detector: &'a str,
    entity: &'a str,
    start: u64,
    end: u64,
    action: &'a str,
}

/// Redacts row by row.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut workspace = Workspace::new()?;
    let file = workspace.file_or_pack(&args.policy)?;
    let (mut rows, length) = open(args.rows.as_deref())?;
    let Some(plan) = workspace.compile_or_report(file, &Options::default())? else {
        return Ok(ExitCode::from(exit::USAGE));
    };
    let json = plan.json;
    let plan = Plan::load(json.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(BufWriter::new(
            File::create(path).map_err(|error| usage(format!("cannot write `{}`: {error}", path.display())))?,
        )),
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
    };
    let (key, now_ms) = (pseudonym::key(&plan)?, pseudonym::now_ms());
    drop(plan);
    let progress = progress(length);
    let (mut found, mut bad) = (false, 0_usize);
    let mut number = 0;
    let batch = || {
        let batch = next_batch(&mut rows, number)?;
        number += batch.len();
        Ok((!batch.is_empty()).then_some(batch))
    };
    let key = key.as_deref();
    // A plan remembers what it has seen, and belongs to one thread.
    let worker = || {
        let plan = Plan::load(json.as_bytes());
        move |batch: Vec<Row>| batch.into_iter().map(|row| row.redacted(&plan, key, now_ms)).collect::<Vec<_>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    ordered::in_order(threads, worker, batch, |rows| {
        for Redacted { number, read, outcome } in rows {
            progress.inc(read);
            match outcome {
                Ok(row) => {
                    found |= !row.is_clean;
                    out.write_all(&row.json)?;
                }
                Err(why) => {
                    bad += 1;
                    progress.suspend(|| writeln!(anstream::stderr().lock(), "line {number}: {why}"))?;
                }
            }
        }
        Ok(())
    })?;
    out.flush()?;
    progress.finish_and_clear();
    if bad > 0 {
        writeln!(anstream::stderr().lock(), "{} could not be read", super::diagnostics::count(bad, "row"))?;
        return Ok(ExitCode::from(exit::USAGE));
    }
    Ok(ExitCode::from(if found { exit::FOUND } else { exit::FINE }))
}

/// A line as it was read.
struct Row {
    /// From 1.
    number: usize,
    /// At most [`MAX_ROW`] bytes and one.
    line: Vec<u8>,
    /// How long it was, in bytes.
    read: u64,
}

struct Redacted {
    number: usize,
    read: u64,
    outcome: Result<Done, String>,
}

impl Row {
    fn redacted(self, plan: &Result<Plan, PlanError>, key: Option<&PseudonymKey>, now_ms: u64) -> Redacted {
        let outcome = match plan {
            Ok(plan) => redact(plan, key, now_ms, self.line.trim_ascii(), self.read),
            Err(error) => Err(error.to_string()),
        };
        Redacted { number: self.number, read: self.read, outcome }
    }
}

struct Done {
    /// The row with its line break.
    json: Vec<u8>,
    is_clean: bool,
}

/// One row redacted, or why not.
fn redact(plan: &Plan, key: Option<&PseudonymKey>, now_ms: u64, line: &[u8], read: u64) -> Result<Done, String> {
    if read > MAX_ROW {
        return Err(format!("the row is longer than {} MiB", MAX_ROW >> 20));
    }
    if line.is_empty() {
        return Ok(Done { json: Vec::new(), is_clean: true });
    }
    let row: RowIn = serde_json::from_slice(line).map_err(|error| error_of_row(&error))?;
    let content_type = row.content_type.as_deref().unwrap_or("text/plain");
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let scan = tools::scan(plan, key, now_ms, &media_type, row.text.as_bytes());
    let findings: Vec<Finding<'_>> = scan
        .hits
        .iter()
        .map(|hit| Finding {
            rule: &hit.rule,
            detector: &hit.detector,
            entity: &hit.entity,
            start: hit.start,
            end: hit.end,
            action: hit.action,
        })
        .collect();
    let blocked_by = scan.blocked_by.as_deref();
    let is_clean = findings.is_empty() && blocked_by.is_none();
    let redacted = if blocked_by.is_some() { "".into() } else { String::from_utf8_lossy(&scan.redacted) };
    let out = RowOut { id: row.id, redacted, findings, blocked_by, limit: scan.limit };
    let mut json = serde_json::to_vec(&out).map_err(|error| error.to_string())?;
    json.push(b'\n');
    Ok(Done { json, is_clean })
}

/// serde's own words quote no value of the wrong type that could be a secret, but for strings: those are left out.
fn error_of_row(error: &serde_json::Error) -> String {
    if error.is_data() {
        let text = error.to_string();
        match text.strip_prefix("missing field ") {
            Some(rest) => format!("missing {}", rest.split(" at line").next().unwrap_or_default()),
            None => "`text` and `content_type` must be strings in an object with `id` and `text`".to_owned(),
        }
    } else {
        format!("not JSON at column {}", error.column())
    }
}

/// Some of the rows behind the first `before`; none at the end.
fn next_batch(rows: &mut impl BufRead, before: usize) -> std::io::Result<Vec<Row>> {
    let (mut batch, mut size) = (Vec::new(), 0);
    while size < BATCH {
        let mut line = Vec::new();
        let read = next_row(rows, &mut line)?;
        if read == 0 {
            break;
        }
        size += line.len();
        batch.push(Row { number: before + batch.len() + 1, line, read });
    }
    Ok(batch)
}

/// Reads up to a line break into `line`, of which at most [`MAX_ROW`] bytes and one are kept; returns how many bytes
/// were read.
fn next_row(rows: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<u64> {
    line.clear();
    let mut read = rows.by_ref().take(MAX_ROW + 1).read_until(b'\n', line)? as u64;
    if read > MAX_ROW && line.last() != Some(&b'\n') {
        loop {
            let buffer = rows.fill_buf()?;
            let (skipped, ended) = match buffer.iter().position(|&byte| byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            rows.consume(skipped);
            read += skipped as u64;
            if ended {
                break;
            }
        }
    }
    Ok(read)
}

fn open(path: Option<&Path>) -> anyhow::Result<(Box<dyn BufRead>, Option<u64>)> {
    let Some(path) = path.filter(|path| *path != Path::new("-")) else {
        return Ok((Box::new(BufReader::new(std::io::stdin())), None));
    };
    let file = File::open(path).map_err(|error| usage(format!("cannot read `{}`: {error}", path.display())))?;
    let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
    Ok((Box::new(BufReader::with_capacity(1 << 20, file)), length))
}

/// A bar where the end is known, a counter where not, nothing where nobody looks.
fn progress(length: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} {bytes_per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}
