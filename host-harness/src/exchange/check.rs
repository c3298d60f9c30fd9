//! Expected against observed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::encode;
use super::message::{self, Wires};
use super::model::{Exchange, Expect, Found, Values};
use super::observed::{Observed, Side};
use super::text::{self, Names};

/// One expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What was looked at: `body`, `header x-a`, `findings`.
    pub what: String,
    /// What was expected, for people.
    pub expected: String,
    /// What was there instead.
    pub got: String,
}

/// All that does not hold.
pub fn check(exchange: &Exchange, wires: &Wires, observed: &Observed) -> Vec<Mismatch> {
    let expect = &exchange.expect;
    let mut checks = Checks { mismatches: Vec::new(), names: Names::new() };
    let request_only = exchange.request.is_some() && exchange.response.is_none();
    let (subject, name) = if request_only { (&observed.request, "request ") } else { (&observed.response, "") };
    checks.bodies(expect, subject, observed);
    checks.headers(&format!("{name}header"), &expect.headers, |header| subject.header(header));
    checks.headers("request header", &expect.request_headers, |header| observed.request.header(header));
    checks.headers(&format!("{name}trailer"), &expect.trailers, |trailer| subject.trailer(trailer));
    checks.status(expect, observed);
    checks.findings("findings", expect.findings.as_deref(), observed.findings.as_deref());
    checks.findings("shadow", expect.shadow.as_deref(), observed.shadow.as_deref());
    checks.outcome(expect, observed);
    checks.filter_state(expect, observed);
    checks.event(expect, observed);
    checks.absent(exchange, observed);
    checks.ended(expect, wires, observed);
    checks.mismatches
}

struct Checks {
    mismatches: Vec<Mismatch>,
    names: Names,
}

impl Checks {
    fn differ(&mut self, what: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) {
        self.mismatches.push(Mismatch { what: what.into(), expected: expected.into(), got: got.into() });
    }

    fn same(&mut self, what: &str, expected: &[u8], got: &[u8]) {
        if !text::matches(expected, got, &mut self.names) {
            self.differ(what, readable(expected), readable(got));
        }
    }

    fn bodies(&mut self, expect: &Expect, subject: &Side, observed: &Observed) {
        if let Some(body) = &expect.body {
            match encode::encoded(body.clone().into_bytes(), &expect.encode) {
                Ok(body) => self.same("body", &body, &subject.body),
                Err(error) => self.differ("body", format!("{error:#}"), readable(&subject.body)),
            }
        }
        if let Some(base64) = &expect.body_base64 {
            match message::decode(base64) {
                Ok(body) => self.same("body", &body, &subject.body),
                Err(error) => self.differ("body", format!("{error:#}"), readable(&subject.body)),
            }
        }
        if let Some(json) = &expect.json
            && serde_json::from_slice::<Value>(&subject.body).ok().as_ref() != Some(json)
        {
            self.differ("json", json.to_string(), readable(&subject.body));
        }
        if let Some(body) = &expect.request_body {
            self.same("request body", body.as_bytes(), &observed.request.body);
        }
    }

