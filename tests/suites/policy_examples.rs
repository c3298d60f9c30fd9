//! The examples of policies/README.md on the engine as a library and on the shipped `.wasm`, at every cut.
#![allow(clippy::panic, clippy::expect_used, reason = "a suite that cannot go on says so by a panic")]

use inkseal::exchange::Engine;
use inkseal::exchange::native::Native;
use inkseal::exchange::wasm::Wasm;
use inkseal_engine::policy::Sources;
use inkseal_engine::policy::yaml::{self, Value};
use inkseal_engine::scan::validate::schemes;
use inkseal_tests::cases::{Case, Reader, assert_these};
use inkseal_tests::examples::{self, Example};

const README: &str = include_str!("../../policies/README.md");

/// What the README must show by an example.
const TOPICS: &[&str] = &[
    "Numbers of your own",
    "Regions",
    "Ownership",
    "Overlaps with one span",
    "Overlaps with different spans",
    "Block beats everything",
    "Exceptions end",
    "Open ends: a class",
    "Open ends: a terminator",
    "Keywords",
    "Capture groups",
    "Logs alone",
    "Shadow beside enforce",
    "Fields by name",
    "Fields by path",
    "Containers",
    "Remove and commas",
    "Views",
    "Views of parameters",
    "Views of base64",
    "Views of nested JSON",
    "Views of markup",
    "Views of fullwidth and zero-width characters",
];

fn read() -> Vec<Example> {
    examples::read(README).unwrap_or_else(|error| panic!("README.md: {error:#}"))
}

fn cases() -> Vec<Case> {
    let mut reader = Reader::new().unwrap_or_else(|error| panic!("{error:#}"));
    let one = |example: Example| {
        let whole = complete(&example);
        let cases = whole.and_then(|()| reader.file("README.md", &example.file));
        cases.unwrap_or_else(|error| panic!("README.md:{}: {}: {error:#}", example.line, example.heading))
    };
    read().into_iter().flat_map(one).collect()
}

fn complete(example: &Example) -> anyhow::Result<()> {
    let mut sources = Sources::new();
    let file = sources.add("README.md", example.file.as_str());
    let lines = |errors: Vec<_>| anyhow::Error::msg(inkseal::exchange::policy::lines(&sources, &errors));
    let list = yaml::parse(&sources, file).map_err(lines)?;
    let Value::Seq(entries) = &list.value else { anyhow::bail!("no exchange") };
    entries.iter().try_for_each(|entry| examples::complete(&entry.to_json()))
}

fn holds(engine: &(dyn Engine + Sync)) {
    assert_these(engine, cases());
}

#[test]
fn examples_hold_on_the_native_engine() {
    holds(&Native);
}

#[test]
fn examples_hold_on_the_shipped_filter() {
    holds(&Wasm::shipped().unwrap_or_else(|error| panic!("{error:#}")));
}

#[test]
fn every_topic_has_an_example() {
    let headings: Vec<String> = read().into_iter().map(|example| example.heading).collect();
    let missing: Vec<&&str> =
        TOPICS.iter().filter(|topic| !headings.iter().any(|heading| heading == **topic)).collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
    let unlisted: Vec<&String> = headings.iter().filter(|heading| !TOPICS.contains(&heading.as_str())).collect();
    assert!(unlisted.is_empty(), "examples that are no topic: {unlisted:?}");
}

#[test]
fn every_number_with_check_digits_is_listed() {
    let missing: Vec<&str> = schemes()
        .filter(|scheme| !README.contains(&format!("| `{}` | [{}]({}) |", scheme.name, scheme.title, scheme.source)))
        .map(|scheme| scheme.name)
        .collect();
    assert!(missing.is_empty(), "policies/README.md does not list {missing:?} as the engine has them");
}
