//! `cargo compare [--quick] [--envoy] [--json FILE] [--only NAME]`: the engine beside others over the same bodies, in one run, as
//! Markdown: native in one piece and in chunks, the shipped filter in the native host, a multi-pattern searcher over the
//! same expressions, serde_json, memchr. With `--envoy`, what a real Envoy spends on a request.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]

use std::process::ExitCode;

use inkseal::exchange::keys;
use inkseal_benches::compare::engines::{CHUNK, Engine, Guest, Material, Memchr, Meta, Native, Serde, material, plan};
use inkseal_benches::compare::{Figure, envoy, markdown, measure};
use inkseal_benches::inputs::inputs;

const SIZES: [usize; 4] = [1 << 10, 16 << 10, 256 << 10, 4 << 20];

const HELP: &str = "\
cargo compare [--quick] [--envoy] [--json FILE] [--only NAME]

  --quick   one size, fewer rounds
  --envoy   CPU time of a real Envoy instead
  --json    figures as JSON too
  --only    bodies whose name holds this";

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
        println!("{HELP}");
        return Ok(());
    }
    let quick = given("--quick");
    let recommended = material("recommended")?;
    eprintln!("{} expressions in the pack `recommended`", recommended.patterns.len());
    let wanted = |name: &str| named("--only").is_none_or(|part| name.contains(part.as_str()));
    if given("--envoy") {
        let costs = in_envoy(&recommended, quick, &wanted)?;
        println!("{}", envoy::markdown(&costs));
        return written(named("--json"), &costs);
    }
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
        for input in inputs(size).iter().filter(|input| wanted(input.name)) {
            eprintln!("{} of {} KiB", input.name, size >> 10);
            figures.extend(measure(&mut engines, input, rounds)?);
        }
    }
    println!("{}", markdown(&figures));
    written(named("--json"), &figures)
}

/// Envoy's cost of JSON without and with hits.
fn in_envoy(material: &Material, quick: bool, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<envoy::Cost>, String> {
    let off = plan(serde_json::json!({"include": ["recommended"], "mode": "off"}))?;
    let routes = [("none", None), ("off", Some(off)), ("recommended", Some(material.json.clone()))];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|error| error.to_string())?;
    let keys =
        keys::environment(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)).map_err(|error| error.to_string())?;
    let wasm = inkseal::wasm_build::filter_wasm().map_err(|error| format!("{error:#}"))?;
    let sizes = if quick { &SIZES[1..2] } else { &SIZES[..3] };
    let bodies: Vec<_> = sizes.iter().flat_map(|&size| inputs(size).into_iter().take(2)).collect();
    let bodies: Vec<_> = bodies.into_iter().filter(|input| wanted(input.name)).collect();
    envoy::measure(&routes, &bodies, &wasm, keys, if quick { 5 } else { 15 })
}

fn written<T: serde::Serialize>(path: Option<&String>, figures: &[T]) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(figures).map_err(|error| error.to_string())?;
    std::fs::write(path, text).map_err(|error| format!("{path}: {error}"))
}
