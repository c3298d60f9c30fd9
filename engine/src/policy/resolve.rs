//! A policy together with what it names: packs spread out, detectors found.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::catalogue::{Built, Catalogue, Pack};
use super::diagnostic::Diagnostic;
use super::model::{Apply, Detector, Direction, Include, Policy, Rule};
use super::parse::{self, Findings};
use super::rules::{Vocabulary, check_rules};
use super::sources::Sources;
use super::span::Spanned;
use super::{suggest, yaml};

/// A policy with everything it refers to.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The policy as written; its own rules and detectors are in here too.
    pub policy: Policy,
    /// Its own rules, then the included packs', with the overrides of the include entries applied.
    pub rules: Vec<Rule>,
    /// Its own detectors, then the catalogue's; ids are unique.
    pub detectors: Vec<Detector>,
    /// What is built of the catalogue's, in its order.
    pub(crate) built: Arc<OnceLock<Vec<Built>>>,
    /// What is suspicious but allowed.
    pub warnings: Vec<Diagnostic>,
}

impl Resolved {
    /// Its own detectors, and the catalogue's.
    pub(crate) fn own_and_shipped(&self) -> (&[Detector], &[Detector]) {
        self.detectors.split_at_checked(self.policy.detectors.len()).unwrap_or((&self.detectors, &[]))
    }

    /// The detectors that a word in `detect` stands for: the one with that id, or all of that entity or category.
    pub fn detectors_named<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Detector> {
        self.detectors.iter().filter(move |detector| detector.is_called(word))
    }
}

/// Reads policy `file` and resolves it against the catalogue.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn resolve(sources: &Sources, file: usize, catalogue: &Catalogue) -> Result<Resolved, Vec<Diagnostic>> {
    let mut findings = Findings::default();
    let node = yaml::parse(sources, file)?;
    let Some(policy) = parse::policy_file(&node, &mut findings) else {
        return Err(findings.finish().unwrap_or_else(|errors| errors));
    };
    for id in policy.detectors.iter().map(|detector| &detector.id) {
        if catalogue.detector(id).is_some() {
            let hint = "prefix it, as in `shop.session`";
            findings.error_hint(id.span, format!("a detector `{}` ships with Inkseal", id.value), hint);
        }
    }
    let detectors: Vec<Detector> = policy.detectors.iter().chain(&catalogue.detectors).cloned().collect();
    check_rules(&policy.rules, &Vocabulary::of(&detectors, catalogue), &mut findings);

    let mut rules = policy.rules.clone();
    let mut spread = Spread { catalogue, seen: BTreeSet::new(), rules: Vec::new() };
    for include in &policy.include {
        check_include(include, catalogue, &mut findings);
        if spread.seen.contains(&include.pack.value) {
            let message = format!("pack `{}` is included already", include.pack.value);
            findings.warning_hint(include.pack.span, message, "the first entry counts");
        }
        spread.include(include, &Overrides::default());
    }
    for rule in &spread.rules {
        if let Some(own) = rules.iter().find(|own| own.id.value == rule.id.value) {
            let message = format!("an included pack has a rule `{}`", own.id.value);
            findings.error_hint(own.id.span, message, "rename this one");
        }
    }
    rules.append(&mut spread.rules);
    let warnings = findings.finish()?;
    Ok(Resolved { policy, rules, detectors, built: Arc::clone(&catalogue.built), warnings })
}

/// Reports an include entry that names no pack.
pub(super) fn check_include(include: &Include, catalogue: &Catalogue, findings: &mut Findings) {
    let Spanned { value, span } = &include.pack;
    if catalogue.pack(value).is_none() {
        let hint = suggest::hint(value, catalogue.packs.iter().map(|pack| pack.name.value.as_str()));
        findings.error_hint(*span, format!("there is no pack `{value}`"), hint);
    }
}

/// What the entries on the way to a pack say about its rules; the outermost counts.
#[derive(Clone, Default)]
struct Overrides<'a> {
    entries: Vec<&'a Include>,
}

impl<'a> Overrides<'a> {
    fn first<T>(&self, get: impl Fn(&'a Include) -> Option<T>) -> Option<T> {
        self.entries.iter().find_map(|entry| get(entry))
    }

    fn apply(&self, rule: &Rule) -> Rule {
        let mut rule = rule.clone();
        rule.mode = self.first(|entry| entry.mode).or(rule.mode);
        rule.matches.direction = self.first(|entry| entry.direction).or(rule.matches.direction);
        // Upstreams need their callers' credentials and data: a pack changes requests only if it is told to.
        rule.traffic = Direction::Response;
        match self.first(|entry| entry.apply) {
            Some(Apply::Traffic) => rule.traffic = Direction::Any,
            Some(Apply::Logs) => rule.find.iter_mut().for_each(|find| find.apply = Some(Apply::Logs)),
            None => {}
        }
        if let Some(action) = self.first(|entry| entry.action.as_ref()) {
            rule.find.iter_mut().for_each(|find| find.action.value = action.clone());
        }
        rule
    }
}

/// Packs into rules; each pack once, which also ends a circle of packs.
struct Spread<'a> {
    catalogue: &'a Catalogue,
    seen: BTreeSet<String>,
    rules: Vec<Rule>,
}

impl<'a> Spread<'a> {
    fn include(&mut self, include: &'a Include, outer: &Overrides<'a>) {
        let catalogue: &'a Catalogue = self.catalogue;
        let Some(pack) = catalogue.pack(&include.pack) else { return };
        if !self.seen.insert(pack.name.value.clone()) {
            return;
        }
        let mut overrides = outer.clone();
        overrides.entries.push(include);
        self.pack(pack, &overrides);
    }

    fn pack(&mut self, pack: &'a Pack, overrides: &Overrides<'a>) {
        self.rules.extend(pack.rules.iter().map(|rule| overrides.apply(rule)));
        for include in &pack.include {
            self.include(include, overrides);
        }
    }
}
