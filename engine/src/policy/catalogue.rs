//! The detectors and packs that ship with Inkseal, parsed.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostic;
use super::model::{Detector, Include, Rule};
use super::parse::{self, Findings};
use super::resolve::check_include;
use super::rules::{Vocabulary, check_rules};
use super::sources::Sources;
use super::span::Spanned;
use super::yaml::{self, Node};

/// Detectors and packs by name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Every detector, in the order of the files.
    pub detectors: Vec<Detector>,
    /// Every pack, in the order of the files.
    pub packs: Vec<Pack>,
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
