//! Cases that are too long to write down: matches and values far longer than what is held back.

use serde_json::{Value, json};

/// The head of a JWT, up to its second dot.
const JWT: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJBQUFBIn0.";

/// The cases, in the form of a file of exchanges.
pub fn cases() -> Vec<Value> {
    let text = |name: &str, policy: Value, body: String, expected: String| {
        json!({
            "name": name, "policy": policy, "expect": {"body": expected, "outcome": "redacted"},
            "response": {"headers": {"content-type": "text/plain"}, "body": body},
        })
    };
    let json_body = |name: &str, policy: Value, body: String, expected: String| {
        json!({
            "name": name, "policy": policy, "expect": {"body": expected, "outcome": "redacted"},
            "response": {"headers": {"content-type": "application/json"}, "body": body},
        })
    };
    let tail = "A".repeat(10_000);
    let lines = format!("{}\n", "A".repeat(64)).repeat(300);
    let words = "some words, 1234, and more of them. ".repeat(200);
    let named = json!({"rules": [{"id": "named", "find": [{"in": "json", "path": "$.a", "entity": "NAMED"}]}]});
    let gone = json!({"rules": [{"id": "gone", "find": [{"in": "json", "path": "$.a", "action": "remove"}]}]});
    let list = format!("[{}1]", r#"{"x":"yyyy","z":[1,2.50]},"#.repeat(500));
    vec![
        text(
            "a JWT longer than what is held back",
            json!("secrets"),
            format!("t={JWT}{tail} end"),
            "t=[REDACTED:JWT] end".to_owned(),
        ),
        text(
            "a JWT that begins late",
            json!("secrets"),
            format!("{words}{JWT}{tail}"),
            format!("{words}[REDACTED:JWT]"),
        ),
        text(
            "a private key longer than what is held back",
            json!("secrets"),
            format!("{words}\n-----BEGIN PRIVATE KEY-----\n{lines}-----END PRIVATE KEY-----\n{words}"),
            format!("{words}\n[REDACTED:PRIVATE_KEY]\n{words}"),
        ),
        text(
            "addresses in a long text",
            json!("pii-core"),
            format!("{words}aaa@bbb.example {words}ccc@ddd.example"),
            format!("{words}[REDACTED:EMAIL_ADDRESS] {words}[REDACTED:EMAIL_ADDRESS]"),
        ),
        json_body(
            "a long container becomes one string",
            named,
            format!(r#"{{"a":{list},"b":1.0}}"#),
            r#"{"a":"[REDACTED:NAMED]","b":1.0}"#.to_owned(),
        ),
        json_body(
            "a long container is removed",
            gone,
            format!(r#"{{"c":1,"a":{list},"b":1.0}}"#),
            r#"{"c":1,"b":1.0}"#.to_owned(),
        ),
        json_body(
            "a long string keeps what is no match",
            json!("pii-core"),
            format!(r#"{{"t":"{words}aaa@bbb.example {words}","l":{list}}}"#),
            format!(r#"{{"t":"{words}[REDACTED:EMAIL_ADDRESS] {words}","l":{list}}}"#),
        ),
        late_block(),
        clean(),
    ]
}

/// A block behind the window in which headers are held: what came before has left, the match must not.
fn late_block() -> Value {
    let window = "words and more words. ".repeat(6_000);
    let rule =
        json!({"id": "late", "find": [{"in": "body", "detect": ["US_SSN"], "action": {"block": {"status": 502}}}]});
    json!({
        "name": "a block behind its window cuts the stream",
        "policy": {"rules": [rule]},
        "response": {"headers": {"content-type": "text/plain"}, "body": format!("{window}ssn 123-45-6789 {window}")},
        "chunks": vec![4096; 80],
        "expect": {"status": 200, "outcome": "reset", "never_contains": ["123-45-6789"]},
    })
}

/// Much text in which nothing is found leaves byte for byte.
fn clean() -> Value {
    let body =
        "{\"id\": 12345678901234567890123, \"at\": \"2026-01-01T00:00:00Z\", \"x\": [1.50e+2 , null]}\n".repeat(4_000);
    json!({
        "name": "a long clean body leaves as it came",
        "policy": "recommended",
        "response": {"headers": {"content-type": "application/x-ndjson"}, "body": body},
        "chunks": vec![16_384; 30],
        "expect": {"body": body, "findings": [], "outcome": "allowed"},
    })
}
