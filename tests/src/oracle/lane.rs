//! One policy on both sides: the engine's plan and the oracle's reading of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use inkseal::exchange::{keys, policy};
use inkseal_engine::compile::{Options, compile};
use inkseal_engine::exchange::{Attributes, Finding, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Resolved, Sources, resolve};
use inkseal_engine::pseudonym::PseudonymKey;

use super::detector::Patterns;
use super::{Key, Oracle, Outcome};

/// When bodies are redacted: 2026-01-01, in milliseconds since the epoch.
pub const NOW_MS: u64 = 1_767_225_600_000;

/// A policy, compiled for the engine and read by the oracle.
pub struct Lane {
    /// The compiled plan's text.
    pub json: String,
    plan: Rc<Plan>,
    key: Rc<PseudonymKey>,
    resolved: Resolved,
    hold_back: usize,
    patterns: RefCell<Patterns>,
    oracles: RefCell<BTreeMap<String, Rc<Oracle>>>,
}

impl Lane {
    /// Compiles a policy, with the shipped detectors and packs or, if `alone`, without. A `hold_back` above 0 replaces
    /// the policy's, in bytes, and may be smaller than a policy's.
    ///
    /// # Errors
    /// The policy does not compile.
    pub fn new(text: &str, alone: bool, hold_back: u32) -> anyhow::Result<Self> {
        let mut sources = Sources::new();
        let shipped = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
        let shipped = shipped.map_err(|errors| anyhow::Error::msg(policy::lines(&sources, &errors)))?;
        let catalogue = if alone { Catalogue::default() } else { shipped };
        let file = sources.add("policy", text);
        let said = |errors: Vec<_>| anyhow::Error::msg(policy::lines(&sources, &errors));
        let resolved = resolve(&sources, file, &catalogue).map_err(said)?;
        let json = compile(&sources, file, &catalogue, &Options::default()).map_err(said)?.json;
        let json = if hold_back > 0 { with_hold_back(&json, hold_back)? } else { json };
        let key = keys::keyring().pseudonym_entry(NOW_MS).and_then(|entry| PseudonymKey::parse(&entry).ok());
        let hold_back = if hold_back > 0 { hold_back } else { resolved.policy.limits.hold_back };
        Ok(Self {
            plan: Rc::new(Plan::load(json.as_bytes())?),
            json,
            key: Rc::new(key.ok_or_else(|| anyhow::Error::msg("the test keyring has no pseudonym key"))?),
            resolved,
            hold_back: usize::try_from(hold_back)?,
            patterns: RefCell::default(),
            oracles: RefCell::default(),
        })
    }

    /// A response body through the engine, in the pieces given.
    pub fn engine<'a>(&self, media_type: &str, pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
        let mut exchange = Transaction::new(Rc::clone(&self.plan), Some(Rc::clone(&self.key)), NOW_MS);
        let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
        exchange.request_headers(&mut request, &Attributes::default(), true);
        let mut headers: Headers =
            vec![(b":status".to_vec(), b"200".to_vec()), (b"content-type".to_vec(), media_type.into())];
        exchange.response_headers(&mut headers, false);
        let mut bytes = Vec::new();
        for piece in pieces {
            exchange.response_body(piece, false, &mut bytes);
        }
        let (held, left) = (exchange.response_holding(), bytes.len());
        exchange.response_body(b"", true, &mut bytes);
        // A proxy lets trailers overtake a body that says it holds nothing.
        assert!(
            held || bytes.len() == left,
            "{media_type}: {:?} came from a body that held nothing",
            bytes.get(left..)
        );
        let summary = exchange.summary();
        let count = |findings| counts(findings, "response.body");
        Outcome { bytes, findings: count(&summary.findings), shadow: count(&summary.shadow) }
    }

    /// A response's header through the engine: its values, which are one or none, and what was found.
    pub fn engine_header(&self, name: &[u8], value: &[u8]) -> (Option<Vec<u8>>, Outcome) {
        let mut exchange = Transaction::new(Rc::clone(&self.plan), Some(Rc::clone(&self.key)), NOW_MS);
        let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
        exchange.request_headers(&mut request, &Attributes::default(), true);
        let mut headers: Headers = vec![(b":status".to_vec(), b"200".to_vec()), (name.to_vec(), value.to_vec())];
        exchange.response_headers(&mut headers, true);
        let left = headers.into_iter().find_map(|(its, value)| (its == name).then_some(value));
        let summary = exchange.summary();
        let count = |findings| counts(findings, "response.header");
        (left, Outcome { bytes: Vec::new(), findings: count(&summary.findings), shadow: count(&summary.shadow) })
    }

    /// The same header through the oracle.
    pub fn oracle_header(&self, name: &[u8], value: &[u8]) -> (Option<Vec<u8>>, Outcome) {
        super::header::redact(&self.reading(""), name, value, NOW_MS)
    }

    /// The same body through the oracle.
    pub fn oracle(&self, media_type: &str, body: &[u8]) -> Outcome {
        self.reading(media_type).body(media_type, body, NOW_MS)
    }

    /// Whether the oracle knows what becomes of a body: see the docs of its readers for what they leave out.
    pub fn covers(&self, media_type: &str, body: &[u8]) -> bool {
        self.reading(media_type).covers(media_type, body)
    }

    /// Whether a detector's matches depend on what stands beside them.
    pub fn looks_around(&self, media_type: &str, detector: &str) -> bool {
        self.reading(media_type).looks_around(detector)
    }

    fn reading(&self, media_type: &str) -> Rc<Oracle> {
        let mut oracles = self.oracles.borrow_mut();
        let oracle = oracles.entry(media_type.to_owned()).or_insert_with(|| {
            let patterns = &mut self.patterns.borrow_mut();
            Rc::new(Oracle::new(&self.resolved, patterns, media_type, self.hold_back, Rc::clone(&self.key)))
        });
        Rc::clone(oracle)
    }
}

/// A plan with another hold-back and a digest that fits.
fn with_hold_back(plan: &str, bytes: u32) -> anyhow::Result<String> {
    let mut plan: serde_json::Value = serde_json::from_str(plan)?;
    plan["limits"]["hold_back"] = bytes.into();
    if let Some(members) = plan.as_object_mut() {
        members.remove("digest");
    }
    plan["digest"] = inkseal_engine::plan::digest(&plan).into();
    Ok(inkseal_engine::canonical::to_string(&plan))
}

fn counts(findings: &[Finding], surface: &str) -> BTreeMap<Key, u64> {
    let mut counts = BTreeMap::new();
    for it in findings.iter().filter(|it| it.surface == surface) {
        let key = (it.rule.clone(), it.detector.clone(), it.surface.to_owned(), it.path.clone(), it.action.to_owned());
        *counts.entry(key).or_default() += it.count;
    }
    counts
}
