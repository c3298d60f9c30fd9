//! The command line: one file a command.

mod export;
mod keys;
mod list;
mod report;
mod serve;
mod verify;

use clap::{Parser, Subcommand};
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Receives, verifies and keeps sealed audit records.
#[derive(Parser)]
#[command(name = "inkseal-collector", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    List(list::Args),
    Export(export::Args),
    Verify(verify::Args),
}

/// Where the store is.
#[derive(clap::Args)]
struct StoreArgs {
    /// The store: one SQLite file
    #[arg(long, value_name = "FILE", default_value = "inkseal-audit.db")]
    store: PathBuf,
}

/// Why a command ends without a result.
#[derive(Debug)]
struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The caller asked for something that cannot be: exit code 2.
    fn usage(message: impl fmt::Display) -> Failure {
        Failure { code: 2, message: message.to_string() }
    }

    /// The machine does not provide what is needed: exit code 3.
    fn environment(message: impl fmt::Display) -> Failure {
        Failure { code: 3, message: message.to_string() }
    }
}

/// Runs the command that the process's arguments name. Exit codes: 0 fine, 1 a bad verdict, 2 usage, 3 environment.
pub fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::List(args) => list::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Verify(args) => verify::run(&args),
    };
    result.unwrap_or_else(|failure| {
        // Whoever closed the error stream does not want to know.
        let _ = writeln!(anstream::stderr().lock(), "error: {}", failure.message);
        ExitCode::from(failure.code)
    })
}

/// Opens a store that exists, for reading.
fn open_store(path: &Path) -> Result<crate::store::SqliteStore, Failure> {
    if !path.exists() {
        return Err(Failure::environment(format!("no store at `{}`: name it with --store", path.display())));
    }
    crate::store::SqliteStore::open(path)
        .map_err(|error| Failure::environment(format!("cannot read the store `{}`: {error}", path.display())))
}

/// Prints and says whether the reader is still there. A closed pipe is the reader's right; a full disk is an error.
fn written(result: std::io::Result<()>) -> Result<bool, Failure> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::environment(format!("cannot write the output: {error}"))),
    }
}
