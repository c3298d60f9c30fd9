//! `verify`: the verdict over the store, from its records, its index and its witness.

use super::export::{open_witness, trusted};
use super::keys::{KeysArgs, verifying_key};
use super::{Failure, StoreArgs, open_store, written};
use crate::evidence::replay::{Fault, Replay, Replayed};
use crate::evidence::witness::Held;
use crate::store::{Columns, SqliteStore, Store};
use inkseal_engine::keyring::Keyring;
use inkseal_engine::verify::{Anchor, Code, Finding, Report, Verdict, Verifier};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// How many altered rows a report names one by one.
const NAMED: usize = 100;

/// Verify everything that is stored: tags, bodies, chains, columns, the tree and the witness's checkpoints
///
/// The last line is the verdict: VERIFIED, UNANCHORED, INCOMPLETE or TAMPERED. Exit code 0 only for VERIFIED.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    keys: KeysArgs,
    /// The witness's folder; without it the verdict is UNANCHORED at best
    #[arg(long, value_name = "DIR")]
    witness: Option<PathBuf>,
    /// The report as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let path = args.store.store.as_path();
    let keyring = args.keys.load()?;
    // The witness is read first: what it saw was stored by then, also while a collector still writes.
    let held = match &args.witness {
        None => Held::default(),
        Some(folder) => {
            let witness = open_witness(folder)?;
            witness.held(&trusted(verifying_key(&keyring), &witness)).map_err(|error| {
                Failure::environment(format!("cannot read the witness `{}`: {error}", folder.display()))
            })?
        }
    };
    let store = open_store(path)?;
    let audit = audit(&store, &keyring, held)
        .map_err(|error| Failure::environment(format!("cannot read the store `{}`: {error}", path.display())))?;
    let mut out = anstream::stdout().lock();
    written(match args.json {
        true => super::report::json(&audit, &mut out),
        false => super::report::text(&audit, &mut out),
    })?;
    Ok(match audit.report.verdict {
        Verdict::Verified => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    })
}

/// What was found, and what it was held against.
pub(super) struct Audit {
    /// The verifier's report, with the findings about the store among it.
    pub(super) report: Report,
    /// The size of the witness's newest checkpoint.
    pub(super) witnessed: Option<u64>,
    /// Checkpoints that agree with the store.
    pub(super) matched: u64,
    /// Files in the witness's folder that are no checkpoint of this log.
    pub(super) refused: Vec<String>,
    /// Refused records: held now, and ever.
    pub(super) quarantined: (u64, u64),
}

fn audit(store: &SqliteStore, keyring: &Keyring, held: Held) -> Result<Audit, crate::store::StoreError> {
    let witnessed = held.newest().map(|checkpoint| checkpoint.size);
    let refused = held.refused.iter().map(|(name, error)| format!("`{name}`: {error}")).collect();
    let mut findings = Findings::default();
    let mut replay = Replay::new(held.checkpoints);
    let mut rows = 0u64;
    store.entries(&mut |entry| {
        rows += 1;
        match entry {
            Ok(entry) => {
                replay.push(&entry);
                let differences = entry.columns.differences(&Columns::derive(entry.record.body.as_deref()));
                if !differences.is_empty() {
                    let detail =
                        format!("position {}: {} differ from the body", entry.position, differences.join(", "));
                    findings.add(Code::IndexAltered, entry.record.seq, detail);
                }
            }
            Err(damage) => {
                let detail = format!("position {}: `{}` cannot be read", damage.position, damage.column);
                let code = if damage.column == "body" { Code::BodyAltered } else { Code::IndexAltered };
                findings.add(code, 0, detail);
            }
        }
        ControlFlow::Continue(())
    })?;
    let Replayed { tree, matched, heads, faults } = replay.finish();
    let anchored = witnessed.is_some() && faults.is_empty();
    let anchor = match anchored {
        true => Anchor { witnessed: true, tree_size: Some(tree.size()), heads },
        // What the records' order says of a rolled-back store is of no use, but an edge may have seen a larger tree.
        false => Anchor { witnessed: false, tree_size: Some(tree.size()), heads: Vec::new() },
    };
    let mut verifier = Verifier::new(keyring, anchor);
    let mut left = rows;
    store.entries(&mut |entry| {
        // What a collector stored since the first reading is for the next verification.
        if left == 0 {
            return ControlFlow::Break(());
        }
        left -= 1;
        match entry {
            Ok(entry) => verifier.push(entry.record),
            Err(_) => verifier.push_malformed(),
        }
        ControlFlow::Continue(())
    })?;
    faults.iter().map(said).chain(findings.into_iter()).for_each(|finding| verifier.push_finding(finding));
    let report = verifier.finish();
    Ok(Audit { report, witnessed, matched, refused, quarantined: store.quarantined()? })
}

fn said(fault: &Fault) -> Finding {
    let code = match fault {
        Fault::Gap { .. } => Code::IndexAltered,
        Fault::Behind { .. } | Fault::RootDiffers { .. } => Code::RolledBack,
    };
    Finding { code, first: 0, last: 0, detail: fault.to_string() }
}

/// Findings about single rows, bounded: an altered index of a million rows is one fact, not a million lines.
#[derive(Default)]
struct Findings {
    named: Vec<Finding>,
    more: usize,
}

impl Findings {
    fn add(&mut self, code: Code, seq: u64, detail: String) {
        match self.named.len() < NAMED {
            true => self.named.push(Finding { code, first: seq, last: seq, detail }),
            false => self.more += 1,
        }
    }

    fn into_iter(mut self) -> impl Iterator<Item = Finding> {
        if self.more > 0 {
            let detail = format!("and {} more rows", self.more);
            self.named.push(Finding { code: Code::IndexAltered, first: 0, last: 0, detail });
        }
        self.named.into_iter()
    }
}
