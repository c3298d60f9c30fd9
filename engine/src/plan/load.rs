//! From text to a plan. What is long is read where it stands and unpacked piece by piece, and the text can go before what
//! is looked for is put together: a VM never gives memory back, so the most that loading holds is what it costs for good.

use std::collections::BTreeSet;
use std::io::BufRead as _;
use std::rc::Rc;

use serde::Deserialize as _;
use serde::de::value::MapDeserializer;

use super::digest::{self, MEMBER, Members};
use super::{Audit, Glob, Meta, Names, Plan, PlanError, Rule, Settings, Style};
use super::{bounds, look_behind, model, packed, scrub, surfaces};
use crate::coding::Pool;
use crate::policy::model::Limits;
use crate::scan::{Automata, BucketsError, Detector, Library, Patterns, Search};

/// What a text holds, read and checked, but for what is looked for.
struct Parts {
    meta: Meta,
    audit: Audit,
    limits: Limits,
    patterns: Rc<Patterns>,
    buckets: model::Buckets,
    detectors: Vec<Detector>,
    rules: Vec<model::Rule>,
    settings: Settings,
    digest: String,
}

impl Plan {
    /// Loads a plan from the JSON that `inkseal compile` wrote.
    ///
    /// # Errors
    /// See [`PlanError`]; nothing is half-loaded.
    pub fn load(json: &[u8]) -> Result<Self, PlanError> {
        Self::load_sharing(json, &mut Library::default())
    }

    /// As [`Self::load`], with the automata of plans that the library knows: those of the catalogue are most of a plan.
    /// A text that is given away is freed once it has been read.
    ///
    /// # Errors
    /// See [`PlanError`]; nothing is half-loaded.
    pub fn load_sharing(json: impl AsRef<[u8]>, library: &mut Library) -> Result<Self, PlanError> {
        let parts = Parts::read(json.as_ref(), library)?;
        drop(json);
        parts.plan()
    }
}

impl Parts {
    fn read(json: &[u8], library: &mut Library) -> Result<Self, PlanError> {
        let json = str::from_utf8(json).map_err(|error| PlanError::Malformed(error.to_string()))?;
        let members: Members<'_> = serde_json::from_str(json).map_err(malformed)?;
        let digest = checked(&members)?;
        let members = members.iter().map(|(name, member)| (name.as_str(), *member));
        let document = model::Document::deserialize(MapDeserializer::new(members)).map_err(malformed)?;
        bounds::check(&document)?;
        let wrong = |error: &dyn std::fmt::Display| PlanError::Detector("*".into(), error.to_string());
        let (patterns, buckets) = patterns(&document.patterns)?;
        let automata = Automata::unpack(&document.automata, library).map_err(|error| wrong(&error))?;
        let detectors = detectors(&document.detectors, &automata, &patterns)?;
        for rule in &document.rules {
            if detectors_of(rule).any(|detector| detector >= detectors.len()) {
                return Err(PlanError::Dangling(rule.id.clone()));
            }
        }
        Ok(Self {
            meta: document.meta,
            audit: document.audit,
            limits: document.limits,
            patterns: Rc::new(patterns),
            buckets,
            detectors,
            rules: document.rules,
            settings: Settings {
                on_limit: document.on_limit,
                on_uninspectable: document.on_uninspectable,
                opaque: document.opaque.iter().map(|glob| Glob::new(glob, Style::Name)).collect(),
                ranges: document.ranges,
            },
            digest,
        })
    }

    fn plan(self) -> Result<Plan, PlanError> {
        let Self { meta, audit, limits, patterns, buckets, detectors, rules, settings, digest } = self;
        let used = used(&rules);
        let wrong = |error: BucketsError| PlanError::Malformed(error.to_string());
        let all = Search::new(&detectors, &patterns, &buckets).map_err(wrong)?;
        let search = all.narrowed(&detectors, &|detector| used.contains(&detector), &buckets.used).map_err(wrong)?;
        let mut names = Names::default();
        let rules = rules.into_iter().map(|rule| Rule::new(rule, &mut names)).collect();
        Ok(Plan {
            meta,
            audit,
            limits,
            search,
            scrubber: scrub::Scrubber::new(all, detectors.len()),
            look_behind: look_behind(&detectors),
            detectors,
            rules,
            names,
            decoders: Pool::default(),
            surfaces: surfaces::Surfaces::default(),
            settings,
            digest,
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn malformed(error: serde_json::Error) -> PlanError {
    PlanError::Malformed(error.to_string())
}

/// The digest of a document whose format is known, and whose digest fits its content.
fn checked(members: &Members<'_>) -> Result<String, PlanError> {
    let format = members.get("format").ok_or_else(|| PlanError::Malformed("the member `format` is missing".into()))?;
    let format = serde_json::from_str(format.get()).unwrap_or(0);
    if format != u64::from(model::FORMAT) {
        return Err(PlanError::Format(format));
    }
    let digest = digest::of_text(members).map_err(malformed)?;
    let stated = members.get(MEMBER).and_then(|member| serde_json::from_str::<String>(member.get()).ok());
    if stated.as_ref() == Some(&digest) { Ok(digest) } else { Err(PlanError::Digest) }
}

/// What detectors look for, and which windows share a bucket.
fn patterns(text: &str) -> Result<(Patterns, model::Buckets), PlanError> {
    if text.is_empty() {
        return Ok(Default::default());
    }
    let json = packed::unpack(text).map_err(PlanError::Malformed)?;
    let json = String::from_utf8(json).map_err(|error| PlanError::Malformed(error.to_string()))?;
    let patterns: model::Patterns = serde_json::from_str(&json).map_err(malformed)?;
    drop(json);
    let loaded = Patterns::load(&patterns).map_err(PlanError::Malformed)?;
    Ok((loaded, patterns.buckets))
}

/// All detectors, one after another.
fn detectors(text: &str, automata: &Automata, patterns: &Patterns) -> Result<Vec<Detector>, PlanError> {
    let (mut detectors, mut line) = (Vec::new(), String::new());
    if text.is_empty() {
        return Ok(detectors);
    }
    let mut lines = packed::open(text).map_err(PlanError::Malformed)?;
    while lines.read_line(&mut line).map_err(|error| PlanError::Malformed(error.to_string()))? > 0 {
        let plan: model::Detector = serde_json::from_str(&line).map_err(malformed)?;
        let id = plan.id.clone();
        let loaded = Detector::load(plan, automata, patterns);
        detectors.push(loaded.map_err(|error| PlanError::Detector(id, error.to_string()))?);
        line.clear();
    }
    detectors.shrink_to_fit();
    Ok(detectors)
}

/// The detectors that rules use, by their indices.
pub(crate) fn used(rules: &[model::Rule]) -> BTreeSet<usize> {
    rules.iter().flat_map(detectors_of).collect()
}

fn detectors_of(rule: &model::Rule) -> impl Iterator<Item = usize> {
    let detectors = rule.finds.iter().map(|find| match &find.what {
        model::What::Content { detect, .. } => detect.as_slice(),
        model::What::Named { .. } => &[],
    });
    detectors.flatten().map(|&detector| detector as usize)
}
