//! `cargo score [--eval FOLDER] [--catalogue FOLDER] [--misses FILE]`: recall and precision of the catalogue on labelled
//! rows, as Markdown. The catalogue is the one that ships unless a folder with `detectors/` and `packs/` is named. Misses
//! and wrong hits go to a file, a JSON line each, to be read one by one.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use inkseal_benches::Files;
use inkseal_benches::score::{Outcome, rows::Verdict, run, table::markdown};
use serde_json::json;

/// Secrets are looked for by their pack; personal data by every pack there is for it.
const SECRETS: &str = "include: [secrets]";
const PERSONAL: &str = "include: [pii-core, pii-us, pii-eu, pii-apac, pci, hipaa, gdpr, pii-other]";

fn main() -> ExitCode {
    match score() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn score() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().collect();
    let named =
        |name: &str| arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1)).map(PathBuf::from);
    let eval = named("--eval").unwrap_or_else(|| PathBuf::from("../shared/eval"));
    let files = match named("--catalogue") {
        Some(folder) => Files::read(&folder).map_err(|error| format!("{}: {error}", folder.display()))?,
        None => Files::shipped(),
    };
    let mut misses =
        named("--misses").map(|path| std::fs::File::create(path).map_err(|error| error.to_string())).transpose()?;
    for (file, include) in [("secrets.jsonl", SECRETS), ("pii.jsonl", PERSONAL)] {
        let path = eval.join(file);
        if !path.exists() {
            return Err(format!("`{}` is not there: name the folder of labelled rows with --eval", path.display()));
        }
        let plan = files.plan(include)?;
        let outcomes = run(&plan, &path).map_err(|error| error.to_string())?;
        tables(file, &outcomes);
        if let Some(out) = &mut misses {
            for outcome in
                outcomes.iter().filter(|it| it.wrong() || it.row.expected == Verdict::Match && it.covered < it.labelled)
            {
                writeln!(out, "{}", told(file, outcome)).map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(())
}

fn tables(file: &str, outcomes: &[Outcome]) {
    println!("\n## {file}\n");
    let (generated, authentic): (Vec<_>, Vec<_>) = outcomes.iter().partition(|outcome| outcome.row.is("generated"));
    println!("{}", markdown("authentic, by source", &authentic, |outcome| outcome.row.source.clone()));
    if !generated.is_empty() {
        println!("{}", markdown("generated, by source", &generated, |outcome| outcome.row.source.clone()));
    }
    if outcomes.iter().any(|outcome| !outcome.row.entity.is_empty()) {
        println!("{}", markdown("by entity", &authentic, |outcome| outcome.row.entity.clone()));
        let (values, sentences): (Vec<_>, Vec<_>) = outcomes.iter().partition(|outcome| outcome.row.is("full_string"));
        println!("{}", markdown("values alone", &values, |outcome| outcome.row.source.clone()));
        println!("{}", markdown("sentences", &sentences, |outcome| outcome.row.source.clone()));
    }
}

fn told(file: &str, outcome: &Outcome) -> serde_json::Value {
    let row = &outcome.row;
    json!({
        "file": Path::new(file).file_stem().and_then(|stem| stem.to_str()), "id": row.id, "source": row.source,
        "rule": row.rule, "entity": row.entity, "wrong": outcome.wrong(), "text": row.text, "flags": row.flags,
        "labels": row.labels().into_iter().map(|range| row.text.get(range)).collect::<Vec<_>>(),
        "covered": outcome.covered, "labelled": outcome.labelled, "hits": outcome.hits, "as_member": outcome.as_member,
    })
}
