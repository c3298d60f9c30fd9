//! What ships is what lies in the folders, and it can be read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;

use inkseal_engine::compile::{Options, check_catalogue, compile};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::model::Detector;
use inkseal_engine::policy::{Catalogue, Diagnostic, Sources, resolve};
use inkseal_engine::tools::scan;
use inkseal_policies::{DETECTORS, PACKS};

fn show(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let line = |diagnostic: &Diagnostic| {
        let at = sources.position(diagnostic.span);
        format!("{}:{}:{}: {diagnostic}\n", sources.name(diagnostic.span.file), at.line, at.column)
    };
    diagnostics.iter().map(line).collect()
}

fn catalogue(sources: &mut Sources) -> Catalogue {
    Catalogue::parse(sources, DETECTORS, PACKS).unwrap_or_else(|errors| panic!("{}", show(sources, &errors)))
}

#[test]
fn every_file_of_the_folders_is_embedded() {
    for (folder, embedded) in [("detectors", DETECTORS), ("packs", PACKS)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files: Vec<String> = std::fs::read_dir(path)
            .unwrap()
            .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap()))
            .collect();
        files.sort();
        let names: Vec<&str> = embedded.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, files, "{folder}");
    }
}

#[test]
fn a_pack_lies_in_the_file_of_its_name() {
    let mut sources = Sources::new();
    for pack in catalogue(&mut sources).packs {
        assert_eq!(sources.name(pack.name.span.file), format!("packs/{}.yaml", pack.name.value));
    }
}

#[test]
fn every_pack_resolves_alone_and_every_detector_is_in_the_recommended_one() {
    let mut sources = Sources::new();
    let catalogue = catalogue(&mut sources);
    let mut found = std::collections::BTreeSet::new();
    for pack in &catalogue.packs {
        let text = format!("version: inkseal/v1\nname: alone\ninclude: [{}]\n", pack.name.value);
        let file = sources.add("alone.yaml", text);
        let resolved =
            resolve(&sources, file, &catalogue).unwrap_or_else(|errors| panic!("{}", show(&sources, &errors)));
        assert_eq!(show(&sources, &resolved.warnings), "");
        assert!(!resolved.rules.is_empty(), "{}", pack.name.value);
        for word in resolved.rules.iter().flat_map(|rule| &rule.find).flat_map(|find| &find.detect) {
            found.extend(resolved.detectors_named(word).map(|detector| detector.id.value.clone()));
        }
    }
    for detector in &catalogue.detectors {
        assert!(found.contains(&detector.id.value), "no pack detects `{}`", detector.id.value);
    }
}

#[test]
fn every_detector_finds_its_examples_and_leaves_its_counter_examples_alone() {
    let mut sources = Sources::new();
    let catalogue = catalogue(&mut sources);
    check_catalogue(&catalogue).unwrap_or_else(|errors| panic!("{}", show(&sources, &errors)));
}

#[test]
fn every_pack_compiles_to_a_plan_that_an_envoy_configuration_can_carry() {
    let mut sources = Sources::new();
    let catalogue = catalogue(&mut sources);
    for pack in &catalogue.packs {
        let text = format!("version: inkseal/v1\nname: alone\ninclude: [{}]\n", pack.name.value);
        let file = sources.add("alone.yaml", text);
        let plan = compile(&sources, file, &catalogue, &Options::default())
            .unwrap_or_else(|errors| panic!("{}", show(&sources, &errors)));
        assert!(plan.json.len() < 1280 << 10, "{}: {} bytes", pack.name.value, plan.json.len());
    }
}

#[test]
fn an_example_that_is_not_found_and_a_counter_example_that_is_are_errors() {
    let mut sources = Sources::new();
    let catalogue = catalogue(&mut sources);
    let text = "version: inkseal/v1\nname: a\ninclude: [pci]\ndetectors:\n  - {id: a, entity: A, pattern: 'abc[0-9]{4}', \
                examples: [abc1234, abc], counter_examples: [abcd, xabc00001]}\n";
    let file = sources.add("a.yaml", text);
    let errors = compile(&sources, file, &catalogue, &Options::default()).unwrap_err();
    let shown = show(&sources, &errors);
    assert_eq!(errors.len(), 2, "{shown}");
    assert!(shown.contains("`abc`") && shown.contains("`xabc00001`"), "{shown}");
}

/// One file more, and nothing else: the packs find it by its category.
#[test]
fn a_file_more_is_a_detector_more() {
    let acme = "version: inkseal/v1
detectors:
  - id: acme.key
    entity: ACME_KEY
    description: secret key of the Acme API
    source: https://acme.example/docs/keys
    severity: high
    category: secret/saas
    pattern: '\\bacme_[A-Za-z0-9]{32}'
    examples: [acme_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, key=acme_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB]
    counter_examples: [acme_AAAA, xacme_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]
";
    let mut sources = Sources::new();
    let mut files = DETECTORS.to_vec();
    files.push(("detectors/acme.yaml", acme));
    let catalogue =
        Catalogue::parse(&mut sources, &files, PACKS).unwrap_or_else(|errors| panic!("{}", show(&sources, &errors)));
    check_catalogue(&catalogue).unwrap_or_else(|errors| panic!("{}", show(&sources, &errors)));
    for pack in ["secrets", "recommended", "llm"] {
        let text = format!("version: inkseal/v1\nname: alone\ninclude: [{pack}]\n");
        let file = sources.add("alone.yaml", text);
        let plan = compile(&sources, file, &catalogue, &Options::default())
            .unwrap_or_else(|errors| panic!("{}", show(&sources, &errors)));
        let plan = Plan::load(plan.json.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let body = br#"{"a":"acme_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","b":"acme_AAAA"}"#;
        let scan = scan(&plan, None, 0, "application/json", body);
        let seen = String::from_utf8(scan.redacted).unwrap();
        assert_eq!(seen, r#"{"a":"[REDACTED:ACME_KEY]","b":"acme_AAAA"}"#, "{pack}");
    }
}

/// What is asked of the catalogue as a whole.
#[test]
fn the_catalogue_is_broad() {
    let mut sources = Sources::new();
    let catalogue = catalogue(&mut sources);
    let of = |family: &str| {
        let belongs = |detector: &&Detector| detector.category.as_deref().is_some_and(|it| it.starts_with(family));
        catalogue.detectors.iter().filter(belongs).count()
    };
    assert!(of("secret/") >= 450 && of("personal/") >= 250, "{} and {}", of("secret/"), of("personal/"));
    let files: BTreeSet<_> = catalogue.detectors.iter().map(|detector| detector.id.span.file).collect();
    assert!(files.len() >= 350, "{} vendors and families", files.len());
}
