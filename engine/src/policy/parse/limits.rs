//! `limits` and what becomes of a body beyond them.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::{Findings, scalar, units};
use crate::policy::model::{Limits, Ranges, Uninspected};
use crate::policy::suggest;
use crate::policy::yaml::{Node, Value};

/// The words of `on_limit` and `on_uninspectable`.
pub(super) const OUTCOMES: &[(&str, Uninspected)] = &[
    ("block", Uninspected::Block),
    ("redact_all", Uninspected::RedactAll),
    ("pass_and_flag", Uninspected::PassAndFlag),
];

/// The words of `ranges`.
pub(super) const RANGES: &[(&str, Ranges)] = &[("pass", Ranges::Pass), ("strip", Ranges::Strip)];

/// Why a body cannot be read; `default` stands for the reasons that are not named.
const REASONS: &[&str] = &["default", "coding", "charset", "partial", "depth", "decoded"];

/// Content types that hold nothing to read, unless a policy lists its own.
pub(super) const OPAQUE: &[&str] = &[
    "image/*",
    "font/*",
    "audio/*",
    "video/*",
    "application/pdf",
    "application/zip",
    "application/octet-stream",
    "application/wasm",
];

/// Bounds within what a proxy's worker can hold for every stream.
pub(super) fn limits(node: &Node, findings: &mut Findings) -> Option<Limits> {
    let known = ["hold_back", "block_window", "decoded", "ratio", "message", "sse_hold", "depth"];
    let fields = Fields::of(node, "limits", &known, findings)?;
    let default = Limits::default();
    let mut size = |key: &str, default: u64, least: u64, most: u64| {
        fields.read_or(key, default, findings, |node, findings| units::size(node, least..=most, findings))
    };
    let hold_back = size("hold_back", default.hold_back.into(), 256, 64 << 10);
    let block_window = size("block_window", default.block_window.into(), 1 << 10, 16 << 20);
    let decoded = size("decoded", default.decoded, 1 << 10, 1 << 30);
    let message = size("message", default.message.into(), 1 << 10, 16 << 20);
    let sse_hold = size("sse_hold", default.sse_hold.into(), 1 << 10, 16 << 20);
    let ratio =
        fields.read_or("ratio", default.ratio, findings, |node, findings| scalar::integer(node, 1..=100_000, findings));
    let depth =
        fields.read_or("depth", default.depth, findings, |node, findings| scalar::integer(node, 1..=1024, findings));
    let narrow = |bytes: u64| u32::try_from(bytes).ok();
    Some(Limits {
        hold_back: narrow(hold_back)?,
        block_window: narrow(block_window)?,
        decoded,
        ratio,
        message: narrow(message)?,
        sse_hold: narrow(sse_hold)?,
        depth,
    })
}

/// One outcome for every reason, or one by reason; `block` for the rest.
pub(super) fn on_uninspectable(node: &Node, findings: &mut Findings) -> Option<BTreeMap<String, Uninspected>> {
    let mut outcomes = BTreeMap::from([("default".to_owned(), Uninspected::Block)]);
    if !matches!(node.value, Value::Map(_)) {
        outcomes.insert("default".to_owned(), outcome(node, findings)?);
        return Some(outcomes);
    }
    let fields = Fields::of(node, "outcomes by reason", REASONS, findings)?;
    for reason in REASONS {
        if let Some(outcome) = fields.read(reason, findings, outcome) {
            outcomes.insert((*reason).to_owned(), outcome);
        }
    }
    Some(outcomes)
}

/// One outcome.
pub(super) fn outcome(node: &Node, findings: &mut Findings) -> Option<Uninspected> {
    let what = format!("an outcome ({})", suggest::list(OUTCOMES.iter().map(|(word, _)| *word)));
    scalar::word(node, &what, OUTCOMES, findings)
}
