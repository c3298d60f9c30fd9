//! Plans that no compiler writes: a loader takes what it can follow whole, and nothing else.

#![cfg(feature = "compile")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use inkseal_engine::compile::{Options, compile};
use inkseal_engine::plan::{Plan, PlanError, digest};
use inkseal_engine::policy::{Catalogue, Sources};
use serde_json::Value;

const POLICY: &str = r"
version: inkseal/v1
name: a
detectors: [{id: n, entity: N, pattern: 'ab', examples: [ab]}]
rules: [{id: r, find: [{in: json, path: $.x, detect: [N]}, {in: json, path: $.y, action: remove}]}]
";

/// What becomes of the plan of the policy once `edit` was there, with a digest that fits.
fn load(edit: impl FnOnce(&mut Value)) -> Result<Plan, PlanError> {
    let mut sources = Sources::new();
    let file = sources.add("policy.yaml", POLICY);
    let compiled = compile(&sources, file, &Catalogue::default(), &Options::default());
    let json = compiled.unwrap_or_else(|errors| panic!("{errors:?}")).json;
    let mut document: Value = serde_json::from_str(&json).unwrap();
    document.as_object_mut().unwrap().remove("digest");
    edit(&mut document);
    document["digest"] = digest(&document).into();
    Plan::load(document.to_string().as_bytes())
}

fn repeat(items: &mut Value, count: usize) {
    let first = items[0].clone();
    *items = Value::Array(vec![first; count]);
}

#[test]
fn a_path_with_more_steps_than_are_followed_is_refused() {
    let steps = |count| load(|plan| repeat(&mut plan["rules"][0]["finds"][1]["what"]["named"]["path"]["steps"], count));
    assert!(steps(63).is_ok());
    let error = steps(64).err().unwrap().to_string();
    assert_eq!(error, "a JSON path in rule `r` has more than 63 steps; compile the policy again");
}

#[test]
fn more_narrowed_finds_than_are_followed_are_refused() {
    let finds = |count| load(|plan| repeat(&mut plan["rules"][0]["finds"], count));
    assert!(finds(64).is_ok());
    let error = finds(65).err().unwrap().to_string();
    assert_eq!(error, "65 finds are narrowed, 64 are followed; compile the policy again");
}
