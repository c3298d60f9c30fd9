//! Rules: words to detectors, exceptions to detector instances, names to globs.

use std::collections::BTreeMap;

use crate::body::json::MAX_STEPS;
use crate::plan::bounds;
use crate::plan::model::{self, What};
use crate::policy::model::{Apply, Detector, Direction, Exception, Find, Mode, Pattern, Rule};
use crate::policy::{Diagnostic, Resolved, Spanned};
use crate::surface::MAX_NARROWS;

/// The plan's detector instances: one for each detector and set of exceptions that rules use.
pub(super) struct Table<'a> {
    compiled: &'a BTreeMap<&'a str, model::Detector>,
    instances: Vec<model::Detector>,
}

impl<'a> Table<'a> {
    pub(super) fn new(compiled: &'a BTreeMap<&'a str, model::Detector>) -> Self {
        Self { compiled, instances: Vec::new() }
    }

    /// The index of a detector with these exceptions; `None` when it did not compile.
    fn index(&mut self, id: &str, exceptions: &[model::Exception]) -> Option<u32> {
        let known = self.instances.iter().position(|it| it.id == id && it.exceptions == exceptions);
        let at = match known {
            Some(at) => at,
            None => {
                let mut instance = self.compiled.get(id)?.clone();
                instance.exceptions = exceptions.to_vec();
                self.instances.push(instance);
                self.instances.len() - 1
            }
        };
        u32::try_from(at).ok()
    }

    /// Adds the detectors that no rule uses: events are read by every one of them.
    pub(super) fn add_rest(&mut self) {
        let ids: Vec<&str> = self.compiled.keys().copied().collect();
        for id in ids {
            if !self.instances.iter().any(|it| it.id == id && it.exceptions.is_empty()) {
                self.index(id, &[]);
            }
        }
    }

    pub(super) fn finish(self) -> Vec<model::Detector> {
        self.instances
    }
}

/// The plan's form of a rule.
pub(super) fn compile(
    rule: &Rule,
    resolved: &Resolved,
    table: &mut Table<'_>,
    problems: &mut Vec<Diagnostic>,
) -> model::Rule {
    let policy = &resolved.policy;
    let finds = rule.find.iter().flat_map(|find| finds(rule, find, resolved, table, problems)).collect();
    model::Rule {
        id: rule.id.value.clone(),
        mode: rule.mode.unwrap_or(Mode::Enforce).min(policy.mode),
        direction: rule.matches.direction.unwrap_or(Direction::Any),
        host: rule.matches.host.clone(),
        path: rule.matches.path.clone(),
        method: rule.matches.method.iter().map(|method| method.to_ascii_uppercase()).collect(),
        content_type: rule.matches.content_type.clone(),
        route: rule.matches.route.clone(),
        reroute: rule.reroute,
        finds,
    }
}

/// Refuses more narrowed finds than are followed, at the rule with which there are too many.
pub(super) fn check_narrowed(rules: &[model::Rule], resolved: &Resolved, problems: &mut Vec<Diagnostic>) {
    let mut all = 0;
    let mut first = None;
    for (rule, written) in rules.iter().zip(&resolved.rules) {
        all += bounds::narrowed(rule.finds.iter());
        first = first.or((all > MAX_NARROWS).then_some(written));
    }
    if let Some(rule) = first {
        let message =
            format!("there are {all} finds of content with names or a path, at most {MAX_NARROWS} are followed");
        let hint = "give one find several `name`s, or look for the content everywhere";
        problems.push(Diagnostic::error(rule.id.span, message).hint(hint));
    }
}

