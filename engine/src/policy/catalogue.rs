//! The detectors and packs that ship with Inkseal, parsed.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::diagnostic::Diagnostic;
use super::model::{Detector, Include, Rule};
use super::parse::{self, Findings};
use super::resolve::check_include;
use super::rules::{Vocabulary, check_rules};
use super::sources::Sources;
use super::span::Spanned;
use super::yaml::{self, Node, Value};
use crate::plan::model;

/// Detectors and packs by name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Every detector, in the order of the files.
    pub detectors: Vec<Detector>,
    /// Every pack, in the order of the files.
    pub packs: Vec<Pack>,
    /// The detectors' automata, built once and used by every policy that is compiled with this catalogue.
    pub(crate) built: Arc<OnceLock<Vec<Built>>>,
}

/// What becomes of a detector whatever the policy: its plan if it has a pattern that makes one, and what is wrong.
#[derive(Clone)]
pub(crate) struct Built {
    pub(crate) plan: Option<model::Detector>,
    /// What it is made of.
    pub(crate) pack: crate::compile::Pack,
    pub(crate) problems: Vec<Diagnostic>,
}

impl std::fmt::Debug for Built {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Built").field("problems", &self.problems).finish_non_exhaustive()
    }
}

/// Rules under a name.
#[derive(Clone, Debug)]
pub struct Pack {
    /// `name`.
    pub name: Spanned<String>,
    /// `description`: one line for people.
    pub description: String,
    /// `include`: packs whose rules follow its own.
    pub include: Vec<Include>,
    /// `rules`; their ids start with the pack's name and a dot.
    pub rules: Vec<Rule>,
}

impl Catalogue {
    /// Reads the files, given as (name, text), and adds them to `sources`.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn parse(
        sources: &mut Sources,
        detectors: &[(&str, &str)],
        packs: &[(&str, &str)],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut findings = Findings::default();
        let mut catalogue = Self::default();
        for node in documents(sources, detectors, &mut findings) {
            catalogue.detectors.extend(parse::detector_file(&node, &mut findings));
        }
        for node in documents(sources, packs, &mut findings) {
            catalogue.packs.extend(parse::pack_file(&node, &mut findings));
        }
        catalogue.check(&mut findings);
        findings.finish().map(|_| catalogue)
    }

    /// Reads file `file` as one of detectors; `None` if it is something else, such as a policy.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of_detectors(sources: &Sources, file: usize) -> Option<Result<Self, Vec<Diagnostic>>> {
        let node = yaml::parse(sources, file).ok()?;
        let Value::Map(entries) = &node.value else { return None };
        let has = |key: &str| entries.iter().any(|(name, _)| name.value == key);
        if !has("detectors") || has("name") || has("rules") {
            return None;
        }
        let mut findings = Findings::default();
        let catalogue = Self { detectors: parse::detector_file(&node, &mut findings), ..Self::default() };
        catalogue.check(&mut findings);
        Some(findings.finish().map(|_| catalogue))
    }

    /// What no file can tell alone: ids are unique, and every name leads somewhere.
    fn check(&self, findings: &mut Findings) {
        let mut seen = BTreeMap::new();
        for id in self.detectors.iter().map(|detector| &detector.id) {
            if seen.insert(&id.value, id.span).is_some() {
                findings.error(id.span, format!("there is a detector `{}` already", id.value));
            }
        }
        let vocabulary = Vocabulary::of(&self.detectors, self);
        for (at, pack) in self.packs.iter().enumerate() {
            if self.packs.iter().take(at).any(|earlier| earlier.name.value == pack.name.value) {
                findings.error(pack.name.span, format!("there is a pack `{}` already", pack.name.value));
            }
            check_rules(&pack.rules, &vocabulary, findings);
            for include in &pack.include {
                check_include(include, self, findings);
            }
        }
    }

    /// The pack of that name.
    pub fn pack(&self, name: &str) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.name.value == name)
    }

    /// The detector of that id.
    pub fn detector(&self, id: &str) -> Option<&Detector> {
        self.detectors.iter().find(|detector| detector.id.value == id)
    }
}

fn documents(sources: &mut Sources, files: &[(&str, &str)], findings: &mut Findings) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (name, text) in files {
        let file = sources.add(*name, *text);
        match yaml::parse(sources, file) {
            Ok(node) => nodes.push(node),
            Err(errors) => findings.extend(errors),
        }
    }
    nodes
}
