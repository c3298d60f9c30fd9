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
        long_name(),
        long_head("pass_and_flag"),
        long_head("block"),
        deep_parts(),
        long_part(),
    ]
}

/// Values by name and content by name, behind what no glob is compared with.
fn long_name() -> Value {
    let name = "n".repeat(1_100);
    let find = json!([{"in": "field", "name": ["a"], "detect": ["EMAIL_ADDRESS"]}]);
    json!({
        "name": "content cannot hide behind a name too long to be compared",
        "policy": {"rules": [{"id": "r", "find": find}]},
        "response": {
            "headers": {"content-type": "application/x-www-form-urlencoded"},
            "body": format!("b=aaa@bbb.example&{name}=aaa@bbb.example"),
        },
        "expect": {"body": format!("b=aaa@bbb.example&{name}=%5BREDACTED%3AEMAIL_ADDRESS%5D")},
    })
}

/// A multipart body as a response.
fn parts(name: &str, policy: &Value, body: &str, expect: &Value) -> Value {
    let headers = json!({"content-type": "multipart/mixed; boundary=b"});
    json!({
        "name": name, "policy": policy, "expect": expect,
        "response": {"headers": headers, "body": body}, "chunks": vec![1_000; 40],
    })
}

/// A head that is longer than what is held of it: text from its delimiter on, or the end.
fn long_head(on_limit: &str) -> Value {
    let rules = json!([{"id": "r", "find": [{"in": "body", "detect": ["EMAIL_ADDRESS"]}]}]);
    let policy = json!({"on_limit": on_limit, "rules": rules});
    let body = |mail: &str| {
        let head = "X: y\r\n".repeat(3_000);
        format!("--b\r\n\r\n{mail}\r\n--b\r\n{head}Y: {mail}\r\n\r\n{mail}\r\n--b--\r\n")
    };
    let mail = "aaa@bbb.example";
    let expect = match on_limit {
        "block" => json!({"outcome": "reset", "never_contains": [mail]}),
        _ => json!({"body": body("[REDACTED:EMAIL_ADDRESS]"), "outcome": "uninspected"}),
    };
    parts(&format!("a head without an end, {on_limit}"), &policy, &body(mail), &expect)
}

/// More multipart bodies inside one another than are followed.
fn deep_parts() -> Value {
    let rules = json!([{"id": "r", "find": [{"in": "body", "detect": ["EMAIL_ADDRESS"]}]}]);
    let policy = json!({"on_limit": "pass_and_flag", "rules": rules});
    let body = |mail: &str| {
        let level = |at: usize| {
            let (own, next) = ("b".repeat(at + 1), "b".repeat(at + 2));
            format!("{mail}\r\n--{own}\r\nContent-Type: multipart/mixed; boundary={next}\r\n\r\n")
        };
        (0..20).map(level).collect::<String>() + mail + "\r\n--b--\r\n" + mail
    };
    let expect = json!({"body": body("[REDACTED:EMAIL_ADDRESS]"), "outcome": "uninspected"});
    parts("parts deeper than they are followed", &policy, &body("aaa@bbb.example"), &expect)
}

/// Parts far longer than what is held: one that is taken whole, and base64 of one that is read.
fn long_part() -> Value {
    let find = json!([{"in": "part", "name": ["a"], "entity": "A"}, {"in": "body", "detect": ["EMAIL_ADDRESS"]}]);
    let policy = json!({"rules": [{"id": "r", "find": find}]});
    let before = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYSBh\r\n".repeat(100);
    let (mail, lines) = ("YSAgIGFhYUBi\r\nYmIuZXhhbXBsZSBh\r\n", "words and words\r\n".repeat(500));
    let head = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    let coded = "\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let body = format!("{head}{lines}{coded}{before}{mail}{before}\r\n--b--\r\n");
    // The group of four that holds its first letter, and all that follows it in the run.
    let expected = format!("{head}[REDACTED:A]{coded}{before}YSAg[REDACTED:EMAIL_ADDRESS]\r\n\r\n--b--\r\n");
    parts(
        "a long part is taken whole, and a long one in base64 from its match on",
        &policy,
        &body,
        &json!({"body": expected}),
    )
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
