//! Policies, compiled and run over bodies: what comes out, and that it does not depend on the cuts.
#![cfg(feature = "compile")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::rc::Rc;

use inkseal_engine::compile::{Options, compile};
use inkseal_engine::exchange::{Attributes, Flow, Headers, Summary, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};

fn plan(policy: &str) -> Rc<Plan> {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS)
        .unwrap_or_else(|errors| panic!("{errors:#?}"));
    let file = sources.add("policy.yaml", policy);
    let compiled = compile(&sources, file, &catalogue, &Options::default()).unwrap_or_else(|errors| {
        let lines: Vec<String> = errors
            .iter()
            .map(|e| format!("{}:{}: {e}", sources.name(e.span.file), sources.position(e.span).line))
            .collect();
        panic!("{}", lines.join("\n"))
    });
    Rc::new(Plan::load(compiled.json.as_bytes()).unwrap())
}

fn response(plan: &Rc<Plan>, content_type: &str, chunks: &[&[u8]]) -> (Vec<u8>, Summary) {
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request: Headers = [(":method", "GET"), (":path", "/"), (":authority", "a.example")]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec();
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let mut headers: Headers =
        vec![(b":status".to_vec(), b"200".to_vec()), (b"content-type".to_vec(), content_type.into())];
    exchange.response_headers(&mut headers, false);
    let mut out = Vec::new();
    for chunk in chunks {
        assert!(!matches!(exchange.response_body(chunk, false, &mut out), Flow::Block(_)));
    }
    exchange.response_body(b"", true, &mut out);
    (out, exchange.summary())
}

/// Redacts whole and at every cut and pair of cuts, which must agree.
fn check(plan: &Rc<Plan>, content_type: &str, body: &str, expected: &str) {
    let bytes = body.as_bytes();
    let (whole, summary) = response(plan, content_type, &[bytes]);
    assert_eq!(String::from_utf8_lossy(&whole), expected, "whole: {body}");
    let mut cuts: Vec<Vec<usize>> = (0..=bytes.len()).map(|at| vec![at]).collect();
    if bytes.len() <= 64 {
        cuts.extend((0..=bytes.len()).flat_map(|a| (a..=bytes.len()).map(move |b| vec![a, b])));
    }
    cuts.push((0..=bytes.len()).collect());
    for cut in cuts {
        let mut chunks = Vec::new();
        let mut from = 0;
        for &at in &cut {
            chunks.push(&bytes[from..at]);
            from = at;
        }
        chunks.push(&bytes[from..]);
        let (out, cut_summary) = response(plan, content_type, &chunks);
        assert_eq!(String::from_utf8_lossy(&out), expected, "cut at {cut:?}: {body}");
        assert_eq!(cut_summary.findings, summary.findings, "cut at {cut:?}: {body}");
        assert_eq!(cut_summary.shadow, summary.shadow, "cut at {cut:?}: {body}");
    }
}

const RECOMMENDED: &str = "version: inkseal/v1\nname: t\ninclude: [recommended]\n";

#[test]
fn recommended_redacts_text() {
    let plan = plan(RECOMMENDED);
    for (body, expected) in [
        ("mail jane@shop.example now", "mail [REDACTED:EMAIL_ADDRESS] now"),
        ("card 4111 1111 1111 1111.", "card ***************1111."),
        ("nothing to see here", "nothing to see here"),
        ("@@@a@b@c.de@", "@@@a@[REDACTED:EMAIL_ADDRESS]@"),
        ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA@x", "[REDACTED:JWT]@x"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\nend", "[REDACTED:PRIVATE_KEY]\nend"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----EN", "[REDACTED:PRIVATE_KEY]"),
    ] {
        check(&plan, "text/plain", body, expected);
    }
}

