//! An exchange as it is written in YAML or JSON.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One test: what arrives, and what is expected to leave. A policy's inline tests are the same type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What the test is called.
    pub name: String,
    /// A pack's name, a whole policy as text (it has a line break), or a policy as a mapping, whose `version` and `name`
    /// may be left out. Absent where the file or the policy around it gives one.
    pub policy: Option<Value>,
    /// What the client sends. Without it: a GET of the response's `host` and `path`.
    pub request: Option<Message>,
    /// What the upstream answers. Without it: an empty 200.
    pub response: Option<Message>,
    /// Lengths in bytes of the pieces in which bodies arrive, the last as long as it must be. Replaces `cuts`.
    pub chunks: Option<Vec<usize>>,
    /// How bodies are cut.
    #[serde(default)]
    pub cuts: CutSet,
    /// What must be seen.
    pub expect: Expect,
}

/// Which cuts of a body are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutSet {
    /// Each position, every pair of positions for bodies up to 48 bytes, and byte by byte.
    #[default]
    All,
    /// As `all`, with pairs whatever the length (up to 200 bytes).
    Pairs,
    /// Whole bodies only.
    None,
}

/// A request or a response.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// `:method`; GET unless said, POST with a body.
    pub method: Option<String>,
    /// `:authority`; `a.example` unless said.
    pub host: Option<String>,
    /// `:path` with its query; `/` unless said.
    pub path: Option<String>,
    /// The name of the route that Envoy chose.
    pub route: Option<String>,
    /// `:status`; 200 unless said.
    pub status: Option<u16>,
    /// Headers by name, in the order of their names; a list stands for repeated headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Values>,
    /// The body as text.
    pub body: Option<String>,
    /// The body in base64.
    pub body_base64: Option<String>,
    /// The body as JSON, written without white space; the content type follows if `headers` has none.
    pub json: Option<Value>,
    /// What a sender does to the body before it leaves, in order: `gzip`, `deflate`, `bare-deflate`, `br`, `zstd`,
    /// `utf-16le`, `utf-16be`, `utf-32le`, `latin1`, `repeat TIMES`, `cut BYTES` (from the end), `append TEXT`. Headers
    /// that tell of it are for `headers` to give.
    #[serde(default)]
    pub encode: Vec<String>,
    /// Trailers by name.
    #[serde(default)]
    pub trailers: BTreeMap<String, Values>,
}

/// One value, or several of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

impl Values {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// What must be seen. What is left out is not looked at. In texts `<pseudonym>` stands for any pseudonym, and
/// `<pseudonym:NAME>` for one that is the same wherever NAME stands.
///
/// `body`, `headers` and `trailers` mean the response's, unless the exchange has a request only.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The body, byte for byte.
    pub body: Option<String>,
    /// The body in base64.
    pub body_base64: Option<String>,
    /// What is done to `body` before it is compared, as in a message.
    #[serde(default)]
    pub encode: Vec<String>,
    /// The body as JSON, compared by value.
    pub json: Option<Value>,
    /// The request's body as the upstream gets it.
    pub request_body: Option<String>,
    /// Headers by name; null must be absent.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<Values>>,
    /// The request's headers as the upstream gets them.
    #[serde(default)]
    pub request_headers: BTreeMap<String, Option<Values>>,
    /// Trailers by name.
    #[serde(default)]
    pub trailers: BTreeMap<String, Option<Values>>,
    /// The status that the client gets.
    pub status: Option<u16>,
    /// Exactly these findings.
    pub findings: Option<Vec<Found>>,
    /// Exactly these findings of shadow rules.
    pub shadow: Option<Vec<Found>>,
    /// `allowed`, `redacted`, `blocked`, `uninspected`, `reset`, `failed`.
    pub outcome: Option<String>,
    /// Texts that must be nowhere: in no body or header that leaves, filter state, metric, event or log line.
    #[serde(default)]
    pub never_contains: Vec<String>,
    /// Texts that must be in no filter state, metric, event or log line; the traffic may hold them.
    #[serde(default)]
    pub never_logged: Vec<String>,
    /// Filter state by name without `wasm.inkseal.`: `path`, `header.authorization`, `outcome`; null must be absent.
    #[serde(default)]
    pub filter_state: BTreeMap<String, Option<String>>,
    /// Members that the audit event has; others are not looked at. Seen by engines that make events.
    pub event: Option<Value>,
}

/// A finding. What is left out is not looked at, and findings that differ only in that are added up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The rule's id.
    pub rule: String,
    /// The entity.
    pub entity: String,
    /// How often.
    pub count: u64,
    /// `response.body` and kin.
    pub surface: Option<String>,
    /// The path, with only those names that the policy spells.
    pub path: Option<String>,
    /// The action's name.
    pub action: Option<String>,
    /// The detector's id.
    pub detector: Option<String>,
}
