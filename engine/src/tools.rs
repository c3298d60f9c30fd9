//! For tools: one whole text through a plan, with the places of what was replaced.

use std::rc::Rc;

use crate::body::{Body, Content, Reading, Surfaces};
use crate::media::MediaType;
use crate::plan::Plan;
use crate::pseudonym::PseudonymKey;
use crate::redact::Tally;
use crate::surface::Half;

/// A replaced range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The rule's id.
    pub rule: String,
    /// The detector's id; empty for a named value.
    pub detector: String,
    /// The entity.
    pub entity: String,
    /// First byte in the input.
    pub start: u64,
    /// One past the last.
    pub end: u64,
    /// The action's name.
    pub action: &'static str,
}

/// A text and what was replaced in it.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// The text as a client would see it.
    pub redacted: Vec<u8>,
    /// Replaced ranges in order.
    pub hits: Vec<Hit>,
    /// The rule that would have refused the exchange.
    pub blocked_by: Option<String>,
    /// The bound that was reached.
    pub limit: Option<&'static str>,
}

/// Runs `text` as a response body of `media_type` (with its parameters) through all rules of the plan that
/// read responses, wherever they match. Exceptions are judged by `now_ms`.
pub fn scan(plan: &Plan, key: Option<&PseudonymKey>, now_ms: u64, media_type: &str, text: &[u8]) -> Scan {
    let media_type = MediaType::parse(media_type.as_bytes());
    let content = Content::of(&media_type);
    let media_type = media_type.essence.as_str();
    let rules: Vec<usize> = (0..plan.rules.len()).filter(|&rule| plan.reads_response(rule, media_type)).collect();
    let surfaces = Rc::new(Surfaces::new(plan, &rules, Half::Response, content.format));
    let reading = Reading {
        plan,
        surface: surfaces.own(),
        now_ms: Some(now_ms),
        clock_ms: now_ms,
        key,
        name: "response.body",
        soon: false,
    };
    let mut tally = Tally::default();
    tally.hits = Some(Vec::new());
    let mut redacted = Vec::with_capacity(text.len());
    let mut body = Body::new(&content, &surfaces, &reading);
    body.finish(&reading, text, &mut redacted, &mut tally);
    let hit = |hit: crate::redact::Hit| {
        let (detector, entity) = plan.named(hit.rule, hit.find, hit.detector);
        let action = plan.action(hit.rule, hit.find).filter(|_| !hit.merged).map_or("redact", |action| action.name());
        Hit { rule: plan.rule_id(hit.rule), detector, entity, start: hit.start, end: hit.end, action }
    };
    Scan {
        redacted,
        blocked_by: tally.blocked.map(|(rule, _)| plan.rule_id(rule)),
        limit: body.limit(),
        hits: tally.hits.unwrap_or_default().into_iter().map(hit).collect(),
    }
}
