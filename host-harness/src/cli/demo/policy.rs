//! The demo's policy, compiled.

use anyhow::Result;
use inkseal_engine::compile::{Options, compile};
use inkseal_engine::policy::{Catalogue, Diagnostic, Sources};

const TEXT: &str = include_str!("policy.yaml");

/// The plan of the demo's policy.
///
/// # Errors
/// It does not compile, which a test rules out.
pub(super) fn plan() -> Result<String> {
    let mut sources = Sources::default();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
    let catalogue = catalogue.map_err(|errors| broken(&errors))?;
    let file = sources.add("demo.yaml", TEXT);
    let options = Options { service: Some("shop".into()), environment: Some("demo".into()), ..Options::default() };
    Ok(compile(&sources, file, &catalogue, &options).map_err(|errors| broken(&errors))?.json)
}

fn broken(errors: &[Diagnostic]) -> anyhow::Error {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("the demo's policy does not compile: {}", lines.join("; "))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_demo_policy_compiles() {
        assert!(super::plan().unwrap().starts_with('{'));
    }
}
