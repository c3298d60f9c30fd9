//! `inkseal verify`: from a trail in files to a verdict.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use data_encoding::HEXLOWER;
use indicatif::{ProgressBar, ProgressStyle};
use inkseal_engine::seal::ChainId;
use inkseal_engine::verify::{Anchor, ChainReport, Finding, Report, Verdict, Verifier};

use super::keygen::read_keyring;
use super::{exit, usage};
use crate::trail::{Row, rows};

/// Longest line in bytes: an OTLP request of many records is one.
const MAX_LINE: u64 = 256 * 1024 * 1024;

/// Most chains, findings of a chain and notes that the readable report spells out.
const MAX_SHOWN: usize = 50;

/// Verify a trail: whole, unaltered, and as the edge sealed it?
///
/// Reads records from NDJSON and OTLP JSON logs, in any order and over any number of files, and prints the verdict:
///
///   VERIFIED    whole, unaltered, closed, and held against heads that are kept elsewhere
///   UNANCHORED  whole as far as the records tell, but no such heads cover it all
///   INCOMPLETE  authentic, but something is missing, declared lost or never closed
///   TAMPERED    somebody changed it
///
/// Exit code 0 is for VERIFIED alone. Bodies are never printed.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:
  inkseal verify trail.ndjson --keys keyring.json --heads heads.json
  INKSEAL_KEYS=keyring.json inkseal verify - < trail.ndjson"
)]
pub struct Args {
    /// Files of records; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The keyring, with the seal keys and the verifier's private key.
    #[arg(long, env = "INKSEAL_KEYS", value_name = "KEYRING")]
    keys: PathBuf,
    /// Heads of the chains that were noted apart from the trail (JSON). Without them the verdict is at best UNANCHORED.
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let keyring = read_keyring(&args.keys)?;
    if !keyring.can_verify() {
        let keys = args.keys.display();
        return Err(usage(format!("`{keys}` has no private verifier key: a filter's keyring seals, it cannot verify")));
    }
    let anchor = args.heads.as_deref().map(read_anchor).transpose()?.unwrap_or_default();
    let mut verifier = Verifier::new(&keyring, anchor);
    // Drawn on a terminal only.
    let sizes = args.files.iter().filter_map(|path| std::fs::metadata(path).ok());
    let progress = ProgressBar::new(sizes.map(|metadata| metadata.len()).sum()).with_style(
        ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left").context("a progress bar")?,
    );
    let mut records = 0u64;
    for path in &args.files {
        records += read(path, &progress, &mut verifier)?;
    }
    progress.finish_and_clear();
    if records == 0 {
        return Err(usage("no record in the input: give NDJSON records or OTLP JSON logs"));
    }
    let report = verifier.finish();
    let mut out = anstream::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report.to_value())?)?;
    } else {
        print(&report, &mut out)?;
    }
    Ok(ExitCode::from(if report.verdict == Verdict::Verified { exit::FINE } else { exit::FOUND }))
}

fn read_anchor(path: &Path) -> anyhow::Result<Anchor> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Anchor::from_json(&text).map_err(|errors| usage(format!("{}: {}", path.display(), errors.join("\n       "))))
}

/// Pushes every row of a file; gives how many were records.
fn read(path: &Path, progress: &ProgressBar, verifier: &mut Verifier<'_>) -> anyhow::Result<u64> {
    let name = path.display();
    let mut input: Box<dyn BufRead> = match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => {
            let file = File::open(path).with_context(|| format!("cannot open `{name}`"))?;
            Box::new(BufReader::with_capacity(1 << 16, progress.wrap_read(file)))
        }
    };
    let mut records = 0;
    let mut malformed = 0u64;
    let mut line = Vec::new();
    let mut spread = Spread::default();
    loop {
        line.clear();
        let read = input.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line);
        if read.with_context(|| format!("cannot read `{name}`"))? == 0 {
            break;
        }
        if line.len() as u64 > MAX_LINE {
            return Err(usage(format!("`{name}` has a line of more than {MAX_LINE} bytes")));
        }
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        for row in spread.rows(&text) {
            match row {
                Row::Record(record) => {
                    records += 1;
                    verifier.push(*record);
                }
                Row::Malformed => malformed += 1,
                Row::Other => {}
            }
        }
    }
    malformed += spread.pending_lines();
    (0..malformed).for_each(|_| verifier.push_malformed());
    Ok(records)
}

