//! `cargo compare [--quick] [--json FILE] [--only NAME]`: the engine beside others over the same bodies, in one run, as
//! Markdown: native in one piece and in chunks, the shipped filter in the native host, a multi-pattern searcher over the
//! same expressions, serde_json, memchr.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]

use std::process::ExitCode;

use inkseal_benches::compare::engines::{CHUNK, Engine, Guest, Memchr, Meta, Native, Serde, material};
use inkseal_benches::compare::inputs::inputs;
use inkseal_benches::compare::{Figure, markdown, measure};

const SIZES: [usize; 4] = [1 << 10, 16 << 10, 256 << 10, 4 << 20];

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| arguments.iter().any(|it| it == name);
    let named = |name: &str| arguments.iter().position(|it| it == name).and_then(|at| arguments.get(at + 1));
    if given("--help") {
        println!(
            "cargo compare [--quick] [--json FILE] [--only NAME]\n\n  --quick   one size, fewer rounds\n  --json    figures as JSON too\n  --only    bodies whose name holds this"
        );
        return Ok(());
    }
    let quick = given("--quick");
    let recommended = material("recommended")?;
    eprintln!("{} expressions in the pack `recommended`", recommended.patterns.len());
    let guest = Guest::new(&recommended)?;
    eprintln!("the filter's VM holds {} KiB after its configuration", guest.memory() >> 10);
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(Native::new(&recommended, CHUNK, "native")?),
        Box::new(Native::new(&recommended, usize::MAX, "native, one piece")?),
        Box::new(guest),
        Box::new(Serde),
        Box::new(Memchr),
    ];
    match Meta::new(&recommended) {
        Ok(meta) => engines.push(Box::new(meta)),
        Err(why) => eprintln!("no multi-pattern searcher over these expressions: {why}"),
    }
    let mut figures: Vec<Figure> = Vec::new();
    let (sizes, rounds) = if quick { (&SIZES[1..2], 5) } else { (&SIZES[..], 15) };
    for &size in sizes {
        let wanted = |name: &str| named("--only").is_none_or(|part| name.contains(part.as_str()));
        for input in inputs(size).iter().filter(|input| wanted(input.name)) {
            eprintln!("{} of {} KiB", input.name, size >> 10);
            figures.extend(measure(&mut engines, input, rounds)?);
        }
    }
    println!("{}", markdown(&figures));
    if let Some(path) = named("--json") {
        let text = serde_json::to_string_pretty(&figures).map_err(|error| error.to_string())?;
        std::fs::write(path, text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}
