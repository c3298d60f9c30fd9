//! `export`: the stored records in their wire form, for a verifier elsewhere.

use super::keys::{KeysArgs, verifying_key};
use super::{Failure, StoreArgs, open_store, written};
use crate::evidence::replay::Replay;
use crate::evidence::witness::FileWitness;
use crate::store::{Damage, Entry, SqliteStore, Store};
use ed25519_dalek::VerifyingKey;
use inkseal_engine::verify::Anchor;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write all records as NDJSON, in the order of the store, byte for byte as they were sealed
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// Write the records here instead of to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Also write the heads of all chains as the witness's newest checkpoint anchors them, for `inkseal verify --heads`
    #[arg(long, value_name = "FILE", requires = "witness")]
    heads: Option<PathBuf>,
    /// The witness's folder
    #[arg(long, value_name = "DIR")]
    witness: Option<PathBuf>,
    #[command(flatten)]
    keys: KeysArgs,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let path = args.store.store.as_path();
    let store = open_store(path)?;
    if let (Some(file), Some(folder)) = (&args.heads, &args.witness) {
        let anchor = anchor(&store, folder, args)?;
        std::fs::write(file, anchor.to_json() + "\n")
            .map_err(|error| Failure::environment(format!("cannot write `{}`: {error}", file.display())))?;
    }
    match &args.out {
        None => records(&store, path, &mut BufWriter::new(std::io::stdout().lock())),
        Some(out) => {
            let file = File::create(out)
                .map_err(|error| Failure::environment(format!("cannot write `{}`: {error}", out.display())))?;
            records(&store, path, &mut BufWriter::new(file))
        }
    }
}

fn records(store: &SqliteStore, path: &Path, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let mut result = Ok(());
    scan(store, path, &mut |entry| {
        result = writeln!(out, "{}", entry.record.to_json());
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    written(result.and_then(|()| out.flush()))?;
    Ok(ExitCode::SUCCESS)
}

/// The heads that the newest checkpoint anchors; a store that contradicts its witness has none.
fn anchor(store: &SqliteStore, folder: &Path, args: &Args) -> Result<Anchor, Failure> {
    let keyring = args.keys.load_optional()?;
    let witness = open_witness(folder)?;
    let held = witness
        .held(&trusted(keyring.as_ref().and_then(verifying_key), &witness))
        .map_err(|error| Failure::environment(format!("cannot read the witness `{}`: {error}", folder.display())))?;
    if held.newest().is_none() {
        return Err(Failure::environment(format!("the witness `{}` holds no checkpoint", folder.display())));
    }
    let mut replay = Replay::new(held.checkpoints);
    scan(store, &args.store.store, &mut |entry| {
        replay.push(&entry);
        ControlFlow::Continue(())
    })?;
    let replayed = replay.finish();
    match replayed.faults.first() {
        Some(fault) => Err(Failure { code: 1, message: format!("the store was altered: {fault}; run `verify`") }),
        None => Ok(Anchor { witnessed: true, tree_size: Some(replayed.tree.size()), heads: replayed.heads }),
    }
}

/// Visits every record; a damaged row ends it, since half an export would pass for a whole one.
fn scan(store: &SqliteStore, path: &Path, visit: &mut dyn FnMut(Entry) -> ControlFlow<()>) -> Result<(), Failure> {
    let mut damaged = None;
    store
        .entries(&mut |entry| match entry {
            Ok(entry) => visit(entry),
            Err(damage) => {
                damaged = Some(damage);
                ControlFlow::Break(())
            }
        })
        .map_err(|error| Failure::environment(format!("cannot read the store `{}`: {error}", path.display())))?;
    match damaged {
        None => Ok(()),
        Some(Damage { position, column }) => Err(Failure {
            code: 1,
            message: format!("the store's row {position} is damaged in `{column}`: run `verify`"),
        }),
    }
}

/// Opens a witness's folder for reading.
pub(super) fn open_witness(folder: &Path) -> Result<FileWitness, Failure> {
    FileWitness::open(folder)
        .map_err(|error| Failure::environment(format!("cannot read the witness `{}`: {error}", folder.display())))
}

/// The keys that a checkpoint may be signed with: the keyring's, else the one that the witness saw first. The key
/// beside the store is not among them: who altered the store has it.
pub(super) fn trusted(keyring: Option<VerifyingKey>, witness: &FileWitness) -> Vec<VerifyingKey> {
    keyring.or_else(|| witness.pinned_key()).into_iter().collect()
}
