//! Audit events: from the plain facts of one exchange to the body that is sealed.
//!
//! The body is an OCSF HTTP Activity in canonical JSON, without any value of the traffic: strings that stem from
//! traffic pass the plan's detectors first, paths become templates, actors become pseudonyms, addresses lose their host
//! part. This module decides nothing about delivery and knows neither clock nor keys.

use self::writer::Object;
use crate::exchange::{Finding, Outcome};
use crate::policy::model::Level;

pub mod actor;
pub mod address;
pub mod path;
pub mod sample;
pub mod trace;
mod writer;

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

/// Takes out of a text what the plan's detectors find, and caps its length. Every closure from text to text is one.
pub trait Scrub {
    /// Scrubs a text that no other event will show.
    fn once(&self, text: &str) -> String;

    /// Scrubs a text that other events are likely to show too.
    fn again(&self, text: &str) -> String {
        self.once(text)
    }
}

impl<F: Fn(&str) -> String> Scrub for F {
    fn once(&self, text: &str) -> String {
        self(text)
    }
}

impl Draft {
    /// The body to be sealed: canonical JSON of sorted ASCII keys and integers. `nonce` are 16 random bytes, `scrub`
    /// replaces what the plan's detectors find and caps the text's length. Below [`Level::Finding`] nothing is said of
    /// findings but their number.
    pub fn body(&self, origin: &Origin, level: Level, nonce: &[u8; 16], scrub: &dyn Scrub) -> String {
        let activity = activity(&self.method);
        // Most events fit.
        let mut out = String::with_capacity(1024);
        let mut body = Object::new(&mut out);
        body.number("activity_id", activity);
        if let Some(actor) = &self.actor {
            let mut within = body.object("actor");
            let mut user = within.object("user");
            user.text("uid", &actor.uid);
            user.end();
            within.end();
        }
        body.number("category_uid", CATEGORY);
        body.number("class_uid", CLASS);
        body.number("duration", self.duration_ms);
        self.request(body.object("http_request"), scrub);
        if let Some(code) = self.status {
            let mut response = body.object("http_response");
            response.number("body_length", self.response_bytes);
            response.number("code", u64::from(code));
            response.end();
        }
        let mut metadata = body.object("metadata");
        let mut product = metadata.object("product");
        product.text("name", "Inkseal");
        product.text("version", env!("CARGO_PKG_VERSION"));
        product.end();
        metadata.text("version", OCSF_VERSION);
        metadata.end();
        body.text("n", &data_encoding::HEXLOWER.encode(nonce));
        body.number("severity_id", severity(self.outcome, self.status));
        if let Some(ip) = self.source.as_deref().and_then(address::network) {
            let mut source = body.object("src_endpoint");
            source.text("ip", &ip);
            source.end();
        }
        body.number("time", self.time_ms);
        body.some("trace_uid", self.trace.as_ref().map(|trace| trace.trace_id.as_str()));
        body.number("type_uid", CLASS * 100 + activity);
        let mut unmapped = body.object("unmapped");
        self.unmapped(unmapped.object("inkseal"), origin, level, scrub);
        unmapped.end();
        body.end();
        out
    }

    fn request(&self, mut request: Object<'_>, scrub: &dyn Scrub) {
        request.number("body_length", self.request_bytes);
        request.text("http_method", &scrub.again(&self.method));
        request.some("uid", self.request_id.as_deref().map(|id| scrub.once(id)));
        let mut url = request.object("url");
        if !self.host.is_empty() {
            url.text("hostname", &scrub.again(&self.host));
        }
        url.text("path", &scrub.again(&path::template(&self.path)));
        url.end();
        request.end();
    }

    fn unmapped(&self, mut own: Object<'_>, origin: &Origin, level: Level, scrub: &dyn Scrub) {
        let again = |text: &Option<String>| text.as_deref().map(|text| scrub.again(text));
        let shown = if level >= Level::Finding { FINDINGS } else { 0 };
        if let Some(actor) = &self.actor {
            own.text("actor_source", &actor.source);
            own.truth("actor_verified", actor.verified);
        }
        own.number("attempt", self.attempt);
        own.some("blocked_by", self.blocked_by.as_deref());
        own.some("cluster", again(&self.cluster));
        own.some("details", again(&self.details));
        own.some("environment", origin.environment.as_deref());
        found(&mut own, ["findings", "findings_more"], &self.findings, level, shown);
        own.number("flags", self.flags);
        own.text("mode", &origin.mode);
        own.text("outcome", self.outcome.as_str());
        own.text("plan", &origin.plan);
        own.text("policy", &origin.policy);
        own.some("reason", self.reason.as_deref().map(|reason| scrub.once(reason)));
        own.number("response_flags", self.response_flags);
        own.some("route", again(&self.route));
        own.some("service", origin.service.as_deref());
        found(&mut own, ["shadow", "shadow_more"], &self.shadow, level, shown);
        own.some("span", self.trace.as_ref().and_then(|trace| trace.span_id.as_deref()));
        own.some("tenant", origin.tenant.as_deref());
        own.some("uninspected", self.uninspected.as_deref());
        own.end();
    }
}

/// Findings: ids, places and counts, never a value; and how many there are beyond those that are shown.
fn found(own: &mut Object<'_>, [name, more]: [&'static str; 2], all: &[Finding], level: Level, shown: usize) {
    if level >= Level::Finding {
        own.list(name, all.iter().take(shown), |found, object| {
            object.text("action", found.action);
            object.number("count", found.count);
            object.text("detector", &found.detector);
            object.text("entity", &found.entity);
            object.text("path", &found.path);
            object.text("rule", &found.rule);
            object.text("surface", found.surface);
        });
    }
    let left = all.len().saturating_sub(shown);
    if left > 0 {
        own.number(more, left as u64);
    }
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
        let body = draft.body(&origin(), Level::Finding, &[0; 16], &|text: &str| text.replace("SECRET", "*"));
        assert!(!body.contains("SECRET"), "{body}");
        assert!(!body.contains("4711") && !body.contains("192.0.2.7"), "{body}");
    }

    #[test]
    fn whatever_is_there_the_body_is_canonical() {
        let nasty = || Some("\u{1}\"\\\u{e9}\u{7f}\n".to_owned());
        for level in [Level::Request, Level::Finding] {
            let mut draft = draft();
            for text in [&mut draft.request_id, &mut draft.cluster, &mut draft.route, &mut draft.details] {
                *text = nasty();
            }
            (draft.reason, draft.blocked_by, draft.uninspected) = (nasty(), nasty(), nasty());
            draft.shadow = std::iter::repeat_n(draft.findings[0].clone(), 70).collect();
            let origin = Origin { tenant: nasty(), ..origin() };
            let body = draft.body(&origin, level, &[1; 16], &plain);
            let value: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(crate::canonical::to_string(&value), body);
            let own = &value["unmapped"]["inkseal"];
            for name in ["blocked_by", "cluster", "details", "reason", "route", "tenant", "uninspected"] {
                assert_eq!(own[name].as_str(), nasty().as_deref(), "{name}");
            }
            let (shown, more) = if level == Level::Finding { (Some(64), 6) } else { (None, 70) };
            assert_eq!((own["shadow"].as_array().map(Vec::len), own["shadow_more"].as_u64()), (shown, Some(more)));
        }
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
