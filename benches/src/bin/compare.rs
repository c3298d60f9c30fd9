//! `cargo compare`: the engine beside others over the same bodies, in one run, as Markdown that can be pasted into
//! RESULTS.md.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use inkseal::exchange::keys;
use inkseal_benches::compare::engines::{
    CHUNK, Engine, Guest, Memchr, Meta, Native, Sds, Serde, Vectorscan, bench_wasm,
};
use inkseal_benches::compare::envoy::{self, Between, Effort, Listener};
use inkseal_benches::compare::growth::{self, growth};
use inkseal_benches::compare::material::{Material, material, plan};
use inkseal_benches::compare::{Figure, markdown, measure, targets};
use inkseal_benches::inputs::inputs;

const SIZES: [usize; 4] = [1 << 10, 16 << 10, 256 << 10, 4 << 20];

/// Measures the engine beside others over the same bodies, in one run.
///
/// MB/s of bodies through each engine: `native` and `guest` take a whole exchange in chunks of 16 KiB, decode, find and
/// replace; the guest is the shipped filter in the native host. The others have the same expressions.
#[derive(Debug, Parser)]
#[command(name = "cargo compare")]
struct Arguments {
    /// One size and fewer rounds.
    #[arg(long)]
    quick: bool,
    /// Only bodies whose name holds this.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Measure listeners of a real Envoy instead: CPU time, requests a second, added latency.
    #[arg(long, conflicts_with = "growth")]
    envoy: bool,
    /// Measure instead what must not grow: 400 detectors beside 40, 50 rules beside one, sizes of bodies, starts of VMs.
    #[arg(long)]
    growth: bool,
    /// dd-sensitive-data-scanner too: builds it first, with some 150 crates.
    #[arg(long)]
    sds: bool,
    /// Write the figures to this file too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Arguments {
    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|part| name.contains(part.as_str()))
    }

    fn rounds(&self) -> usize {
        if self.quick { 5 } else { 15 }
    }
}

fn main() -> ExitCode {
    match compare(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn compare(arguments: &Arguments) -> Result<(), String> {
    let json = arguments.json.as_deref();
    if arguments.envoy {
        let costs = in_envoy(arguments)?;
        println!("{}\n{}", envoy::markdown(&costs), targets::markdown(&targets::in_envoy(&costs)));
        return written(json, &costs);
    }
    let recommended = material("recommended", true)?;
    if arguments.growth {
        let rows = growth(&recommended, arguments.rounds())?;
        println!("{}\n{}", growth::markdown(&rows), targets::markdown(&targets::growing(&rows)));
        return written(json, &rows);
    }
    let mut engines = engines(&recommended, arguments.sds)?;
    let mut figures: Vec<Figure> = Vec::new();
    for &size in if arguments.quick { &SIZES[1..2] } else { &SIZES[..] } {
        for input in inputs(size).iter().filter(|input| arguments.wants(input.name)) {
            eprintln!("{} of {} KiB", input.name, size >> 10);
            figures.extend(measure(&mut engines, input, arguments.rounds())?);
        }
    }
    println!("{}\n{}", markdown(&figures), targets::markdown(&targets::beside(&figures)));
    written(json, &figures)
}

/// All engines that there are here; what is missing is said.
fn engines(recommended: &Material, sds: bool) -> Result<Vec<Box<dyn Engine>>, String> {
    let patterns = recommended.patterns();
    let all = patterns.len();
    println!("The pack `recommended` has {all} expressions.");
    let filter = inkseal::wasm_build::filter_wasm().map_err(|error| format!("{error:#}"))?;
    let guest = Guest::new(&filter, &recommended.json, "guest")?;
    println!("The filter's VM holds {:.1} MiB after its configuration.", guest.memory() as f64 / f64::from(1 << 20));
    let mut engines: Vec<Box<dyn Engine>> = vec![
        Box::new(Native::new(&recommended.json, CHUNK, "native")?),
        Box::new(Native::new(&recommended.json, usize::MAX, "native, one piece")?),
        Box::new(guest),
        Box::new(Serde),
        Box::new(Memchr),
        Box::new(Meta::new(&patterns)?),
    ];
    let configuration = serde_json::to_string(&patterns).map_err(|error| error.to_string())?;
    engines.push(Box::new(Guest::new(&bench_wasm()?, &configuration, "guest meta multi-pattern")?));
    for starts in [false, true] {
        match Vectorscan::new(&patterns, starts) {
            Ok(scanner) => {
                println!("{} takes {} of {all} expressions.", scanner.name(), scanner.accepted);
                engines.push(Box::new(scanner));
            }
            Err(why) => println!("No vectorscan{}: {why}.", if starts { " with starts" } else { "" }),
        }
    }
    if sds {
        let scanner = Sds::new(&recommended.expressions).map_err(|why| format!("dd-sensitive-data-scanner: {why}"))?;
        println!("{} takes {} of {all} expressions.", scanner.name(), scanner.accepted);
        engines.push(Box::new(scanner));
    } else {
        println!("No dd-sensitive-data-scanner: `--sds` was not given.");
    }
    println!();
    Ok(engines)
}

/// Listeners of one Envoy, over JSON without and with hits.
fn in_envoy(arguments: &Arguments) -> Result<Vec<envoy::Cost>, String> {
    let [silent, audited] = [material("recommended", false)?, material("recommended", true)?];
    let off = plan(&serde_json::json!({"include": ["recommended"], "mode": "off"}))?;
    let filter = inkseal::wasm_build::filter_wasm().map_err(|error| format!("{error:#}"))?;
    let others = bench_wasm()?;
    let patterns = serde_json::to_string(&silent.patterns()).map_err(|error| error.to_string())?;
    let audits = |name: &str| name.ends_with("audit");
    let listener = |name, between, redacts| Listener { name, between, redacts, audits: audits(name) };
    let listeners = [
        listener("none", Between::Nothing, false),
        listener("no-op wasm", Between::Wasm(others.clone(), "[]".to_owned()), false),
        listener("off", Between::Wasm(filter.clone(), off), false),
        listener("recommended", Between::Wasm(filter.clone(), silent.json), true),
        listener("recommended, audit", Between::Wasm(filter, audited.json), true),
        listener("meta multi-pattern", Between::Wasm(others, patterns), true),
        listener("Lua, 12 patterns", Between::Lua, true),
    ];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|error| error.to_string())?;
    let keys =
        keys::environment(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)).map_err(|error| error.to_string())?;
    let sizes = if arguments.quick { &SIZES[1..2] } else { &SIZES[..3] };
    let bodies = sizes.iter().flat_map(|&size| inputs(size).into_iter().take(2));
    let bodies: Vec<_> = bodies.filter(|input| arguments.wants(input.name)).collect();
    let paced = if arguments.quick { 200 } else { 1000 };
    envoy::measure(&listeners, &bodies, &keys, Effort { rounds: arguments.rounds(), paced })
}

fn written<T: serde::Serialize>(path: Option<&Path>, figures: &[T]) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(figures).map_err(|error| error.to_string())?;
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