/// A JSON document that is spread over lines, as a pretty-printed OTLP request is: its lines wait for its end.
#[derive(Default)]
struct Spread {
    text: String,
    lines: u64,
}

impl Spread {
    fn rows(&mut self, line: &str) -> Vec<Row> {
        let opens = self.lines == 0 && matches!(line.trim(), "{" | "[");
        if !opens && self.lines == 0 {
            return rows(line.trim());
        }
        self.text.push_str(line);
        self.lines += 1;
        // Only a line that starts with a brace can end a document that was opened by one alone.
        let ends = line.starts_with(['}', ']']);
        if !ends && self.text.len() as u64 <= MAX_LINE {
            return Vec::new();
        }
        self.lines = 0;
        rows(std::mem::take(&mut self.text).trim())
    }

    fn pending_lines(&self) -> u64 {
        self.lines
    }
}

fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let color = match report.verdict {
        Verdict::Verified => AnsiColor::Green,
        Verdict::Unanchored | Verdict::Incomplete => AnsiColor::Yellow,
        Verdict::Tampered => AnsiColor::Red,
    };
    let style = Style::new().bold().fg_color(Some(color.into()));
    writeln!(out, "{style}{}{style:#}", report.verdict)?;
    let (rows, records, chains) = (report.rows, report.records, report.chains.len());
    writeln!(out, "{records} authentic records in {chains} chains, from {rows} rows")?;
    for finding in &report.findings {
        print_finding(finding, out)?;
    }
    // Chains with findings first: they are what one came for.
    let (bad, fine): (Vec<_>, Vec<_>) = report.chains.iter().partition(|chain| !chain.findings.is_empty());
    for chain in bad.iter().chain(&fine).take(MAX_SHOWN) {
        print_chain(chain, out)?;
    }
    more(bad.len() + fine.len(), "chains", out)?;
    if !report.notes.is_empty() {
        writeln!(out, "\nbeside the verdict")?;
    }
    for note in report.notes.iter().take(MAX_SHOWN) {
        let place = note.chain.as_ref().map(|(kid, chain)| format!(" in {}, from {}", name(kid, chain), note.first));
        let (code, rows, words) = (note.code, note.rows, note.code.explanation());
        writeln!(out, "  {code}: {rows} rows{}: {words}", place.unwrap_or_default())?;
    }
    more(report.notes.len(), "notes", out)
}

fn print_chain(chain: &ChainReport, out: &mut impl Write) -> io::Result<()> {
    let head = chain.head.map_or("no records".to_owned(), |head| format!("{} records up to {head}", chain.records));
    let closed = if chain.closed { "closed" } else { "not closed" };
    let anchored = chain.anchored.map_or("not anchored".to_owned(), |anchored| format!("anchored up to {anchored}"));
    writeln!(out, "\nchain {}: {head}, {closed}, {anchored}", name(&chain.kid, &chain.chain))?;
    for finding in chain.findings.iter().take(MAX_SHOWN) {
        print_finding(finding, out)?;
    }
    more(chain.findings.len(), "findings", out)?;
    if !chain.unchecked.is_empty() {
        let ranges: Vec<_> = chain.unchecked.iter().take(MAX_SHOWN).map(|(first, last)| range(*first, *last)).collect();
        writeln!(out, "  the accumulator could not be checked at {}", ranges.join(", "))?;
        more(chain.unchecked.len(), "ranges", out)?;
    }
    Ok(())
}

fn print_finding(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let detail = if finding.detail.is_empty() { finding.code.explanation() } else { &finding.detail };
    writeln!(out, "  {} {}: {detail}", finding.code, range(finding.first, finding.last))
}

fn more(count: usize, what: &str, out: &mut impl Write) -> io::Result<()> {
    match count.checked_sub(MAX_SHOWN) {
        Some(rest @ 1..) => writeln!(out, "  and {rest} more {what}: --json has them all"),
        _ => Ok(()),
    }
}

fn name(kid: &str, chain: &ChainId) -> String {
    format!("{kid}/{}", HEXLOWER.encode(chain))
}

fn range(first: u64, last: u64) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}
