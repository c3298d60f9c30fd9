//! What compiling a policy refuses beyond what reading it does.

#![cfg(feature = "compile")]
#![allow(clippy::panic, clippy::indexing_slicing, reason = "tests")]

use inkseal_engine::compile::{Options, compile};
use inkseal_engine::policy::{Catalogue, Sources};

/// The errors of a policy with these detectors and rules, each with its line and column.
fn errors(detector: &str, rule: &str) -> Vec<String> {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, &[], &[]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let text = format!("version: inkseal/v1\nname: a\ndetectors: [{{{detector}}}]\nrules: [{{id: r, {rule}}}]\n");
    let file = sources.add("policy.yaml", text);
    let Err(errors) = compile(&sources, file, &catalogue, &Options::default()) else { return Vec::new() };
    let shown = |error: &inkseal_engine::policy::Diagnostic| {
        let at = sources.position(error.span);
        format!("{}:{} {error}", at.line, at.column)
    };
    errors.iter().map(shown).collect()
}

#[test]
fn what_cannot_be_bounded_or_would_be_passed_over_is_refused() {
    let names = "id: n, entity: N, names: [pin], examples: ['{\"pin\":\"1\"}']";
    let find = "find: [{in: any, detect: [n]}]";
    for (detector, rule, expected) in [
        (
            "id: n, entity: N, pattern: 'a+', examples: [a]",
            find,
            "3:41 the pattern has no longest match (write `{n,m}`",
        ),
        ("id: n, entity: N, pattern: 'a?', examples: [a]", find, "3:41 the pattern matches the empty text"),
        (
            "id: n, entity: N, pattern: 'a{4000}', keywords: {any: [b], within: 200}, examples: [a]",
            find,
            "detector `n` needs 4201 bytes of look-ahead (match 4000, keywords 200 + 1), hold_back is 4096",
        ),
        ("id: n, entity: N, pattern: 'ab', examples: [ac]", find, "detector `n` does not find its example `ac`"),
        (names, "find: [{in: field, name: [x], detect: [n]}]", "`n` finds values by names of its own"),
        (names, "find: [{in: json, path: $.x, detect: [N]}]", "`N` finds values by names of its own"),
        (
            names,
            "find: [{in: any, detect: [n]}], except: [{detect: N, values: [x], reason: y, until: 2030-01-01}]",
            "exceptions do not hold for detector `n`, which goes by names",
        ),
    ] {
        let errors = errors(detector, rule);
        assert!(errors.iter().any(|error| error.contains(expected)), "{expected}\nis not among {errors:#?}");
    }
    assert_eq!(errors(names, find), [""; 0], "and the same without a mistake compiles");
}

#[test]
fn more_narrowed_finds_than_are_followed_are_refused() {
    let finds = |count: usize| {
        let find = |at| format!("{{in: json, path: $.m{at}, detect: [N]}}");
        format!("find: [{}]", (0..count).map(find).collect::<Vec<_>>().join(", "))
    };
    let detector = "id: n, entity: N, pattern: 'ab', examples: [ab]";
    assert_eq!(errors(detector, &finds(64)), [""; 0]);
    let errors = errors(detector, &finds(65));
    assert!(errors.len() == 1 && errors[0].contains("65 finds of content with names or a path"), "{errors:?}");
}
