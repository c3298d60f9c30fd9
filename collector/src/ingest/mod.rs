//! From request bodies to stored records: parse, verify, commit, answer.
//!
//! Nothing is stored that did not verify, and nothing is acknowledged that is not durable.

pub mod gate;
pub mod limits;
pub mod ndjson;
pub mod otlp;
pub mod sources;
pub mod writer;

use crate::store::Columns;
use inkseal_engine::seal::{MAX_KID, Record};

/// One record of a request, or why it is none.
pub type Submission = Result<Submitted, Refusal>;

/// A record as a sender handed it in, not yet verified.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The record.
    pub record: Record,
    /// What the envelope says beside it.
    pub claims: Claims,
}

/// What an OTLP envelope says beside the sealed body. Nothing is derived from it; a difference is a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The envelope's trace id, if it has one.
    pub trace: Option<String>,
    /// The envelope's time in milliseconds since 1970, if it has one.
    pub time_ms: Option<i64>,
}

/// Why a record is refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A fixed word: MALFORMED, UNKNOWN_KID, FORGED, FORK and so on.
    pub verdict: &'static str,
    /// One line that repeats nothing of the record's body.
    pub reason: String,
}

impl Refusal {
    /// A refusal called `verdict`.
    pub fn new(verdict: &'static str, reason: impl Into<String>) -> Refusal {
        Refusal { verdict, reason: reason.into() }
    }

    /// A submission that is no record.
    pub fn malformed(reason: impl std::fmt::Display) -> Refusal {
        Refusal::new("MALFORMED", reason.to_string())
    }
}

/// What became of a request's records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Stored now.
    pub accepted: u64,
    /// Stored before, the same to the byte.
    pub duplicate: u64,
    /// Refused for good.
    pub rejected: u64,
    /// The first few refusals, with the record's index in the request.
    pub reasons: Vec<(usize, Refusal)>,
    /// The latest signed checkpoint.
    pub checkpoint: Option<std::sync::Arc<str>>,
}

impl Outcome {
    /// How many refusals an answer names.
    const REASONS: usize = 8;

    fn reject(&mut self, index: usize, refusal: Refusal) {
        self.rejected += 1;
        if self.reasons.len() < Outcome::REASONS {
            self.reasons.push((index, refusal));
        }
    }

    /// One line about the refusals, for the sender's log.
    pub fn message(&self) -> String {
        let mut texts: Vec<String> = self
            .reasons
            .iter()
            .map(|(index, refusal)| format!("record {index}: {} ({})", refusal.verdict, refusal.reason))
            .collect();
        if self.rejected > self.reasons.len() as u64 {
            texts.push(format!("and {} more", self.rejected - self.reasons.len() as u64));
        }
        texts.join("; ")
    }
}

/// A key id that may stand in a log: bounded.
fn short(kid: &str) -> String {
    kid.chars().filter(|c| c.is_ascii_graphic()).take(MAX_KID).collect()
}

impl Claims {
    /// Whether what the envelope says is what the body says; what it does not say it may leave out.
    fn agree_with(&self, columns: &Columns) -> Result<(), Refusal> {
        let differs =
            |name: &str| Err(Refusal::new("ATTRIBUTES_DIFFER", format!("`{name}` is not what the body says")));
        if self.trace.is_some() && self.trace != columns.trace {
            return differs("traceId");
        }
        if self.time_ms.is_some() && self.time_ms != columns.time_ms {
            return differs("timeUnixNano");
        }
        Ok(())
    }
}
