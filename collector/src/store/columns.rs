//! The columns that a listing searches, derived from the sealed body and from nothing else.
//!
//! Whatever an envelope claims beside the body is not authenticated; so columns can be computed again at any time, and
//! a stored column that differs was altered by hand.

use serde_json::Value;
use std::collections::BTreeMap;

/// What a listing shows of a record. Everything is absent where the body does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// When the exchange began, in milliseconds since 1970.
    pub time_ms: Option<i64>,
    /// The trace id.
    pub trace: Option<String>,
    /// The pseudonym of who acted.
    pub actor: Option<String>,
    /// The HTTP method.
    pub method: Option<String>,
    /// The path template.
    pub path: Option<String>,
    /// The HTTP status.
    pub status: Option<i64>,
    /// What the filter did: allowed, redacted, blocked and so on.
    pub outcome: Option<String>,
    /// Counts of findings by entity, then of those that the event does not list: `CREDIT_CARD=1,EMAIL_ADDRESS=2,more=6`.
    pub findings: Option<String>,
}

impl Columns {
    /// Derives the columns from a sealed body. A body that is no JSON object has none.
    pub fn derive(body: Option<&str>) -> Columns {
        let Some(body) = body.and_then(|body| serde_json::from_str::<Value>(body).ok()) else {
            return Columns::default();
        };
        let text = |pointer| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let number = |pointer| body.pointer(pointer).and_then(Value::as_i64);
        Columns {
            time_ms: number("/time"),
            trace: text("/trace_uid"),
            actor: text("/actor/user/uid"),
            method: text("/http_request/http_method"),
            path: text("/http_request/url/path"),
            status: number("/http_response/code"),
            outcome: text("/unmapped/inkseal/outcome"),
            findings: body.pointer("/unmapped/inkseal").and_then(findings),
        }
    }

    /// The names of the columns in which two differ.
    pub fn differences(&self, other: &Columns) -> Vec<&'static str> {
        [
            ("time_ms", self.time_ms == other.time_ms),
            ("trace", self.trace == other.trace),
            ("actor", self.actor == other.actor),
            ("method", self.method == other.method),
            ("path", self.path == other.path),
            ("status", self.status == other.status),
            ("outcome", self.outcome == other.outcome),
            ("findings", self.findings == other.findings),
        ]
        .into_iter()
        .filter_map(|(name, same)| (!same).then_some(name))
        .collect()
    }
}

fn findings(own: &Value) -> Option<String> {
    let mut counts = BTreeMap::<&str, u64>::new();
    for finding in own.get("findings").and_then(Value::as_array).into_iter().flatten() {
        let count = finding.get("count").and_then(Value::as_u64).unwrap_or(1);
        let entity = finding.get("entity").and_then(Value::as_str).unwrap_or("?");
        let sum = counts.entry(entity).or_default();
        *sum = sum.saturating_add(count);
    }
    let mut texts: Vec<String> = counts.iter().map(|(entity, count)| format!("{entity}={count}")).collect();
    let more = own.get("findings_more").and_then(Value::as_u64).filter(|more| *more > 0);
    texts.extend(more.map(|more| format!("more={more}")));
    (!texts.is_empty()).then(|| texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_fields_of_an_event() {
        let columns = Columns::derive(Some(
            r#"{"actor":{"user":{"uid":"ik1_p1_aaaa"}},"http_request":{"http_method":"POST","url":{"path":"/v1/{id}"}},"http_response":{"code":200},"time":5,"trace_uid":"4bf9","unmapped":{"inkseal":{"findings":[{"count":1,"entity":"B"},{"count":2,"entity":"A"},{"count":3,"entity":"B"}],"findings_more":6,"outcome":"redacted"}}}"#,
        ));
        assert_eq!(columns.time_ms, Some(5));
        assert_eq!(columns.trace.as_deref(), Some("4bf9"));
        assert_eq!(columns.actor.as_deref(), Some("ik1_p1_aaaa"));
        assert_eq!(columns.method.as_deref(), Some("POST"));
        assert_eq!(columns.path.as_deref(), Some("/v1/{id}"));
        assert_eq!(columns.status, Some(200));
        assert_eq!(columns.outcome.as_deref(), Some("redacted"));
        assert_eq!(columns.findings.as_deref(), Some("A=2,B=4,more=6"));
    }

    #[test]
    fn a_body_of_another_form_has_no_columns() {
        for body in [None, Some(""), Some("not json"), Some("[1]"), Some(r#"{"time":"5"}"#)] {
            assert_eq!(Columns::derive(body), Columns::default(), "{body:?}");
        }
    }

    #[test]
    fn names_each_difference() {
        let other = Columns { status: Some(1), actor: Some("x".into()), ..Columns::default() };
        assert_eq!(Columns::default().differences(&other), ["actor", "status"]);
    }
}
