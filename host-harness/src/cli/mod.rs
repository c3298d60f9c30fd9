//! The command line. Each command is one file: its `Args` with their help, and `run`.
//!
//! `run` returns one of the codes of [`exit`]; an error it returns ends with [`exit::ENVIRONMENT`], or with
//! [`exit::USAGE`] if it was made by [`usage`].

pub mod check;
pub mod compile;
pub mod completions;
pub mod demo;
pub mod detectors;
pub mod diagnostics;
mod diff;
mod envoy_snippet;
mod http_text;
pub mod keygen;
mod ordered;
pub mod policy;
mod pseudonym;
pub mod run;
pub mod scan;
pub mod verify;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What the process's exit status means.
pub mod exit {
    /// All is well.
    pub const FINE: u8 = 0;
    /// A test failed, something was found, or a verdict is bad.
    pub const FOUND: u8 = 1;
    /// The command line, a policy or an input is wrong.
    pub const USAGE: u8 = 2;
    /// Something outside is missing or broken: a file system, Envoy, a port.
    pub const ENVIRONMENT: u8 = 3;
}

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "inkseal",
    version,
    about = "Redact live traffic and seal the record of it",
    long_about = "Inkseal takes tokens and personal data out of live HTTP traffic as it passes Envoy, and seals an \
                  audit event for each request.\nThis tool checks, tries and compiles its policies, and verifies its \
                  trails.",
    after_help = EXAMPLES,
    arg_required_else_help = true,
    propagate_version = true,
    subcommand_required = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  inkseal check policies/*.yaml                     every error of every file, at once
  inkseal run --policy shop.yaml --diff body.json   what the policy makes of one message
  inkseal compile shop.yaml --target envoy          the filter's configuration for Envoy

Exit codes: 0 fine; 1 a test failed, a finding or a bad verdict; 2 usage or policy error; 3 environment.";

/// One variant a command, in the order of the help.
#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Run(run::Args),
    Scan(scan::Args),
    Compile(compile::Args),
    Detectors(detectors::Args),
    Keygen(keygen::Args),
    Verify(verify::Args),
    Demo(demo::Args),
    Completions(completions::Args),
}

impl Command {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check(args) => check::run(args),
            Self::Run(args) => run::run(args),
            Self::Scan(args) => scan::run(args),
            Self::Compile(args) => compile::run(args),
            Self::Detectors(args) => detectors::run(args),
            Self::Keygen(args) => keygen::run(args),
            Self::Verify(args) => verify::run(args),
            Self::Demo(args) => demo::run(args),
            Self::Completions(args) => completions::run(args),
        }
    }
}

/// How a command prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Table {
    /// For people
    #[default]
    Pretty,
    /// For tools
    Json,
}

/// Reads the command line, runs the command and reports its error.
pub fn main() -> ExitCode {
    // clap prints help, version and usage errors itself and ends with 0 or 2.
    let cli = Cli::parse();
    match cli.command.run() {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::from(exit::FINE),
        Err(error) => {
            // Nothing is left to tell if standard error is closed as well.
            let _ = writeln!(anstream::stderr().lock(), "error: {error:#}");
            let usage = error.chain().any(|cause| cause.is::<UsageError>());
            ExitCode::from(if usage { exit::USAGE } else { exit::ENVIRONMENT })
        }
    }
}

/// An error in what the user asked for, as opposed to one in the surroundings.
#[derive(Debug)]
struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// An error that ends the process with [`exit::USAGE`]; lower case, one line, saying what to do.
pub fn usage(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// Whether the reader of our output went away, as `head` does, which is no error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        io.or_else(|| cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind))
    };
    error.chain().any(|cause| kind(cause) == Some(io::ErrorKind::BrokenPipe))
}
