//! The `inkseal-collector` command.

fn main() -> std::process::ExitCode {
    inkseal_collector::cli::main()
}