    fn headers<'a>(
        &mut self,
        what: &str,
        expected: &BTreeMap<String, Option<Values>>,
        got: impl Fn(&str) -> Vec<&'a [u8]>,
    ) {
        for (name, expected) in expected {
            let got = got(name);
            let expected = expected.as_ref().map(Values::all).unwrap_or_default();
            let same = expected.len() == got.len()
                && expected
                    .iter()
                    .zip(&got)
                    .all(|(expected, got)| text::matches(expected.as_bytes(), got, &mut self.names));
            if !same {
                let shown =
                    |values: Vec<String>| if values.is_empty() { "absent".to_owned() } else { values.join(" | ") };
                let got = shown(got.into_iter().map(readable).collect());
                self.differ(format!("{what} {name}"), shown(expected.to_vec()), got);
            }
        }
    }

    fn status(&mut self, expect: &Expect, observed: &Observed) {
        let Some(status) = expect.status else { return };
        self.same(
            "status",
            status.to_string().as_bytes(),
            observed.response.header(":status").first().unwrap_or(&&b"none"[..]),
        );
    }

    /// Every expected finding is the sum of those that fit it, and every finding fits an expected one.
    fn findings(&mut self, what: &str, expected: Option<&[Found]>, got: Option<&[Found]>) {
        let Some(expected) = expected else { return };
        let Some(got) = got else {
            return self.differ(what, shown(expected), "nothing to see: no event was emitted");
        };
        let sums = expected.iter().all(|wanted| {
            let sum: u64 = got.iter().filter(|found| fits(wanted, found)).map(|found| found.count).sum();
            sum == wanted.count
        });
        let covered = got.iter().all(|found| expected.iter().any(|wanted| fits(wanted, found)));
        if !sums || !covered {
            self.differ(what, shown(expected), shown(got));
        }
    }

    fn outcome(&mut self, expect: &Expect, observed: &Observed) {
        if let Some(outcome) = &expect.outcome {
            self.same("outcome", outcome.as_bytes(), observed.outcome.as_deref().unwrap_or("none").as_bytes());
        }
    }

    fn filter_state(&mut self, expect: &Expect, observed: &Observed) {
        for (name, expected) in &expect.filter_state {
            // Only what finishes a stream can say how it ended.
            if name == "outcome" && !observed.makes_events {
                continue;
            }
            let what = format!("filter state {name}");
            match (expected, observed.filter_state.get(name)) {
                (Some(expected), got) => {
                    self.same(&what, expected.as_bytes(), got.map_or("absent", String::as_str).as_bytes());
                }
                (None, Some(got)) => self.differ(what, "absent", got),
                (None, None) => {}
            }
        }
    }

    fn event(&mut self, expect: &Expect, observed: &Observed) {
        let Some(expected) = &expect.event else { return };
        if !observed.makes_events {
            return;
        }
        match &observed.event {
            Some(event) => self.members("event", expected, event),
            None => self.differ("event", expected.to_string(), "no event"),
        }
    }

    /// Objects may have more members than expected; everything else is equal.
    fn members(&mut self, at: &str, expected: &Value, got: &Value) {
        match (expected, got) {
            (Value::Object(expected), Value::Object(got)) => {
                for (name, expected) in expected {
                    self.members(&format!("{at}.{name}"), expected, got.get(name).unwrap_or(&Value::Null));
                }
            }
            (Value::String(expected), Value::String(got)) => self.same(at, expected.as_bytes(), got.as_bytes()),
            _ if expected == got => {}
            _ => self.differ(at, expected.to_string(), got.to_string()),
        }
    }

    fn absent(&mut self, exchange: &Exchange, observed: &Observed) {
        let expect = &exchange.expect;
        let mut traffic = Vec::new();
        for (given, side, name) in [
            (exchange.request.is_some(), &observed.request, "request"),
            (exchange.response.is_some(), &observed.response, "response"),
        ] {
            if given {
                traffic.push((format!("{name} body"), side.body.clone()));
                let fields = side.headers.iter().flatten().chain(&side.trailers);
                traffic
                    .extend(fields.map(|(field, value)| (format!("{name} header {}", readable(field)), value.clone())));
            }
        }
        let state = observed
            .filter_state
            .iter()
            .map(|(name, value)| (format!("filter state {name}"), value.clone().into_bytes()));
        let logged: Vec<_> = state.chain(observed.logged.iter().cloned()).collect();
        for secret in &expect.never_contains {
            self.nowhere(secret, traffic.iter().chain(&logged));
        }
        for secret in &expect.never_logged {
            self.nowhere(secret, logged.iter());
        }
    }

    fn nowhere<'a>(&mut self, secret: &str, places: impl Iterator<Item = &'a (String, Vec<u8>)>) {
        for (place, bytes) in places {
            if !secret.is_empty() && bytes.windows(secret.len()).any(|window| window == secret.as_bytes()) {
                self.differ(place.as_str(), format!("never `{secret}`"), readable(bytes));
            }
        }
    }

    /// What is not blocked or cut must end: a filter that swallows the end hangs the stream. Nothing of a refused
    /// request may leave as if it were whole.
    fn ended(&mut self, expect: &Expect, wires: &Wires, observed: &Observed) {
        if matches!(observed.outcome.as_deref(), Some("blocked" | "reset" | "failed")) {
            return;
        }
        for (side, wire, name) in
            [(&observed.request, &wires.request, "request"), (&observed.response, &wires.response, "response")]
        {
            if !side.ended {
                self.differ(format!("{name} end"), "the message ends", "it hangs");
            }
            if !wire.trailers.is_empty() && side.trailers.is_empty() && expect.trailers.is_empty() {
                self.differ(format!("{name} trailers"), "they arrive", "they are lost");
            }
        }
    }
}

fn fits(wanted: &Found, found: &Found) -> bool {
    let optional = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    wanted.rule == found.rule
        && wanted.entity == found.entity
        && optional(&wanted.surface, &found.surface)
        && optional(&wanted.path, &found.path)
        && optional(&wanted.action, &found.action)
        && optional(&wanted.detector, &found.detector)
}