#[test]
fn recommended_redacts_json() {
    let plan = plan(RECOMMENDED);
    for (body, expected) in [
        (r#"{"a": "jane\u0040shop.example"}"#, r#"{"a": "[REDACTED:EMAIL_ADDRESS]"}"#),
        (
            r#"{"n":4111111111111111, "n":12345678901234567890123}"#,
            r#"{"n":"************1111", "n":12345678901234567890123}"#,
        ),
        (
            r#"{"password":"hunter2","next_page_token":null}"#,
            r#"{"password":"[REDACTED:SECRET]","next_page_token":null}"#,
        ),
        (r#" [1,2 , 3.50e+7, true,null,"x"] "#, r#" [1,2 , 3.50e+7, true,null,"x"] "#),
        (
            r#"{"a":"jane@shop.example",oops jane@shop.example}"#,
            r#"{"a":"[REDACTED:EMAIL_ADDRESS]",oops [REDACTED:EMAIL_ADDRESS]}"#,
        ),
    ] {
        check(&plan, "application/json", body, expected);
    }
}

/// A body of some KiB: words, values, and lines here and there.
fn long_body(seed: u64, line: &str) -> String {
    let values = [
        "jo.doe@example.com",
        "datadog api_key 4f9c2d81a7b35e60c8d1f24a9b7e3c50",
        "9d7e4c1b0a8f3625e4d1c7b89a0f6e52",
        "card 4111 1111 1111 1111",
        "AKIAQ3EGRIT7VEXAMPLE",
        "ssn 536-90-4399",
        "Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345",
        "cG9zdGdyZXM6Ly9hZG1pbjpodW50ZXIyMjJAZGIuZXhhbXBsZS5jb20vcHJvZA==",
        "-----BEGIN PRIVATE KEY----- MIIEvQIBADANBgkqhkiG9w0BAQEFAASC -----END PRIVATE KEY-----",
        "key 7b6",
    ];
    let mut state = seed;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut body = String::new();
    while body.len() < 3000 {
        match random(12) {
            0 => body.push_str(line),
            1 => body.push_str(values[random(values.len())]),
            2 => body.push_str(&"x-".repeat(random(30))),
            _ => body.push_str(&"lorem ipsum dolor "[random(12)..]),
        }
    }
    body
}

/// Near the end of a large piece that goes on, text waits for what follows; of small pieces all leaves that may.
#[test]
fn large_pieces_come_out_as_small_ones_do() {
    let plan = plan(RECOMMENDED);
    let mut found = 0;
    for seed in 0..12 {
        let (text, json) = (long_body(seed, "\n"), long_body(seed, r#"\n"#));
        let strings = format!(r#"{{"a":["{}"]}}"#, long_body(seed, r#"","#));
        let string = format!(r#"{{"a":"{json}"}}"#);
        for (content_type, body) in [("text/plain", text), ("application/json", string), ("application/json", strings)]
        {
            let pieces = |size: usize| response(&plan, content_type, &body.as_bytes().chunks(size).collect::<Vec<_>>());
            let (out, summary) = pieces(61);
            found += summary.findings.len();
            for size in [512, 600, 777, 1024, 1999, 5000] {
                let (large, of_large) = pieces(size);
                assert_eq!(String::from_utf8_lossy(&large), String::from_utf8_lossy(&out), "{size}: {body}");
                assert_eq!(of_large.findings, summary.findings, "{size}: {body}");
            }
        }
    }
    assert!(found > 100, "{found}");
}

#[test]
fn named_values() {
    let plan = plan(
        r#"
version: inkseal/v1
name: t
rules:
  - id: r
    find:
      - {in: json, path: "$.payment.card.number", entity: CREDIT_CARD, action: {mask: {keep_last: 4}}}
      - {in: json, path: "$..gone", action: remove}
      - {in: json, path: "$.list[1:3]", action: remove}
      - {in: field, name: ["*secret*"], action: {replace: "x\"y"}}
"#,
    );
    for (body, expected) in [
        (
            r#"{"payment":{"card":{"number":"4111111111111111"}}}"#,
            r#"{"payment":{"card":{"number":"************1111"}}}"#,
        ),
        (r#"{"gone":1}"#, r#"{}"#),
        (r#"{"gone":1,"b":2}"#, r#"{"b":2}"#),
        (r#"{"a":1, "gone":{"x":[1,"}"]}}"#, r#"{"a":1}"#),
        (r#"{"a":1, "gone":"x" , "b":2}"#, r#"{"a":1 , "b":2}"#),
        (r#"{ "gone":1, "gone":2 }"#, r#"{  }"#),
        (r#"{"list":[0,1,2,3]}"#, r#"{"list":[0,3]}"#),
        (r#"{"my_secret":{"a":1},"b":[{"Secret":true}]}"#, r#"{"my_secret":"x\"y","b":[{"Secret":"x\"y"}]}"#),
    ] {
        check(&plan, "application/json", body, expected);
    }
}

#[test]
fn an_example_needs_no_keyword_and_entropy_is_of_the_whole_match() {
    let plan = plan(
        r#"
version: inkseal/v1
name: t
detectors:
  - id: shop.session
    entity: SHOP_SESSION
    pattern: 'sess_(?P<body>[A-Za-z0-9]{24})(?P<sum>[a-z0-9]{4})'
    redact: body
    keywords: {any: [session, sid], within: 40}
    validate: {min_entropy: 3.2}
    examples: [sess_AAAAbbbbCCCCddddEEEEffff0a1b]
    counter_examples: [sess_example]
rules:
  - {id: r, find: [{in: body, detect: [shop.session]}]}
"#,
    );
    let value = "sess_AAAAbbbbCCCCddddEEEEffff0a1b";
    check(&plan, "text/plain", &format!("sid={value}"), "sid=sess_[REDACTED:SHOP_SESSION]0a1b");
    check(&plan, "text/plain", &format!("{value} SESSION"), "sess_[REDACTED:SHOP_SESSION]0a1b SESSION");
    check(&plan, "text/plain", value, value);
    check(&plan, "text/plain", &format!("sid\n{value}\nsid"), &format!("sid\n{value}\nsid"));
}

#[test]
fn the_policy_of_the_readme_does_what_it_says() {
    let readme = include_str!("../../README.md");
    let policy = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let plan = plan(policy);
    let (out, summary) =
        response(&plan, "application/json", &[br#"{"payment":{"card":{"number":"4111111111111111"}},"password":"x"}"#]);
    let expected = r#"{"payment":{"card":{"number":"************1111"}},"password":"[REDACTED:SECRET]"}"#;
    assert_eq!(String::from_utf8_lossy(&out), expected);
    assert_eq!(summary.findings.len(), 2);
}

#[test]
fn hits_say_where_the_text_stands() {
    let plan = plan(
        "version: inkseal/v1\nname: hits\n\
         detectors: [{id: own.key, entity: KEY, pattern: 'key_[A-Z]{4}', examples: [key_AAAA]}]\n\
         rules:\n\
         - {id: content, find: [{in: body, detect: [own.key]}]}\n\
         - {id: named, find: [{in: field, name: [pwd]}, {in: json, path: $.all}]}\n",
    );
    // A name that is too long to be held, as one piece and over two.
    let long = format!("a=1&{}key_AAAA=1", "n".repeat(1100));
    let cut = format!("a={}&{}key_AAAA=1", "x".repeat(4000), "n".repeat(1100));
    for (media_type, text, wanted) in [
        ("text/plain", "a key_AAAA b", &["key_AAAA"][..]),
        ("application/x-www-form-urlencoded", "a=1&pwd=xyz&b=key_AAAA&key_BBBB&c", &["xyz", "key_AAAA", "key_BBBB"]),
        ("application/x-www-form-urlencoded", "key_AAAA&pwd=xyz", &["key_AAAA", "xyz"]),
        ("application/x-www-form-urlencoded", "key_AAAA=pwd&pwd=key_BBBB", &["key_AAAA", "key_BBBB"]),
        ("application/x-www-form-urlencoded", long.as_str(), &["key_AAAA", "1"]),
        ("application/x-www-form-urlencoded", cut.as_str(), &["key_AAAA", "1"]),
        (
            "application/json",
            "{\"a\":[\"key_AAAA\"],\"pwd\":12,\"all\":{\"b\":[1]}}",
            &["key_AAAA", "12", "{\"b\":[1]}"],
        ),
        ("application/x-ndjson", "{\"a\":\"key_AAAA\"}\n{\"pwd\":\"x\"}\n", &["key_AAAA", "\"x\""]),
        ("text/html", "<p a='key_AAAA'>key_BBBB</p><pwd>x</pwd>", &["key_AAAA", "key_BBBB", "x"]),
        ("application/x-protobuf", "\u{12}\u{8}key_AAAA\u{8}\u{1}\u{12}\u{8}key_BBBB", &["key_AAAA", "key_BBBB"]),
    ] {
        let scan = inkseal_engine::tools::scan(&plan, None, 0, media_type, text.as_bytes());
        let range = |hit: &inkseal_engine::tools::Hit| {
            &text[usize::try_from(hit.start).unwrap()..usize::try_from(hit.end).unwrap()]
        };
        assert_eq!(scan.hits.iter().map(range).collect::<Vec<_>>(), wanted, "{media_type}: {text}");
    }
}
