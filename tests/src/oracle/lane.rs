//! One policy on both sides: the engine's plan and the oracle's reading of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use inkseal::exchange::{keys, policy};
use inkseal_engine::compile::{Options, compile};
use inkseal_engine::exchange::{Attributes, Finding, Flow, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Resolved, Sources, resolve};
use inkseal_engine::pseudonym::PseudonymKey;

use super::detector::Patterns;
use super::policy::{Half, Side};
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
    /// Bytes that may be held.
    pub hold_back: usize,
    message: usize,
    patterns: RefCell<Patterns>,
    oracles: RefCell<BTreeMap<Side, Rc<Oracle>>>,
}

impl Lane {
    /// Compiles a policy, with the shipped detectors and packs or, if `alone`, without. Above 0, `hold_back` and
    /// `message`, in bytes, replace the policy's, and may be smaller than a policy's.
    ///
    /// # Errors
    /// The policy does not compile.
    pub fn new(text: &str, alone: bool, hold_back: u32, message: u32) -> anyhow::Result<Self> {
        let mut sources = Sources::new();
        let shipped = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS);
        let shipped = shipped.map_err(|errors| anyhow::Error::msg(policy::lines(&sources, &errors)))?;
        let catalogue = if alone { Catalogue::default() } else { shipped };
        let file = sources.add("policy", text);
        let said = |errors: Vec<_>| anyhow::Error::msg(policy::lines(&sources, &errors));
        let resolved = resolve(&sources, file, &catalogue).map_err(said)?;
        let json = compile(&sources, file, &catalogue, &Options::default()).map_err(said)?.json;
        let json = with_limits(&json, &[("hold_back", hold_back), ("message", message)])?;
        let key = keys::keyring().pseudonym_entry(NOW_MS).and_then(|entry| PseudonymKey::parse(&entry).ok());
        let hold_back = if hold_back > 0 { hold_back } else { resolved.policy.limits.hold_back };
        let message = if message > 0 { message } else { resolved.policy.limits.message };
        Ok(Self {
            plan: Rc::new(Plan::load(json.as_bytes())?),
            json,
            key: Rc::new(key.ok_or_else(|| anyhow::Error::msg("the test keyring has no pseudonym key"))?),
            resolved,
            hold_back: usize::try_from(hold_back)?,
            message: usize::try_from(message)?,
            patterns: RefCell::default(),
            oracles: RefCell::default(),
        })
    }

    /// A body through the engine, in the pieces given.
    pub fn engine<'a>(&self, half: Half, media_type: &str, pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
        let mut exchange = self.exchange();
        let content_type = (b"content-type".to_vec(), media_type.into());
        let mut flow = self.headers(&mut exchange, half, Some(content_type), false).0;
        let mut bytes = Vec::new();
        let mut push = |exchange: &mut Transaction, piece: &[u8], end: bool| {
            let mut new = Vec::new();
            let flow = match half {
                Half::Request => exchange.request_body(piece, end, &mut new),
                Half::Response => exchange.response_body(piece, end, &mut new),
            };
            // What a call writes that refuses does not leave.
            bytes.extend(new.into_iter().filter(|_| !matches!(flow, Flow::Block(_))));
            (flow, bytes.len())
        };
        let mut left = 0;
        for piece in pieces {
            if !matches!(flow, Flow::Block(_)) {
                (flow, left) = push(&mut exchange, piece, false);
            }
        }
        if !matches!(flow, Flow::Block(_)) {
            let held = match half {
                Half::Request => exchange.request_holding(),
                Half::Response => exchange.response_holding(),
            };
            let (last, length) = push(&mut exchange, b"", true);
            // A proxy lets trailers overtake a body that says it holds nothing.
            assert!(held || length == left, "{media_type}: {left} bytes of {length} from a body that held nothing");
            flow = last;
        }
        outcome(&exchange, flow, Some(bytes))
    }

    /// A field through the engine.
    pub fn engine_field(&self, half: Half, trailer: bool, name: &[u8], value: &[u8]) -> Outcome {
        let mut exchange = self.exchange();
        let field = (name.to_vec(), value.to_vec());
        let (mut flow, mut left) = self.headers(&mut exchange, half, (!trailer).then(|| field.clone()), !trailer);
        if trailer {
            left = vec![field];
            let mut body = Vec::new();
            flow = match half {
                Half::Request => exchange.request_trailers(&mut left, &mut body),
                Half::Response => exchange.response_trailers(&mut left, &mut body),
            };
        }
        let value = left.into_iter().find_map(|(its, value)| (its == name).then_some(value));
        outcome(&exchange, flow, value)
    }

    /// A target through the engine.
    pub fn engine_target(&self, target: &[u8]) -> Outcome {
        let mut exchange = self.exchange();
        let mut headers = request(target);
        let flow = exchange.request_headers(&mut headers, &Attributes::default(), true);
        let left = headers.into_iter().find_map(|(name, value)| (name == b":path").then_some(value));
        outcome(&exchange, flow, left)
    }

    /// What logs may show of a request with this target and field, by name.
    pub fn engine_logs(&self, target: &[u8], field: Option<(&[u8], &[u8])>) -> Vec<(String, String)> {
        let mut exchange = self.exchange();
        let mut headers = request(target);
        headers.extend(field.map(|(name, value)| (name.to_vec(), value.to_vec())));
        exchange.request_headers(&mut headers, &Attributes::default(), true);
        exchange.logged().to_vec()
    }

    fn exchange(&self) -> Transaction {
        Transaction::new(Rc::clone(&self.plan), Some(Rc::clone(&self.key)), NOW_MS)
    }

    /// Shows the headers of a half with one more field, and those of the request before.
    fn headers(
        &self,
        exchange: &mut Transaction,
        half: Half,
        field: Option<(Vec<u8>, Vec<u8>)>,
        end: bool,
    ) -> (Flow, Headers) {
        let mut headers = request(b"/");
        if half == Half::Request {
            headers.extend(field);
            return (exchange.request_headers(&mut headers, &Attributes::default(), end), headers);
        }
        exchange.request_headers(&mut headers, &Attributes::default(), true);
        let mut headers: Headers = vec![(b":status".to_vec(), b"200".to_vec())];
        headers.extend(field);
        (exchange.response_headers(&mut headers, end), headers)
    }

    /// The policy as the oracle reads it for one side.
    pub fn oracle(&self, side: &Side) -> Rc<Oracle> {
        let mut oracles = self.oracles.borrow_mut();
        let oracle = oracles.entry(side.clone()).or_insert_with(|| {
            let patterns = &mut self.patterns.borrow_mut();
            let limits = (self.hold_back, self.message);
            Rc::new(Oracle::new(&self.resolved, patterns, side.clone(), limits, Rc::clone(&self.key)))
        });
        Rc::clone(oracle)
    }
}

