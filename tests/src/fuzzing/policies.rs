//! Policies as text: every error has its place, and what compiles loads and runs.

use std::rc::Rc;

use inkseal_engine::compile::{Options, compile};
use inkseal_engine::exchange::{Attributes, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::model::Pattern;
use inkseal_engine::policy::{Catalogue, Diagnostic, Resolved, Severity, Sources, resolve};

use super::ready::NOW_MS;

/// A catalogue small enough to be compiled again and again.
const DETECTORS: &str = r#"
version: inkseal/v1
detectors:
  - {id: key, entity: KEY, source: s, description: d, severity: low, category: secret/ai, pattern: 'k_[A-C]', examples: [k_A, k_B], counter_examples: [k, k_D]}
  - {id: mail, entity: EMAIL_ADDRESS, source: s, description: d, severity: low, category: secret/ai, pattern: 'a@b', examples: [a@b, a@b.c], counter_examples: [a, b]}
  - {id: named, entity: SECRET, source: s, description: d, severity: low, category: secret/ai, names: ['*key'], examples: ['{"key":"A"}', '{"a_key":1}'], counter_examples: ['{"a":"A"}', '{"keys":"A"}']}
"#;
const PACKS: &[(&str, &str)] = &[
    (
        "keys",
        "{version: inkseal/v1, name: keys, description: d, rules: [{id: keys.a, find: {in: any, detect: [KEY, SECRET]}}]}",
    ),
    (
        "all",
        "{version: inkseal/v1, name: all, description: d, include: [keys], rules: [{id: all.a, find: {in: any, detect: EMAIL_ADDRESS}}]}",
    ),
];

thread_local! {
    static SHIPPED: (Sources, Catalogue) = {
        let mut sources = Sources::new();
        let catalogue = Catalogue::parse(&mut sources, &[("detectors", DETECTORS)], PACKS);
        (sources, catalogue.unwrap_or_else(|errors| panic!("{errors:?}")))
    };
}

pub(super) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    SHIPPED.with(|(sources, catalogue)| {
        let mut sources = sources.clone();
        let file = sources.add("policy.yaml", text);
        let resolved = match resolve(&sources, file, catalogue) {
            Ok(resolved) => resolved,
            Err(errors) => return refused(&sources, &errors),
        };
        placed(&sources, &resolved.warnings);
        if !cheap(&resolved) {
            return;
        }
        match compile(&sources, file, catalogue, &Options::default()) {
            Ok(plan) => {
                placed(&sources, &plan.warnings);
                let loaded = Plan::load(plan.json.as_bytes());
                carry(loaded.unwrap_or_else(|error| panic!("a compiled plan does not load: {error}\n{text}")));
            }
            Err(errors) => refused(&sources, &errors),
        }
    });
}

/// An automaton may take seconds to be found too large; patterns that might are not tried here.
fn cheap(resolved: &Resolved) -> bool {
    let patterns = resolved.detectors.iter().filter_map(|detector| match &detector.pattern {
        Pattern::Regex { source, .. } => Some(&source.value),
        Pattern::Names { .. } => None,
    });
    let small = |pattern: &String| {
        let numbers = pattern.split(|digit: char| !digit.is_ascii_digit());
        pattern.len() <= 64
            && pattern.matches(['{', '*', '+']).count() <= 2
            && numbers.into_iter().all(|it| it.len() < 3)
    };
    resolved.policy.detectors.len() <= 4 && patterns.into_iter().all(small)
}

/// Errors say what is wrong, and where.
fn refused(sources: &Sources, errors: &[Diagnostic]) {
    assert!(errors.iter().any(|error| error.severity == Severity::Error), "refused without an error");
    placed(sources, errors);
}

fn placed(sources: &Sources, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        let span = diagnostic.span;
        let text = sources.text(span.file);
        assert!(
            span.file < sources.len() && text.get(span.start..span.end).is_some(),
            "{span:?} is not in the file of {} bytes: {diagnostic:?}",
            text.len()
        );
        assert!(!diagnostic.message.is_empty() && !diagnostic.to_string().contains('\n'), "{diagnostic:?}");
        sources.position(span);
        sources.first_line(span);
    }
}

fn carry(plan: Plan) {
    let mut exchange = Transaction::new(Rc::new(plan), None, NOW_MS);
    let mut request: Headers = vec![(b":path".to_vec(), b"/a?key=k_A".to_vec()), (b"key".to_vec(), b"k_B".to_vec())];
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let mut response: Headers = vec![(b"content-type".to_vec(), b"application/json".to_vec())];
    exchange.response_headers(&mut response, false);
    let mut out = Vec::new();
    for piece in br#"{"a":["k_A a@b",1,{"key":"b"}],"b":{"c":"aaa 000 a@b"}}"#.chunks(7) {
        exchange.response_body(piece, false, &mut out);
    }
    exchange.response_body(b"", true, &mut out);
    exchange.summary();
}
