//! Audit events: from the plain facts of one exchange to the body that is sealed.
//!
//! The body is an OCSF HTTP Activity in canonical JSON, without any value of the traffic: strings that stem from
//! traffic pass the plan's detectors first, paths become templates, actors become pseudonyms, addresses lose their host
//! part. This module decides nothing about delivery and knows neither clock nor keys.

use serde_json::{Map, Value, json};

use crate::exchange::{Finding, Outcome};
use crate::policy::model::Level;

pub mod actor;
pub mod address;
pub mod path;
pub mod sample;
pub mod trace;

pub use trace::Trace;

/// The release of the Open Cybersecurity Schema Framework that bodies follow (<https://schema.ocsf.io/1.8.0>).
pub const OCSF_VERSION: &str = "1.8.0";

/// OCSF HTTP Activity.
const CLASS: u64 = 4002;

/// OCSF Network Activity.
const CATEGORY: u64 = 4;

/// Findings that one event lists; the rest is counted in `findings_more`.
const FINDINGS: usize = 64;

/// Bits of `unmapped.inkseal.flags`.
pub mod flags {
    /// The stream ended before its body did: a held tail was dropped.
    pub const CUT: u64 = 1;
    /// An upgrade or CONNECT: what followed the handshake was passed unread.
    pub const UPGRADE: u64 = 1 << 1;
    /// A block came after bytes had left, and the stream was reset.
    pub const LATE_BLOCK: u64 = 1 << 2;
    /// The host refused an edit; the stream was ended instead.
    pub const HOST_REFUSED: u64 = 1 << 3;
}

/// What an event says of where it was made: the same for every event of one plan.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The plan's digest, `sha256:…`.
    pub plan: String,
    /// The policy's name.
    pub policy: String,
    /// The policy's mode.
    pub mode: String,
    /// The service the plan was compiled for.
    pub service: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
}

/// Who acted, as an event may say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The pseudonym.
    pub uid: String,
    /// As in `mtls:uri_san`.
    pub source: String,
    /// Whether the proxy verified it.
    pub verified: bool,
}

/// The plain facts of one exchange. Strings from traffic are raw here; [`Draft::body`] scrubs them.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Start of the request, milliseconds since the epoch.
    pub time_ms: u64,
    /// From the start to the end of the stream, in milliseconds.
    pub duration_ms: u64,
    /// The method as it came.
    pub method: String,
    /// The authority without its port.
    pub host: String,
    /// The path as it came; the event shows its template.
    pub path: String,
    /// `x-request-id`.
    pub request_id: Option<String>,
    /// The status that the client got; none if it got none.
    pub status: Option<u16>,
    /// The client's address; the event shows its network.
    pub source: Option<String>,
    /// The trace.
    pub trace: Option<Trace>,
    /// Who acted.
    pub actor: Option<Actor>,
    /// Upstream attempts, 1 without a retry.
    pub attempt: u64,
    /// Envoy's cluster.
    pub cluster: Option<String>,
    /// The route's name.
    pub route: Option<String>,
    /// Envoy's response flags, as bits.
    pub response_flags: u64,
    /// Envoy's response code details.
    pub details: Option<String>,
    /// The reason that the client gave, of the policy's `reason` header.
    pub reason: Option<String>,
    /// How the exchange ended.
    pub outcome: Outcome,
    /// The rule that blocked.
    pub blocked_by: Option<String>,
    /// Why a body was not read.
    pub uninspected: Option<String>,
    /// What was changed.
    pub findings: Vec<Finding>,
    /// What shadow rules would have changed.
    pub shadow: Vec<Finding>,
    /// See [`flags`].
    pub flags: u64,
    /// Bytes of the request's body as received.
    pub request_bytes: u64,
    /// Bytes of the response's body as received.
    pub response_bytes: u64,
}

impl Draft {
    /// The body to be sealed: canonical JSON of sorted ASCII keys and integers. `nonce` are 16 random bytes, `scrub`
    /// replaces what the plan's detectors find and caps the text's length. Below [`Level::Finding`] nothing is said of
    /// findings but their number.
    pub fn body(&self, origin: &Origin, level: Level, nonce: &[u8; 16], scrub: &dyn Fn(&str) -> String) -> String {
        let activity = activity(&self.method);
        let mut body = Map::new();
        put(&mut body, "activity_id", activity);
        put(&mut body, "category_uid", CATEGORY);
        put(&mut body, "class_uid", CLASS);
        put(&mut body, "type_uid", CLASS * 100 + activity);
        put(&mut body, "severity_id", severity(self.outcome, self.status));
        put(&mut body, "time", self.time_ms);
        put(&mut body, "duration", self.duration_ms);
        put(&mut body, "n", data_encoding::HEXLOWER.encode(nonce));
        put(
            &mut body,
            "metadata",
            json!({"product": {"name": "Inkseal", "version": env!("CARGO_PKG_VERSION")}, "version": OCSF_VERSION}),
        );
        put(&mut body, "http_request", self.request(scrub));
        if let Some(code) = self.status {
            put(&mut body, "http_response", json!({"code": code, "body_length": self.response_bytes}));
        }
        if let Some(ip) = self.source.as_deref().and_then(address::network) {
            put(&mut body, "src_endpoint", json!({"ip": ip}));
        }
        if let Some(actor) = &self.actor {
            put(&mut body, "actor", json!({"user": {"uid": actor.uid}}));
        }
        if let Some(trace) = &self.trace {
            put(&mut body, "trace_uid", trace.trace_id.as_str());
        }
        put(&mut body, "unmapped", json!({"inkseal": self.unmapped(origin, level, scrub)}));
        crate::canonical::to_string(&Value::Object(body))
    }