/// One find: its content detectors together, and a named find for each detector by names.
fn finds(
    rule: &Rule,
    find: &Find,
    resolved: &Resolved,
    table: &mut Table<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<model::Find> {
    let path = find.path.as_ref().map(|path| path.value.clone());
    if let Some(path) = find.path.as_ref().filter(|path| path.value.steps.len() > MAX_STEPS) {
        problems.push(Diagnostic::error(path.span, format!("a path has at most {MAX_STEPS} steps")));
    }
    let names: Vec<String> = find.names.iter().map(|name| name.value.clone()).collect();
    let built = |what| model::Find {
        place: find.place.value,
        what,
        action: find.action.value.clone(),
        changes: changes(rule, find),
    };
    if find.detect.is_empty() {
        let entity = find.entity.clone().unwrap_or_else(|| "FIELD".into());
        return vec![built(What::Named {
            names,
            except: Vec::new(),
            path,
            entity,
            detector: String::new(),
            scalars: false,
        })];
    }
    let mut detect = Vec::new();
    let mut all = Vec::new();
    for word in &find.detect {
        let mut known = resolved.detectors_named(&word.value).peekable();
        if known.peek().is_none() {
            problems.push(Diagnostic::error(
                word.span,
                format!("no detector, entity or category is called `{}`", word.value),
            ));
        }
        let by_pattern = |it: &Detector| matches!(it.pattern, Pattern::Regex { .. });
        let looks_inside = word.value.contains('/') || resolved.detectors_named(&word.value).any(by_pattern);
        for detector in known {
            match &detector.pattern {
                // Of an entity or a category only what fits the find.
                Pattern::Names { .. } if narrowed(find) && looks_inside => {}
                Pattern::Names { any, except } => {
                    check_by_names(rule, find, word, detector, problems);
                    all.push(built(What::Named {
                        names: any.iter().map(|name| name.value.clone()).collect(),
                        except: except.iter().map(|name| name.value.clone()).collect(),
                        path: None,
                        entity: detector.entity.clone(),
                        detector: detector.id.value.clone(),
                        scalars: true,
                    }));
                }
                Pattern::Regex { .. } => {
                    let index = table.index(&detector.id.value, &exceptions(rule, detector));
                    detect.extend(index.filter(|index| !detect.contains(index)));
                }
            }
        }
    }
    if !detect.is_empty() {
        all.push(built(What::Content { detect, names, path, streams: find.streams.clone() }));
    }
    all
}

/// Whether a find looks into some values only, which detectors by names do not.
fn narrowed(find: &Find) -> bool {
    !find.streams.is_empty() || !find.names.is_empty() || find.path.is_some()
}

/// Refuses what a detector by names would pass over in silence.
fn check_by_names(
    rule: &Rule,
    find: &Find,
    word: &Spanned<String>,
    detector: &Detector,
    problems: &mut Vec<Diagnostic>,
) {
    let id = &detector.id.value;
    if !find.streams.is_empty() {
        let message = format!("`{}` finds values by names, not in streamed text (detector `{id}`)", word.value);
        let hint = "give it a find of its own without `stream_text`";
        problems.push(Diagnostic::error(word.span, message).hint(hint));
    }
    if !find.names.is_empty() || find.path.is_some() {
        let message = format!("`{}` finds values by names of its own (detector `{id}`)", word.value);
        let hint = "leave out `name` and `path`, or leave out `detect` to take the value whatever it is";
        problems.push(Diagnostic::error(word.span, message).hint(hint));
    }
    let excepted = |it: &&Exception| detector.is_called(&it.detect.value);
    if let Some(exception) = rule.except.iter().find(excepted) {
        let message = format!("exceptions do not hold for detector `{id}`, which goes by names");
        let hint = "add the name to the detector's `except_names`, or write the find with the names that it shall take";
        problems.push(Diagnostic::error(exception.detect.span, message).hint(hint));
    }
}

fn changes(rule: &Rule, find: &Find) -> Option<Direction> {
    match find.apply {
        Some(Apply::Logs) => None,
        Some(Apply::Traffic) => Some(Direction::Any),
        None => Some(rule.traffic),
    }
}

/// The rule's exceptions for a detector, by its id or entity.
fn exceptions(rule: &Rule, detector: &Detector) -> Vec<model::Exception> {
    let applies = |it: &&Exception| detector.is_called(&it.detect.value);
    rule.except
        .iter()
        .filter(applies)
        .map(|it| model::Exception { values: it.values.clone(), until_ms: it.until_ms })
        .collect()
}
