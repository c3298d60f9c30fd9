//! A detector's examples: each must be found, no counter-example may be.

use crate::plan::{Glob, Style, model};
use crate::policy::Diagnostic;
use crate::policy::model::{Detector, Pattern};
use crate::redact::{Context, Effect, Encoding, Lens, Matcher, Origin, Scope, Segment, Sink, Tally, Use};
use crate::scan::Finder;

/// Runs the detector alone over its examples.
pub(super) fn check(detector: &Detector, compiled: &model::Detector, problems: &mut Vec<Diagnostic>) {
    if detector.examples.is_empty() {
        let message = format!("detector `{}` has no `examples`", detector.id.value);
        problems.push(Diagnostic::error(detector.id.span, message).hint("give at least one text that it must find"));
    }
    let Ok(found) = searcher(compiled) else {
        let message = format!("detector `{}` does not load once compiled", detector.id.value);
        return problems.push(Diagnostic::error(detector.id.span, message));
    };
    for example in detector.examples.iter().filter(|example| !found(&example.value)) {
        let message = format!("detector `{}` does not find its example `{}`", detector.id.value, example.value);
        problems.push(
            Diagnostic::error(example.span, message)
                .hint("check pattern, validators, keywords and entropy against the example"),
        );
    }
    for counter in detector.counter_examples.iter().filter(|counter| found(&counter.value)) {
        let message = format!("detector `{}` finds its counter-example `{}`", detector.id.value, counter.value);
        problems
            .push(Diagnostic::error(counter.span, message).hint("narrow the pattern, or add a validator or keywords"));
    }
}

/// Checks the examples of a detector by names: an example is a name, or a name and a value as `name: value`.
pub(super) fn check_names(detector: &Detector, problems: &mut Vec<Diagnostic>) {
    let Pattern::Names { any, except } = &detector.pattern else { return };
    let globs = |names: &[crate::policy::Spanned<String>]| -> Vec<Glob> {
        names.iter().map(|name| Glob::new(&name.value, Style::Name)).collect()
    };
    let (any, except) = (globs(any), globs(except));
    let found = |example: &str| {
        let (name, value) = example.split_once(':').map_or((example, None), |(name, value)| (name, Some(value.trim())));
        let name = name.trim().trim_matches('"').as_bytes();
        let empty = matches!(value, Some("" | "\"\"" | "null" | "true" | "false"));
        !empty && any.iter().any(|glob| glob.matches(name)) && !except.iter().any(|glob| glob.matches(name))
    };
    if detector.examples.is_empty() {
        let message = format!("detector `{}` has no `examples`", detector.id.value);
        problems.push(Diagnostic::error(detector.id.span, message).hint("give at least one name that it must find"));
    }
    for example in detector.examples.iter().filter(|example| !found(&example.value)) {
        let message = format!("detector `{}` does not find its example `{}`", detector.id.value, example.value);
        problems.push(Diagnostic::error(example.span, message).hint("write examples as `name` or `name: value`"));
    }
    for counter in detector.counter_examples.iter().filter(|counter| found(&counter.value)) {
        let message = format!("detector `{}` finds its counter-example `{}`", detector.id.value, counter.value);
        problems.push(Diagnostic::error(counter.span, message).hint("add the name to `except_names`"));
    }
}

/// Whether the detector finds anything in a text.
fn searcher(compiled: &model::Detector) -> Result<impl Fn(&str) -> bool, String> {
    let (detector, windows) = crate::scan::Detector::load(compiled).map_err(|error| error.to_string())?;
    let plan = crate::plan::Plan::of_one(detector, vec![windows.clone()]);
    let finder = Finder::new(&[windows]);
    let mut lens = Lens::new(1);
    lens.add(0, Use { rule: usize::MAX, find: 0, effect: Effect::Change, narrow: None });
    Ok(move |text: &str| {
        let context = Context {
            plan: &plan,
            finder: &finder,
            lens: &lens,
            now_ms: None,
            key: None,
            encoding: Encoding::Plain,
            origin: &Origin::default,
        };
        let (mut out, mut tally) = (Vec::new(), Tally::default());
        let mut sink = Sink { out: &mut out, tally: &mut tally, changed: false };
        let segment = Segment { scope: Scope::Member, ..Segment::default() };
        Matcher::default().whole(&context, segment, text.as_bytes(), &mut sink);
        sink.changed
    })
}
