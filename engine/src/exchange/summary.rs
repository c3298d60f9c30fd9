//! What became of an exchange, without a value.

use crate::plan::Plan;
use crate::policy::model::Action;
use crate::redact::{Effect, Tally};

/// How an exchange ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing was changed.
    #[default]
    Allowed,
    /// Something was replaced.
    Redacted,
    /// A body was passed or replaced unread.
    Uninspected,
    /// The stream ended early.
    Reset,
    /// The exchange failed.
    Failed,
    /// A rule refused it.
    Blocked,
}

impl Outcome {
    /// The word that events use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Redacted => "redacted",
            Self::Uninspected => "uninspected",
            Self::Reset => "reset",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
        }
    }
}

/// How often a rule found an entity on a surface, and what it did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The detector's id; empty for a named value.
    pub detector: String,
    /// The entity.
    pub entity: String,
    /// Where: `request.header`, `response.body` and so on.
    pub surface: &'static str,
    /// The path, showing only names that the policy spells, else `*`.
    pub path: String,
    /// The action's name, `shadow` and `observe` included.
    pub action: &'static str,
    /// Regions, or matches where nothing is changed.
    pub count: u64,
}

/// What became of an exchange.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// What was changed, by rule, detector, surface and path.
    pub findings: Vec<Finding>,
    /// What shadow rules would have changed.
    pub shadow: Vec<Finding>,
    /// The rule that blocked.
    pub blocked_by: Option<String>,
    /// Why a body was not read: `coding`, `charset`, `partial`, `limit`, `opaque`.
    pub uninspected: Option<&'static str>,
    /// Bytes of the request's body as received.
    pub request_body_bytes: u64,
    /// Bytes of the response's body as received.
    pub response_body_bytes: u64,
}

/// Findings and outcome of what was counted.
pub(super) fn of(plan: &Plan, tally: &Tally) -> Summary {
    let mut summary = Summary::default();
    for (key, count) in tally.entries() {
        let (detector, entity) = plan.named(key.rule, key.find, key.detector);
        let action = plan.action(key.rule, key.find).filter(|_| !key.merged).map_or("redact", Action::name);
        let finding = Finding {
            rule: plan.rule_id(key.rule),
            detector,
            entity,
            surface: key.origin.surface,
            path: key.origin.path.clone(),
            action: if key.effect == Effect::Logs { "logs" } else { action },
            count,
        };
        match key.effect {
            Effect::Shadow => summary.shadow.push(finding),
            Effect::Change => {
                summary.outcome = summary.outcome.max(Outcome::Redacted);
                summary.findings.push(finding);
            }
            Effect::Logs | Effect::Observe | Effect::Block => summary.findings.push(finding),
        }
    }
    summary
}
