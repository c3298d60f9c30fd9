//! `cargo count [--record]`: instructions of the engine over fixed bodies beside the recorded ones.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]

use std::path::Path;
use std::process::ExitCode;

use inkseal_benches::count::record::{self, Verdict, verdict};
use inkseal_benches::count::{BODIES, POLICY, instructions, processor, run};

const HELP: &str = "\
cargo count [--record]

Counts the instructions of an exchange of 64 KiB in the native engine under callgrind, with the pack `recommended`, and
fails when one needs more than 1.05 of what benches/counts.json says. Needs valgrind.

  --record  write what was counted to benches/counts.json, for this kind of processor";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [] => count(false),
        ["--record"] => count(true),
        ["--exchanges", plan, body] => run(Path::new(plan), body).map(|()| true),
        ["--help" | "-h"] => {
            println!("{HELP}");
            Ok(true)
        }
        _ => Err(format!("these arguments are not known: {}\n\n{HELP}", arguments.join(" "))),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing has grown.
fn count(record: bool) -> Result<bool, String> {
    let failed = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(failed)?;
    let plan = folder.path().join("plan.json");
    let compiled = inkseal_benches::compiled(POLICY).ok_or("the recommended pack does not compile")?;
    std::fs::write(&plan, compiled.json).map_err(failed)?;
    let program = std::env::current_exe().map_err(failed)?;
    let mut all = record::read()?;
    let recorded = all.entry(processor().to_owned()).or_default();
    println!("instructions of an exchange of 64 KiB on {}", processor());
    println!("| body | recorded | now | ratio | |\n| --- | --- | --- | --- | --- |");
    let mut good = true;
    for body in BODIES {
        let now = instructions(&program, &plan, body)?;
        let before = recorded.get(body).copied();
        let ratio = before.map_or("-".to_owned(), |before| format!("{:.3}", now as f64 / before as f64));
        let before = before.map_or("-".to_owned(), |before| before.to_string());
        let said = match verdict(recorded.get(body).copied(), now) {
            Verdict::Same => "",
            Verdict::Grown => "has grown by more than 5 %",
            Verdict::Stale => "is less: record it",
            Verdict::New => "is not recorded",
        };
        good &= record || matches!(said, "" | "is less: record it");
        println!("| {body} | {before} | {now} | {ratio} | {said} |");
        recorded.insert(body.to_owned(), now);
    }
    if record {
        record::write(&all)?;
    } else if !good {
        eprintln!("error: the engine needs more instructions than recorded, or none are recorded for this processor");
        eprintln!("note: `cargo count --record` writes these to benches/counts.json, for a change that is worth them");
    }
    Ok(good)
}
