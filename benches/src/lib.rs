//! What the benches share: a plan, traffic made to look like an API's, and counts of instructions, and scores on labelled rows.

#[cfg(feature = "compare")]
pub mod compare;
pub mod count;
pub mod exchange;
mod files;
pub mod inputs;
pub mod score;

use std::fmt::Write as _;

use inkseal_engine::compile::{CompiledPlan, Options, compile};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};

pub use self::files::Files;

/// The plan of a policy over the shipped catalogue; `None` when it does not compile.
pub fn compiled(policy: &str) -> Option<CompiledPlan> {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS).ok()?;
    let file = sources.add("policy.yaml", policy);
    compile(&sources, file, &catalogue, &Options::default()).ok()
}

/// The same, loaded.
pub fn plan(policy: &str) -> Option<Plan> {
    Plan::load(compiled(policy)?.json.as_bytes()).ok()
}

/// A JSON list of orders of at least `bytes` bytes; every `every`-th order shows an e-mail address.
pub fn orders(bytes: usize, every: usize) -> String {
    let mut body = String::from("{\"orders\":[");
    let mut at = 0;
    while body.len() < bytes {
        if at > 0 {
            body.push(',');
        }
        let contact = if at % every == every - 1 { "jane@shop.example" } else { "front desk" };
        let _ = write!(
            body,
            "{{\"id\":{},\"sku\":\"A-{:05}-B\",\"title\":\"A thing of blue wool, size {}\",\"price\":{}.{:02},\
             \"created\":\"2026-01-{:02}T08:{:02}:00Z\",\"contact\":\"{contact}\",\"tags\":[\"new\",\"wool\"],\"open\":true}}",
            1_000_000 + at * 7919,
            at * 31 % 100_000,
            at % 9,
            at % 300,
            at % 100,
            at % 28 + 1,
            at % 60,
        );
        at += 1;
    }
    body.push_str("]}");
    body
}