    fn request(&self, scrub: &dyn Fn(&str) -> String) -> Value {
        let mut url = Map::new();
        put(&mut url, "path", scrub(&path::template(&self.path)));
        if !self.host.is_empty() {
            put(&mut url, "hostname", scrub(&self.host));
        }
        let mut request = Map::new();
        put(&mut request, "body_length", self.request_bytes);
        put(&mut request, "http_method", scrub(&self.method));
        put(&mut request, "url", url);
        put_some(&mut request, "uid", self.request_id.as_deref().map(scrub));
        Value::Object(request)
    }

    fn unmapped(&self, origin: &Origin, level: Level, scrub: &dyn Fn(&str) -> String) -> Value {
        let mut own = Map::new();
        put(&mut own, "attempt", self.attempt);
        put(&mut own, "flags", self.flags);
        put(&mut own, "mode", origin.mode.as_str());
        put(&mut own, "outcome", self.outcome.as_str());
        put(&mut own, "plan", origin.plan.as_str());
        put(&mut own, "policy", origin.policy.as_str());
        put(&mut own, "response_flags", self.response_flags);
        put_some(&mut own, "service", origin.service.as_deref());
        put_some(&mut own, "environment", origin.environment.as_deref());
        put_some(&mut own, "tenant", origin.tenant.as_deref());
        put_some(&mut own, "cluster", self.cluster.as_deref().map(scrub));
        put_some(&mut own, "route", self.route.as_deref().map(scrub));
        put_some(&mut own, "details", self.details.as_deref().map(scrub));
        put_some(&mut own, "reason", self.reason.as_deref().map(scrub));
        put_some(&mut own, "blocked_by", self.blocked_by.as_deref());
        put_some(&mut own, "uninspected", self.uninspected.as_deref());
        put_some(&mut own, "span", self.trace.as_ref().and_then(|trace| trace.span_id.as_deref()));
        if let Some(actor) = &self.actor {
            put(&mut own, "actor_source", actor.source.as_str());
            put(&mut own, "actor_verified", actor.verified);
        }
        for (name, found) in [("findings", &self.findings), ("shadow", &self.shadow)] {
            if level >= Level::Finding {
                put(&mut own, name, found.iter().take(FINDINGS).map(finding).collect::<Vec<_>>());
            }
            let left = if level >= Level::Finding { found.len().saturating_sub(FINDINGS) } else { found.len() };
            if left > 0 {
                put(&mut own, &format!("{name}_more"), left);
            }
        }
        Value::Object(own)
    }
}

/// A finding: ids, places and counts, never a value.
fn finding(found: &Finding) -> Value {
    json!({
        "action": found.action, "count": found.count, "detector": found.detector, "entity": found.entity,
        "path": found.path, "rule": found.rule, "surface": found.surface,
    })
}

/// OCSF's number for a method, 99 for one it does not list.
fn activity(method: &str) -> u64 {
    match method {
        "CONNECT" => 1,
        "DELETE" => 2,
        "GET" => 3,
        "HEAD" => 4,
        "OPTIONS" => 5,
        "POST" => 6,
        "PUT" => 7,
        "TRACE" => 8,
        "PATCH" => 9,
        _ => 99,
    }
}

/// 1 informational, 2 low (refused by the upstream, failed there, or passed unread), 3 medium (refused or cut here),
/// 4 high (this filter failed).
fn severity(outcome: Outcome, status: Option<u16>) -> u64 {
    match (outcome, status) {
        (Outcome::Failed, _) => 4,
        (Outcome::Blocked | Outcome::Reset, _) => 3,
        (Outcome::Uninspected, _) | (_, None | Some(401 | 403 | 500..)) => 2,
        _ => 1,
    }
}

fn put(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    map.insert(key.to_owned(), value.into());
}