fn shown(findings: &[Found]) -> String {
    if findings.is_empty() {
        return "none".to_owned();
    }
    let one = |found: &Found| {
        let mut line = format!("{} {} x{}", found.rule, found.entity, found.count);
        for part in [&found.detector, &found.surface, &found.path, &found.action].into_iter().flatten() {
            if !part.is_empty() {
                line.push(' ');
                line.push_str(part);
            }
        }
        line
    };
    findings.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Bytes for people: UTF-8 as it is, other bytes and control characters escaped.
pub(crate) fn readable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() && letter != '\n' { text.extend(letter.escape_default()) } else { text.push(letter) }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What does not hold when a response is `body` with header `x-a: 1` and two findings.
    fn mismatches(expect: Value, observe: impl FnOnce(&mut Observed)) -> Vec<String> {
        let exchange: Exchange =
            serde_json::from_value(json!({"name": "x", "response": {}, "expect": expect})).unwrap();
        let wires = Wires::new(&exchange).unwrap();
        let fields = vec![(b":status".to_vec(), b"200".to_vec()), (b"x-a".to_vec(), b"1".to_vec())];
        let side = Side { headers: Some(fields), body: b"body".to_vec(), ended: true, ..Side::default() };
        let found = |path: &str, count| Found {
            rule: "r".into(),
            entity: "E".into(),
            count,
            surface: None,
            path: Some(path.into()),
            action: None,
            detector: None,
        };
        let mut observed = Observed {
            request: Side { ended: true, ..Side::default() },
            response: side,
            findings: Some(vec![found("$.a", 1), found("$.b", 2)]),
            logged: vec![("record".into(), b"a secret".to_vec())],
            makes_events: true,
            ..Observed::default()
        };
        observe(&mut observed);
        check(&exchange, &wires, &observed).into_iter().map(|mismatch| mismatch.what).collect()
    }

    #[track_caller]
    fn holds(expect: Value, whats: &[&str]) {
        assert_eq!(mismatches(expect.clone(), |_| {}), whats, "{expect}");
    }

    #[test]
    fn bodies_headers_and_status() {
        holds(json!({"body": "body", "headers": {"X-A": "1", "x-b": null}, "status": 200}), &[]);
        holds(json!({"body": "other"}), &["body"]);
        holds(json!({"body_base64": "Ym9keQ=="}), &[]);
        holds(json!({"json": {"a": 1}}), &["json"]);
        holds(json!({"request_body": "x"}), &["request body"]);
        holds(json!({"headers": {"x-a": null}}), &["header x-a"]);
        holds(json!({"headers": {"x-a": ["1", "2"]}}), &["header x-a"]);
        holds(json!({"headers": {"x-b": "1"}}), &["header x-b"]);
        holds(json!({"trailers": {"x-t": "1"}}), &["trailer x-t"]);
        holds(json!({"status": 502}), &["status"]);
    }

    #[test]
    fn findings_are_an_exact_set_of_sums() {
        holds(json!({"findings": [{"rule": "r", "entity": "E", "count": 3}]}), &[]);
        let each = json!([{"rule": "r", "entity": "E", "count": 1, "path": "$.a"}, {"rule": "r", "entity": "E", "count": 2, "path": "$.b"}]);
        holds(json!({"findings": each}), &[]);
        holds(json!({"findings": [{"rule": "r", "entity": "E", "count": 1, "path": "$.a"}]}), &["findings"]);
        holds(json!({"findings": [{"rule": "r", "entity": "E", "count": 2}]}), &["findings"]);
        holds(json!({"findings": []}), &["findings"]);
        holds(json!({"shadow": []}), &["shadow"]);
    }

    #[test]
    fn secrets_and_events_and_state() {
        holds(json!({"never_contains": ["body"]}), &["response body"]);
        holds(json!({"never_contains": ["secret"]}), &["record"]);
        holds(json!({"never_logged": ["body"]}), &[]);
        holds(json!({"never_logged": ["secret"]}), &["record"]);
        holds(json!({"event": {"a": 1}}), &["event"]);
        holds(json!({"filter_state": {"path": "/"}}), &["filter state path"]);
        holds(json!({"outcome": "allowed"}), &["outcome"]);
        let event = |observed: &mut Observed| observed.event = Some(json!({"a": {"b": 1, "c": 2}}));
        assert!(mismatches(json!({"event": {"a": {"b": 1}}}), event).is_empty());
        assert_eq!(mismatches(json!({"event": {"a": {"b": 2}}}), event), ["event.a.b"]);
    }

    #[test]
    fn a_message_that_hangs_is_a_failure_unless_it_is_refused() {
        let hang = |observed: &mut Observed| observed.response.ended = false;
        assert_eq!(mismatches(json!({}), hang), ["response end"]);
        let refuse = |observed: &mut Observed| {
            hang(observed);
            observed.outcome = Some("reset".into());
        };
        assert!(mismatches(json!({}), refuse).is_empty());
    }
}
