//! `inkseal completions`.

use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;

use super::exit;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  inkseal completions bash > ~/.local/share/bash-completion/completions/inkseal
  inkseal completions fish > ~/.config/fish/completions/inkseal.fish
  inkseal completions zsh > \"${fpath[1]}/_inkseal\"")]
pub struct Args {
    /// The shell to complete in
    shell: clap_complete::Shell,
}

/// Writes the script to standard output.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "inkseal", &mut script);
    anstream::stdout().lock().write_all(&script)?;
    Ok(ExitCode::from(exit::FINE))
}