fn put_some(map: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        put(map, key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            plan: "sha256:00".into(),
            policy: "checkout".into(),
            mode: "enforce".into(),
            service: Some("edge-a".into()),
            environment: Some("prod".into()),
            tenant: None,
        }
    }

    fn draft() -> Draft {
        Draft {
            time_ms: 1_764_000_000_000,
            duration_ms: 12,
            method: "POST".into(),
            host: "a.shop.example".into(),
            path: "/v1/users/42/pay?card=4111111111111111".into(),
            request_id: Some("7c1".into()),
            status: Some(200),
            source: Some("192.0.2.7:4711".into()),
            trace: Trace::parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            actor: Some(Actor { uid: "ik1_p1_aaaa".into(), source: "mtls:uri_san".into(), verified: true }),
            attempt: 1,
            cluster: Some("pay".into()),
            route: Some("checkout".into()),
            outcome: Outcome::Redacted,
            findings: vec![Finding {
                rule: "card-and-mail".into(),
                detector: String::new(),
                entity: "CREDIT_CARD".into(),
                surface: "response.body",
                path: "$.payment.card.number".into(),
                action: "mask",
                count: 1,
            }],
            response_bytes: 51,
            ..Draft::default()
        }
    }

    fn plain(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn the_body_is_canonical_and_complete() {
        let body = draft().body(&origin(), Level::Finding, &[0xab; 16], &plain);
        assert_eq!(
            body,
            concat!(
                r#"{"activity_id":6,"actor":{"user":{"uid":"ik1_p1_aaaa"}},"category_uid":4,"class_uid":4002,"duration":12,"#,
                r#""http_request":{"body_length":0,"http_method":"POST","uid":"7c1","url":{"hostname":"a.shop.example","path":"/v1/users/{id}/pay"}},"#,
                r#""http_response":{"body_length":51,"code":200},"#,
                r#""metadata":{"product":{"name":"Inkseal","version":"0.1.0"},"version":"1.8.0"},"n":"abababababababababababababababab","#,
                r#""severity_id":1,"src_endpoint":{"ip":"192.0.2.0"},"time":1764000000000,"trace_uid":"4bf92f3577b34da6a3ce929d0e0e4736","type_uid":400206,"#,
                r#""unmapped":{"inkseal":{"actor_source":"mtls:uri_san","actor_verified":true,"attempt":1,"cluster":"pay","environment":"prod","#,
                r#""findings":[{"action":"mask","count":1,"detector":"","entity":"CREDIT_CARD","path":"$.payment.card.number","rule":"card-and-mail","surface":"response.body"}],"#,
                r#""flags":0,"mode":"enforce","outcome":"redacted","plan":"sha256:00","policy":"checkout","response_flags":0,"route":"checkout","service":"edge-a","shadow":[],"#,
                r#""span":"00f067aa0ba902b7"}}}"#,
            )
        );
    }

    #[test]
    fn every_string_from_traffic_is_scrubbed() {
        let mut draft = draft();
        draft.method = "SECRET".into();
        draft.host = "SECRET.example".into();
        draft.path = "/SECRET".into();
        draft.request_id = Some("SECRET".into());
        draft.cluster = Some("SECRET".into());
        draft.route = Some("SECRET".into());
        draft.details = Some("via SECRET".into());
        draft.reason = Some("SECRET".into());
        let body = draft.body(&origin(), Level::Finding, &[0; 16], &|text| text.replace("SECRET", "*"));
        assert!(!body.contains("SECRET"), "{body}");
        assert!(!body.contains("4711") && !body.contains("192.0.2.7"), "{body}");
    }

    #[test]
    fn levels_and_bounds_limit_findings() {
        let mut draft = draft();
        let body = draft.body(&origin(), Level::Request, &[0; 16], &plain);
        assert!(!body.contains("CREDIT_CARD") && body.contains(r#""findings_more":1"#), "{body}");
        draft.findings = std::iter::repeat_n(draft.findings.remove(0), 70).collect();
        let body = draft.body(&origin(), Level::Finding, &[0; 16], &plain);
        assert_eq!(body.matches("CREDIT_CARD").count(), 64);
        assert!(body.contains(r#""findings_more":6"#), "{body}");
    }

    #[test]
    fn severity_follows_the_outcome() {
        assert_eq!(severity(Outcome::Allowed, Some(200)), 1);
        assert_eq!(severity(Outcome::Allowed, Some(403)), 2);
        assert_eq!(severity(Outcome::Uninspected, Some(200)), 2);
        assert_eq!(severity(Outcome::Allowed, None), 2);
        assert_eq!(severity(Outcome::Reset, Some(200)), 3);
        assert_eq!(severity(Outcome::Blocked, Some(502)), 3);
        assert_eq!(severity(Outcome::Failed, Some(200)), 4);
    }
}
