//! A policy as its author wrote it, typed. What exists here is well-formed; whether its patterns are bounded and its
//! examples hold is decided by [`crate::compile`].

mod audit;
mod detector;
mod stream;

use std::collections::BTreeMap;

use super::span::Spanned;

pub use audit::{ActorSource, Audit, DebugWindow, Level, Sample, Sink, SinkFormat};
pub use detector::{Detector, Keywords, Pattern, Severity, Tail, Validator};
pub use stream::TextStream;

/// What a policy or a rule does with what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing is looked for.
    Off,
    /// Find and record; change no byte and no header.
    Shadow,
    /// Find, record and change.
    Enforce,
}

/// Which half of an exchange a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Client to upstream.
    Request,
    /// Upstream to client.
    Response,
    /// Both.
    Any,
}

/// Where an action takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apply {
    /// The traffic itself, and logs and events with it.
    Traffic,
    /// Access logs and events only; the traffic keeps the original.
    Logs,
}

/// One policy document, with the packs it names still unresolved.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `name`: the policy's own name.
    pub name: Spanned<String>,
    /// `owner`: who answers for it.
    pub owner: Option<String>,
    /// `mode`: the most that any of its rules may do.
    pub mode: Mode,
    /// `include`: packs whose rules follow the policy's own.
    pub include: Vec<Include>,
    /// `detectors`: detectors of its own.
    pub detectors: Vec<Detector>,
    /// `rules`, in order.
    pub rules: Vec<Rule>,
    /// `audit`.
    pub audit: Audit,
    /// `limits`.
    pub limits: Limits,
    /// `on_limit`: the outcome when a bound of [`Limits`] is reached.
    pub on_limit: Uninspected,
    /// `on_uninspectable`: the outcome by reason; the key `default` stands for the rest.
    pub on_uninspectable: BTreeMap<String, Uninspected>,
    /// `opaque`: content types that are passed unread, `type/*` allowed.
    pub opaque: Vec<String>,
    /// `ranges`: what becomes of range requests.
    pub ranges: Ranges,
    /// `tests`: the inline tests, as JSON values in the short form of an exchange.
    pub tests: Vec<Spanned<serde_json::Value>>,
}

/// `{pack: pci, mode: shadow, direction: any, apply: traffic, action: redact}`; a bare name sets nothing.
#[derive(Clone, Debug)]
pub struct Include {
    /// The pack's name.
    pub pack: Spanned<String>,
    /// Overrides the mode of the pack's rules.
    pub mode: Option<Mode>,
    /// Overrides their direction; packs change responses only unless this says otherwise.
    pub direction: Option<Direction>,
    /// Overrides where they apply.
    pub apply: Option<Apply>,
    /// Overrides what their finds do.
    pub action: Option<Action>,
}

/// One rule: when it applies and what it finds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `id`.
    pub id: Spanned<String>,
    /// The pack it came from.
    pub pack: Option<String>,
    /// `mode`, if it differs from the policy's.
    pub mode: Option<Mode>,
    /// `match`.
    pub matches: Match,
    /// `find`, in order.
    pub find: Vec<Find>,
    /// `except`.
    pub except: Vec<Exception>,
    /// `reroute: allow`: the rule may change what Envoy routes by. Without it, a find in a request's path, query or
    /// routing headers (`:path`, `:authority`, `host`) applies to logs whatever place it names.
    pub reroute: bool,
    /// The direction in which finds without an `apply` of their own change traffic; in the other they apply to logs.
    /// `Any` for a policy's own rules, `Response` for those of packs unless the include entry says `apply: traffic`.
    pub traffic: Direction,
}

/// When a rule applies; an empty list matches everything.
#[derive(Clone, Debug, Default)]
pub struct Match {
    /// `direction`; `None` is any for a policy's own rules; packs have their own default.
    pub direction: Option<Direction>,
    /// `host`: globs, case-insensitive, without a port.
    pub host: Vec<String>,
    /// `path`: globs over the path without its query; `*` stays inside a segment, `**` crosses.
    pub path: Vec<String>,
    /// `method`.
    pub method: Vec<String>,
    /// `content_type`: `type/subtype` globs without parameters.
    pub content_type: Vec<String>,
    /// `route`: globs over the route name.
    pub route: Vec<String>,
}

