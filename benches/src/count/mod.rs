//! Instructions of the engine over fixed bodies, as callgrind counts them: time differs from run to run and from machine
//! to machine, these hardly do, so that a change of a few hundredths shows.
//!
//! What a count depends on beside the source: the compiler, which `rust-toolchain.toml` pins, and the vector instructions
//! that code asks for at run time. Valgrind offers a program what the processor has, up to AVX2, so that counts are kept
//! by [`processor`].

pub mod record;

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use inkseal_engine::plan::Plan;

use crate::exchange::response;
use crate::inputs::{Input, inputs};

/// The pack that is counted with.
pub const POLICY: &str = "version: inkseal/v1\nname: count\ninclude: [recommended]\n";

/// The bodies, by their names in [`crate::inputs`].
pub const BODIES: [&str; 3] = ["JSON, no hit", "JSON, a hit in 2 KiB", "text"];

const SIZE: usize = 64 << 10;

/// Bytes that come at once, as Envoy reads them.
const CHUNK: usize = 16 << 10;

/// Exchanges that are counted: the first ones, which fill what a plan remembers, are not among them.
const EXCHANGES: u64 = 4;

/// Instructions of one exchange with `body`, the plan lying in a file. `program` runs [`run`] when it gets the argument
/// `--exchanges` with the plan's file and the body's name.
///
/// # Errors
/// No valgrind, or it fails: said in words.
pub fn instructions(program: &Path, plan: &Path, body: &str) -> Result<u64, String> {
    let folder = plan.parent().unwrap_or(plan);
    let out = folder.join("callgrind.out");
    let ran = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--toggle-collect=*counted_exchanges*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg("--exchanges")
        .args([plan.as_os_str(), body.as_ref()])
        .output();
    let ran = ran.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "`valgrind` is not installed, and nothing was counted".to_owned(),
        _ => format!("valgrind does not start: {error}"),
    })?;
    if !ran.status.success() {
        return Err(format!("valgrind: {}: {}", ran.status, String::from_utf8_lossy(&ran.stderr).trim_end()));
    }
    let text = std::fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    // Nothing is collected when no function has the name any more.
    let total = total(&text).filter(|total| *total > 0);
    Ok(total.ok_or("callgrind counted nothing")? / EXCHANGES)
}

/// The sum that a callgrind file ends in.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What is run under callgrind: loading and the first exchanges are not collected.
///
/// # Errors
/// The plan does not load, or there is no such body.
pub fn run(plan: &Path, body: &str) -> Result<(), String> {
    let plan = std::fs::read(plan).map_err(|error| format!("{}: {error}", plan.display()))?;
    let plan = Rc::new(Plan::load(&plan).map_err(|error| error.to_string())?);
    let input = inputs(SIZE).into_iter().find(|input| input.name == body);
    let input = input.ok_or_else(|| format!("there is no body `{body}`"))?;
    let once = response(&plan, &input, CHUNK);
    if counted_exchanges(&plan, &input) == once * EXCHANGES as usize {
        Ok(())
    } else {
        Err("exchanges of one body differ".to_owned())
    }
}

/// Callgrind finds it by its name.
#[inline(never)]
fn counted_exchanges(plan: &Rc<Plan>, input: &Input) -> usize {
    (0..EXCHANGES).map(|_| response(plan, std::hint::black_box(input), CHUNK)).sum()
}

/// The kind of processor that code may tell apart at run time under valgrind.
pub fn processor() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx2") { "x86_64, AVX2" } else { "x86_64" }
    }
    #[cfg(not(target_arch = "x86_64"))]
    std::env::consts::ARCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read() {
        assert_eq!(total("events: Ir\nfn=(1) x\n0 5\n\ntotals: 1234\n"), Some(1234));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn every_body_exists() {
        let made = inputs(1 << 10);
        assert!(BODIES.iter().all(|name| made.iter().any(|input| input.name == *name)));
    }
}
