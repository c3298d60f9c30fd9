//! Policies compiled once: an execution must not pay for more than it tries.

use std::rc::Rc;

use inkseal_engine::Entropy;
use inkseal_engine::compile::{Options, compile};
use inkseal_engine::keyring::{Keyring, Window};
use inkseal_engine::plan::{Plan, digest};
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_engine::pseudonym::PseudonymKey;

/// 2026-01-01, in milliseconds since the epoch.
pub(super) const NOW_MS: u64 = 1_767_225_600_000;

/// Bytes held back, as many as the longest detector and its keywords need.
const HOLD_BACK: u32 = 48;

/// Bytes of events that wait for the text that they are a piece of.
const SSE_HOLD: u32 = 192;

/// Bytes of a message that is held, when hardly one is to be.
const MESSAGE: u32 = 16;

/// A policy, ready to run.
pub(super) struct Ready {
    pub(super) name: &'static str,
    pub(super) plan: Rc<Plan>,
    pub(super) key: Option<Rc<PseudonymKey>>,
    /// What it writes is nothing that it looks for, whatever stands around it.
    pub(super) stable: bool,
}

const POLICIES: [(&str, &str, bool); 5] = [
    (CATALOGUE, include_str!("policies/recommended.yaml"), false),
    ("tight", include_str!("policies/tight.yaml"), false),
    ("named", include_str!("policies/named.yaml"), false),
    ("plain", include_str!("policies/plain.yaml"), true),
    ("refusing", include_str!("policies/refusing.yaml"), false),
];

/// Policies that stitch streamed text.
const STREAMS: [(&str, &str, bool); 2] = [
    ("streams", include_str!("policies/streams.yaml"), false),
    ("formats", include_str!("policies/formats.yaml"), false),
];

/// The policy over the detectors that ship.
pub(super) const CATALOGUE: &str = "recommended";

/// The policy under which messages are long.
pub(super) const LONG: &str = "long";

thread_local! {
    static LONG_MESSAGES: Ready = load(LONG, include_str!("policies/long.yaml"), false);
    static STREAMING: Vec<Ready> = STREAMS.into_iter().map(|(name, text, stable)| load(name, text, stable)).collect();
    static READY: Vec<Ready> = POLICIES.into_iter().map(|(name, text, stable)| load(name, text, stable)).collect();
}

/// Calls `with` with the policy that a number stands for.
pub(super) fn with<T>(choice: usize, with: impl FnOnce(&Ready) -> T) -> T {
    READY.with(|ready| with(&ready[choice % ready.len()]))
}

/// Calls `with` with the policy under which messages are long.
pub(super) fn with_long<T>(with: impl FnOnce(&Ready) -> T) -> T {
    LONG_MESSAGES.with(with)
}

/// Calls `with` with a policy that stitches streamed text.
pub(super) fn with_streams<T>(choice: usize, with: impl FnOnce(&Ready) -> T) -> T {
    STREAMING.with(|ready| with(&ready[choice % ready.len()]))
}

/// How many policies there are.
pub(super) const COUNT: usize = POLICIES.len();

fn load(name: &'static str, text: &str, stable: bool) -> Ready {
    let mut sources = Sources::new();
    // A catalogue's detectors are part of every plan: only `recommended` is to pay for them.
    let catalogue = if name == CATALOGUE { shipped(&mut sources) } else { Catalogue::default() };
    let json = plan(&mut sources, &catalogue, text).unwrap_or_else(|why| panic!("`{name}` does not compile: {why}"));
    let json = if name == CATALOGUE { json } else { tightened(&json, name == LONG) };
    let plan = Plan::load(json.as_bytes()).unwrap_or_else(|why| panic!("`{name}` does not load: {why}"));
    let key = keyring().pseudonym_entry(NOW_MS).and_then(|entry| PseudonymKey::parse(&entry).ok());
    Ready { name, plan: Rc::new(plan), key: key.map(Rc::new), stable }
}

/// A plan that holds back less than a policy can ask for, and of messages next to nothing if they are to be `long`: what
/// needs bodies of a thousand bytes else needs a hundred.
fn tightened(json: &str, long: bool) -> String {
    let mut document: serde_json::Value = serde_json::from_str(json).expect("a plan is JSON");
    document["limits"]["hold_back"] = HOLD_BACK.into();
    document["limits"]["sse_hold"] = SSE_HOLD.into();
    if long {
        document["limits"]["message"] = MESSAGE.into();
    }
    sealed(document).to_string()
}

/// A plan's document with the digest that fits it.
pub(super) fn sealed(mut document: serde_json::Value) -> serde_json::Value {
    if let Some(members) = document.as_object_mut() {
        members.remove("digest");
        document["digest"] = digest(&document).into();
    }
    document
}

/// The catalogue that ships.
pub(super) fn shipped(sources: &mut Sources) -> Catalogue {
    Catalogue::parse(sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS)
        .unwrap_or_else(|errors| panic!("the catalogue does not parse: {errors:?}"))
}

/// The plan of a policy's text, or its errors.
pub(super) fn plan(sources: &mut Sources, catalogue: &Catalogue, text: &str) -> Result<String, String> {
    let file = sources.add("policy.yaml", text);
    let compiled = compile(sources, file, catalogue, &Options::default());
    compiled.map(|plan| plan.json).map_err(|errors| format!("{errors:?}"))
}

/// A keyring that is the same each time.
pub(super) fn keyring() -> Keyring {
    Keyring::generate("", Window::default(), &mut Counting(1))
}

/// Bytes that count: no secret.
pub(super) struct Counting(pub(super) u8);

impl Entropy for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(5).wrapping_add(113);
            *byte = self.0;
        }
    }
}
