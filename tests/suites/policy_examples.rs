//! The examples of policies/README.md on the engine as a library and on the shipped `.wasm`, at every cut.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a suite that cannot go on says so by a panic"
)]

use anyhow::Context as _;
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
    "Parts of multipart bodies",
    "Content in parts",
    "Events",
    "Streamed text",
    "Streamed text by a path",
    "Containers",
    "Remove and commas",
    "Views",
    "Views of parameters",
    "Views of base64",
    "Views of nested JSON",
    "Views of markup",
    "Views of fullwidth and zero-width characters",
    "Compressed bodies",
];

fn read() -> Vec<Example> {
    examples::read(README).unwrap_or_else(|error| panic!("README.md: {error:#}"))
}

/// The cases of a text, each with a policy that compiles.
fn cases(text: &str) -> anyhow::Result<Vec<Case>> {
    let mut reader = Reader::new()?;
    let mut cases = Vec::new();
    for example in examples::read(text)? {
        let place = || format!("README.md:{}: {}", example.line, example.heading);
        complete(&example).with_context(place)?;
        cases.extend(reader.file("README.md", &example.file).with_context(place)?);
    }
    Ok(cases)
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
    assert_these(engine, cases(README).unwrap_or_else(|error| panic!("{error:#}")));
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
fn a_broken_example_is_an_error_with_its_place() {
    let message = "response: {headers: {content-type: text/plain}, body: a}";
    for (block, error) in [
        ("policy: [pci", "README.md:3: Broken: README.md:"),
        ("policy: pci\nexpect: {body: a}", "an example needs a `request` or a `response`"),
        (&format!("policy: pci\n{message}"), "an example needs `expect`"),
        (&format!("policy: pci\n{message}\nexpect: {{}}"), "an example needs `expect`"),
        (&format!("policy: pci\n{message}\nexpect: {{bdy: a}}"), "an example needs `expect`"),
        (&format!("policy: pci\n{message}\nexpect: {{body: a}}\nname: b"), "README.md:7:"),
        (&format!("policy: pci\n{message}\nexpect: {{body: a, bdy: b}}"), "not an exchange: unknown field `bdy`"),
    ] {
        let text = format!("# Broken\n\n```yaml example\n{block}\n```\n");
        let got = cases(&text).err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert!(got.contains(error) && got.starts_with("README.md:3: Broken"), "{block}\n{got}");
    }
    let text = format!("# A\n```yaml example\npolicy: nosuch\n{message}\nexpect: {{body: a}}\n```\n");
    let cases = cases(&text).expect("it is an exchange");
    assert!(cases[0].plan.as_ref().is_err_and(|error| error.contains("nosuch")), "its policy does not compile");
    let failed = std::panic::catch_unwind(|| assert_these(&Native, cases));
    assert!(failed.is_err(), "a policy that does not compile fails the suite");
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
