//! A detector's examples: each must be found, no counter-example may be.

use std::rc::Rc;

use super::pack::Pack;
use crate::body::{Body, Format, Reading, Surfaces};
use crate::plan::{Names, Plan, model};
use crate::policy::model::{Detector, Pattern};
use crate::policy::{Diagnostic, Spanned};
use crate::redact::{Context, Effect, Lens, Matcher, Origin, Scope, Segment, Sink, Syntax, Tally, Use};
use crate::scan::Search;
use crate::surface::Surface;

/// Runs a detector with a pattern, alone, over its examples.
pub(super) fn check(detector: &Detector, compiled: &model::Detector, pack: &Pack, problems: &mut Vec<Diagnostic>) {
    // An example shows the value alone; the words that must stand near it are the traffic's.
    let alone = model::Detector { keywords: None, ..compiled.clone() };
    match (searcher(&alone, pack), searcher(compiled, pack)) {
        (Ok(alone), Ok(found)) => report(detector, &alone, &found, problems),
        (Err(why), _) | (_, Err(why)) => {
            let message = format!("detector `{}` does not load once compiled: {why}", detector.id.value);
            problems.push(Diagnostic::error(detector.id.span, message));
        }
    }
}

/// Runs a detector by names over its examples, which are JSON texts.
pub(super) fn check_names(detector: &Detector, problems: &mut Vec<Diagnostic>) {
    let Pattern::Names { any, except } = &detector.pattern else { return };
    let texts = |names: &[Spanned<String>]| names.iter().map(|name| name.value.clone()).collect::<Vec<_>>();
    let mut names = Names::default();
    let surface = Surface::of_names(names.add(&texts(any), &texts(except)));
    let plan = Plan::without_rules(Vec::new(), Search::default(), names);
    let surfaces = Rc::new(Surfaces::only(Rc::new(surface)));
    let found = |text: &str| {
        let reading = Reading {
            plan: &plan,
            surface: surfaces.own(),
            now_ms: None,
            clock_ms: 0,
            key: None,
            name: "",
            soon: false,
        };
        let (mut out, mut tally) = (Vec::new(), Tally::default());
        let mut body = Body::new(&Format::Json.into(), &surfaces, &reading);
        body.finish(&reading, text.as_bytes(), &mut out, &mut tally);
        tally.entries().next().is_some()
    };
    report(detector, &found, &found, problems);
}

/// Says which examples are not found, and which counter-examples are.
fn report(
    detector: &Detector,
    example_found: &dyn Fn(&str) -> bool,
    found: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Diagnostic>,
) {
    let id = &detector.id;
    if detector.examples.is_empty() {
        let message = format!("detector `{}` has no `examples`", id.value);
        problems.push(Diagnostic::error(id.span, message).hint("give at least one text that it must find"));
    }
    for example in detector.examples.iter().filter(|example| !example_found(&example.value)) {
        let message = format!("detector `{}` does not find its example `{}`", id.value, example.value);
        let hint = "check pattern, names, validators and entropy against the example";
        problems.push(Diagnostic::error(example.span, message).hint(hint));
    }
    for counter in detector.counter_examples.iter().filter(|counter| found(&counter.value)) {
        let message = format!("detector `{}` finds its counter-example `{}`", id.value, counter.value);
        let hint = "narrow the pattern, add a validator or keywords, or name what to leave alone in `except_names`";
        problems.push(Diagnostic::error(counter.span, message).hint(hint));
    }
}

/// Whether the detector finds anything in a text.
fn searcher(compiled: &model::Detector, pack: &Pack) -> Result<impl Fn(&str) -> bool, String> {
    let (detector, search) = pack.load(compiled)?;
    let plan = Plan::without_rules(vec![detector], search, Names::default());
    let mut lens = Lens::new(1);
    lens.add(0, Use { rule: usize::MAX, find: 0, effect: Effect::Change, narrow: None });
    Ok(move |text: &str| {
        let context = Context {
            plan: &plan,
            search: &plan.search,
            lens: &lens,
            now_ms: None,
            key: None,
            syntax: Syntax::Text,
            origin: &Origin::default,
            soon: false,
        };
        let (mut out, mut tally) = (Vec::new(), Tally::default());
        let mut sink = Sink { out: &mut out, tally: &mut tally, changed: false };
        let segment = Segment { scope: Scope::Member, ..Segment::default() };
        Matcher::default().whole(&context, segment, text.as_bytes(), &mut sink);
        sink.changed
    })
}
