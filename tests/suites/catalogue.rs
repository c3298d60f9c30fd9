//! The whole catalogue at once: every example is found near one of its words, as text and as a member, and comes out the
//! same at every cut, among all other detectors and with nothing but chance to keep them apart.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a suite")]

use std::rc::Rc;

use inkseal::exchange::policy::{lines, plan};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::model::{Detector, Pattern};
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_tests::pieces::{pieces, response};
use inkseal_tests::seeded::Seeded;

const TEXT: &str = "text/plain";

/// Examples that share a body.
const TOGETHER: usize = 12;

fn everything() -> (Catalogue, Rc<Plan>) {
    let mut sources = Sources::new();
    let parsed = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
    let catalogue = parsed.unwrap_or_else(|errors| panic!("{}", lines(&sources, &errors)));
    let policy = "version: inkseal/v1\nname: all\nrules:\n  - {id: all, find: [{in: any, detect: ['secret/*', 'personal/*', 'payment/*']}]}\n";
    let json = plan(&mut sources, &catalogue, &policy.into(), "all").unwrap_or_else(|error| panic!("{error}"));
    (catalogue, Rc::new(Plan::load(json.as_bytes()).unwrap()))
}

/// An example on a line of its own, behind a word of its detector if that asks for one.
fn line(detector: &Detector, example: &str) -> String {
    let word = detector.keywords.as_ref().map_or("", |keywords| keywords.any[0].value.as_str());
    let flat = example.replace(['\n', '\r'], " ");
    if word.is_empty() { format!("{flat}\n") } else { format!("{word} {flat}\n") }
}

#[test]
fn every_example_comes_out_the_same_at_every_cut() {
    let (catalogue, plan) = everything();
    let mut random = Seeded::of("catalogue");
    let by_pattern = |detector: &&Detector| matches!(detector.pattern, Pattern::Regex { .. });
    let examples: Vec<String> = catalogue
        .detectors
        .iter()
        .filter(by_pattern)
        .flat_map(|detector| detector.examples.iter().map(|example| line(detector, &example.value)))
        .collect();
    let mut found = 0;
    for group in examples.chunks(TOGETHER) {
        let body = group.concat();
        let body = body.as_bytes();
        let whole = response(&plan, TEXT, std::iter::once(body));
        found += whole.1.iter().map(|finding| finding.count).sum::<u64>();
        let cuts = random.cuts(body.len(), 24);
        for (how, outcome) in [
            (format!("cut at {cuts:?}"), response(&plan, TEXT, pieces(body, &cuts))),
            ("byte by byte".to_owned(), response(&plan, TEXT, body.chunks(1))),
            ("in sevens".to_owned(), response(&plan, TEXT, body.chunks(7))),
        ] {
            let shown = String::from_utf8_lossy(body);
            assert_eq!(outcome, whole, "{how}: {shown}");
        }
    }
    assert!(found as usize >= examples.len() * 9 / 10, "{found} regions in {} examples", examples.len());
}

#[test]
fn every_example_is_found_among_all_others() {
    let (catalogue, plan) = everything();
    let mut missed = Vec::new();
    for detector in catalogue.detectors.iter().filter(|it| matches!(it.pattern, Pattern::Regex { .. })) {
        for example in &detector.examples {
            let text = line(detector, &example.value);
            let word = detector.keywords.as_ref().map_or("value", |keywords| keywords.any[0].value.as_str());
            let member = serde_json::json!({ word: example.value }).to_string();
            let changed = |media_type: &str, body: &str| {
                response(&plan, media_type, std::iter::once(body.as_bytes())).0 != body.as_bytes()
            };
            if !changed(TEXT, &text) && !changed("application/json", &member) {
                missed.push(format!("{}: {text}", detector.id.value));
            }
        }
    }
    assert!(missed.is_empty(), "{} examples are left alone:\n{}", missed.len(), missed.concat());
}