/// One find: place, what, action.
#[derive(Clone, Debug)]
pub struct Find {
    /// `in`.
    pub place: Spanned<Place>,
    /// `name`: case-insensitive globs; for header, cookie, query, form, part, field.
    pub names: Vec<Spanned<String>>,
    /// `path`: a JSON path, for `in: json`.
    pub path: Option<Spanned<JsonPath>>,
    /// `stream_text`: the strings that are pieces of texts, for `in: sse`; empty is every text by itself.
    pub streams: Vec<TextStream>,
    /// `detect`: detector ids or entities; empty takes the whole named value.
    pub detect: Vec<Spanned<String>>,
    /// `entity`: what findings call a named value; `FIELD` if absent.
    pub entity: Option<String>,
    /// `action`; redact if absent.
    pub action: Spanned<Action>,
    /// `apply`; where it is absent, [`Rule::traffic`] decides.
    pub apply: Option<Apply>,
}

/// Where text sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the policy language")]
pub enum Place {
    Header,
    Cookie,
    Path,
    Query,
    Json,
    Form,
    Part,
    Sse,
    Body,
    Trailer,
    Field,
    Any,
}

/// What takes a match's place.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// `[REDACTED:ENTITY]`.
    Redact,
    /// Every character but the first and last few becomes `char`.
    Mask {
        /// Characters kept at the start.
        keep_first: u16,
        /// Characters kept at the end.
        keep_last: u16,
        /// The mask character, `*` unless said.
        char: char,
    },
    /// A constant text.
    Replace(String),
    /// A keyed pseudonym.
    Hash {
        /// Keep an e-mail address's domain behind the pseudonym.
        keep_domain: bool,
    },
    /// The value with its name; a content match becomes nothing.
    Remove,
    /// Keep the network part of an IP address.
    TruncateIp {
        /// Prefix length for IPv4.
        v4: u8,
        /// Prefix length for IPv6.
        v6: u8,
    },
    /// Refuse the exchange.
    Block {
        /// The status of the local reply.
        status: u16,
    },
    /// Count only.
    Observe,
}

impl Action {
    /// The name of the action in findings.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Redact => "redact",
            Self::Mask { .. } => "mask",
            Self::Replace(_) => "replace",
            Self::Hash { .. } => "hash",
            Self::Remove => "remove",
            Self::TruncateIp { .. } => "truncate_ip",
            Self::Block { .. } => "block",
            Self::Observe => "observe",
        }
    }
}

/// A JSON path: RFC 9535 names, wildcards, non-negative indices, forward slices and descendants.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JsonPath {
    /// The steps from the root.
    pub steps: Vec<Step>,
}

/// One step of a JSON path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// `..`: at any depth below, else a child.
    pub descendant: bool,
    /// What the step selects.
    pub selector: Selector,
}

/// What one step selects.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// A member by its exact name.
    Name(String),
    /// Any member or element.
    Wildcard,
    /// An element by its index.
    Index(u64),
    /// Elements from `start` to before `end` in strides of `step`, at least 1.
    Slice {
        /// First index.
        start: u64,
        /// One past the last, if there is a last.
        end: Option<u64>,
        /// The stride.
        step: u64,
    },
}

/// Values that a rule leaves alone, for a time and a reason.
#[derive(Clone, Debug)]
pub struct Exception {
    /// `detect`: a detector id or entity.
    pub detect: Spanned<String>,
    /// `values`: exact texts.
    pub values: Vec<String>,
    /// `reason`.
    pub reason: String,
    /// `until`: milliseconds since the epoch; the exception no longer holds from then on.
    pub until_ms: u64,
}

/// Bounds, in bytes unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the words of the policy language")]
pub struct Limits {
    pub hold_back: u32,
    pub block_window: u32,
    /// Bytes that may come of a compressed body.
    pub decoded: u64,
    /// Bytes that may come of each compressed one, beyond the first MiB.
    #[serde(default = "ratio")]
    pub ratio: u32,
    pub message: u32,
    pub sse_hold: u32,
    /// Nesting of a body's containers.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hold_back: 4 << 10,
            block_window: 64 << 10,
            decoded: 8 << 20,
            ratio: ratio(),
            message: 256 << 10,
            sse_hold: 64 << 10,
            depth: 64,
        }
    }
}

/// Deflate gives at most 1032 bytes for one, and nothing that people write comes near 250.
fn ratio() -> u32 {
    250
}

/// What becomes of a body that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uninspected {
    /// Refused.
    Block,
    /// Replaced whole.
    RedactAll,
    /// Passed, and named in the event.
    PassAndFlag,
}

/// What becomes of range requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranges {
    /// Passed; an inspectable 206 is uninspectable.
    Pass,
    /// The request's range header is removed.
    Strip,
}
