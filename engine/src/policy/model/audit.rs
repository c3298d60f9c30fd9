//! `audit`: how much is recorded of an exchange, of whom, and where it goes.

use super::Match;

/// `audit`.
#[derive(Clone, Debug)]
pub struct Audit {
    /// `sink`.
    pub sink: Sink,
    /// `level`.
    pub level: Level,
    /// `excerpt`: bytes of a body that an event of level exchange quotes, redacted, per direction.
    pub excerpt: u32,
    /// `debug`: times in which some exchanges are recorded in more detail.
    pub debug: Vec<DebugWindow>,
    /// `key_events`: path globs whose events are never sampled out.
    pub key_events: Vec<String>,
    /// `sample`, in parts of a million.
    pub sample: Sample,
    /// `delivery: strict`: refuse a request for which no event can be kept.
    pub strict: bool,
    /// `actor`: sources in order of preference.
    pub actor: Vec<ActorSource>,
    /// `reason.header`.
    pub reason_header: Option<String>,
    /// `reason.required_for`: path globs.
    pub reason_required_for: Vec<String>,
}

/// `debug`: a raised level for what matches, until a time.
#[derive(Clone, Debug)]
pub struct DebugWindow {
    /// `match`.
    pub matches: Match,
    /// `level`.
    pub level: Level,
    /// `until`: milliseconds since the epoch; the window is closed from then on.
    pub until_ms: u64,
    /// `reason`.
    pub reason: String,
    /// `by`: who asked for it.
    pub by: String,
}

/// Where events go.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Envoy's name for the collector's cluster.
    pub cluster: String,
    /// `otlp` or `ndjson`.
    pub format: SinkFormat,
    /// The path of the POST.
    pub path: String,
    /// Records in one request, at most.
    pub batch: u32,
    /// Milliseconds between deliveries.
    pub flush_ms: u64,
}

/// How events travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SinkFormat {
    /// OTLP/HTTP JSON logs.
    Otlp,
    /// One record a line.
    Ndjson,
}

/// How much an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// No events.
    None,
    /// Who, what, when, where.
    Request,
    /// And what was found.
    Finding,
    /// And redacted headers and excerpts.
    Exchange,
}

/// Shares of events that are kept, in parts of a million, by class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the policy language")]
pub struct Sample {
    pub clean: u32,
    pub changed: u32,
    pub error: u32,
}

/// Where an actor's name comes from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorSource {
    /// A field of the client certificate: `uri_san`, `dns_san` or `subject`. Verified.
    Mtls(String),
    /// A claim that Envoy's jwt_authn filter verified.
    JwtAuthn(String),
    /// A claim of an unread JWT in a header. Not verified.
    Jwt {
        /// The claim.
        claim: String,
        /// The header.
        header: String,
    },
    /// A header. Not verified.
    Header(String),
}