fn request(target: &[u8]) -> Headers {
    vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), target.to_vec())]
}

fn outcome(exchange: &Transaction, flow: Flow, bytes: Option<Vec<u8>>) -> Outcome {
    let summary = exchange.summary();
    let refused = if let Flow::Block(block) = flow { Some(block.rule) } else { None };
    let limited = matches!(summary.uninspected, Some("depth" | "number"));
    Outcome { bytes, refused, limited, findings: counts(&summary.findings), shadow: counts(&summary.shadow) }
}

/// A plan with other limits, those above 0, and a digest that fits.
fn with_limits(plan: &str, limits: &[(&str, u32)]) -> anyhow::Result<String> {
    let mut plan: serde_json::Value = serde_json::from_str(plan)?;
    for (name, bytes) in limits.iter().filter(|(_, bytes)| *bytes > 0) {
        plan["limits"][*name] = (*bytes).into();
    }
    if let Some(members) = plan.as_object_mut() {
        members.remove("digest");
    }
    plan["digest"] = inkseal_engine::plan::digest(&plan).into();
    Ok(inkseal_engine::canonical::to_string(&plan))
}

fn counts(findings: &[Finding]) -> BTreeMap<Key, u64> {
    let mut counts = BTreeMap::new();
    for it in findings {
        let key = (it.rule.clone(), it.detector.clone(), it.surface.to_owned(), it.path.clone(), it.action.to_owned());
        *counts.entry(key).or_default() += it.count;
    }
    counts
}
