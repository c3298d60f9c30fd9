//! The `inkseal` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    inkseal::cli::main()
}
