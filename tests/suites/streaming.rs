//! What is complete leaves: events and records with the chunk that completes them, events of streamed texts as soon as
//! nothing in them may be part of a match, or two seconds later.
#![allow(clippy::unwrap_used, reason = "a suite")]

use std::io::Write as _;
use std::rc::Rc;

use flate2::Compression;
use flate2::write::GzEncoder;
use inkseal::exchange::policy::plan;
use inkseal_engine::exchange::{Attributes, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};
use serde_json::{Value, json};

fn compiled(rule: Value) -> Rc<Plan> {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS).unwrap();
    let detectors =
        json!([{"id": "own.key", "entity": "KEY", "pattern": "key_[A-Za-z0-9]{8}", "examples": ["key_AAAAAAAA"]}]);
    let policy = json!({"version": "inkseal/v1", "name": "streaming", "detectors": detectors, "rules": [rule]});
    Rc::new(Plan::load(plan(&mut sources, &catalogue, &policy, "streaming").unwrap().as_bytes()).unwrap())
}

fn everywhere() -> Rc<Plan> {
    compiled(json!({"id": "all", "find": [
        {"in": "field", "name": ["password"]},
        {"in": "body", "detect": ["KEY", "EMAIL_ADDRESS", "CREDIT_CARD", "JWT"]},
    ]}))
}

fn chats() -> Rc<Plan> {
    compiled(json!({"id": "chat", "find": [{"in": "sse", "stream_text": "openai-chat", "detect": ["KEY"]}]}))
}

/// A response that begins at time 0.
fn begun(plan: &Rc<Plan>, media_type: &str) -> Transaction {
    coded(plan, media_type, None)
}

fn coded(plan: &Rc<Plan>, media_type: &str, coding: Option<&str>) -> Transaction {
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let mut headers: Headers =
        vec![(b":status".to_vec(), b"200".to_vec()), (b"content-type".to_vec(), media_type.into())];
    headers.extend(coding.map(|coding| (b"content-encoding".to_vec(), coding.into())));
    exchange.response_headers(&mut headers, false);
    exchange
}

/// What leaves with a chunk.
fn sent(exchange: &mut Transaction, chunk: &str) -> String {
    let mut out = Vec::new();
    exchange.response_body(chunk.as_bytes(), false, &mut out);
    String::from_utf8(out).unwrap()
}

/// Sends the parts, each in chunks of `step` bytes; with the last of each all of it must have left.
fn leaves(plan: &Rc<Plan>, media_type: &str, parts: &[&str], step: usize) {
    let mut exchange = begun(plan, media_type);
    let mut left = String::new();
    for (index, part) in parts.iter().enumerate() {
        for chunk in part.as_bytes().chunks(step) {
            left += &sent(&mut exchange, std::str::from_utf8(chunk).unwrap());
        }
        let mut whole = Vec::new();
        begun(plan, media_type).response_body(parts.get(..=index).unwrap().concat().as_bytes(), true, &mut whole);
        assert_eq!(left.as_bytes(), whole, "{media_type} up to {part:?} in chunks of {step}");
        assert!(!exchange.response_holding(), "{media_type}: {part:?} in chunks of {step} leaves something behind");
    }
}

const EVENTS: &[&str] = &[
    "data: {\"password\":\"a\",\"t\":\"key_AAAA\"}\n\n",
    ": keep-alive\n",
    "id: 1\nevent: jane\ndata: jane\n\n",
    "data: key_AAAAAAAA\rdata: 4111 1111\r\r",
    "data: {\r\ndata: \"a\": \"eyJhbGciOiJIUzI1NiJ9.e30.AA\r\nid: key_AAAA\r\n\r\n",
    "data\n\n",
    "data: \"\\\n\n",
    "retry: 10\n\n",
    "data: [DONE]\n\n",
];

#[test]
fn a_complete_event_leaves_with_its_last_byte() {
    for step in [1, 2, 7, 1000] {
        leaves(&everywhere(), "text/event-stream", EVENTS, step);
    }
}

#[test]
fn a_complete_record_leaves_with_its_line_end() {
    let records =
        ["{\"password\":\"a\"}\n", "{\"t\":\"key_AAAA\"}\n", "\n", "[\"key_AA\n", "1234\r\n", "\"jane\"\n", "jane\n"];
    for step in [1, 3, 1000] {
        leaves(&everywhere(), "application/x-ndjson", &records, step);
    }
}

fn chat(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}

#[test]
fn a_piece_leaves_when_nothing_in_it_may_be_part_of_a_match() {
    let mut exchange = begun(&chats(), "text/event-stream");
    assert_eq!(sent(&mut exchange, ": keep-alive\n\n"), ": keep-alive\n\n");
    assert_eq!(sent(&mut exchange, &chat("Hello.")), chat("Hello."));
    assert_eq!(sent(&mut exchange, &chat(" key_")), "");
    assert!(exchange.response_holding());
    assert_eq!(sent(&mut exchange, "data: [DONE]\n\n"), "", "what comes behind waits, too");
    assert_eq!(sent(&mut exchange, &chat("?")), [chat(" key_"), "data: [DONE]\n\n".into(), chat("?")].concat());
    assert!(!exchange.response_holding());
}

#[test]
fn words_leave_at_once() {
    let mut exchange = begun(&chats(), "text/event-stream");
    for word in ["The", " quic", "", "er", " brown", " fox", "ABCDEFGH", "ABCDEFGH"] {
        assert_eq!(sent(&mut exchange, &chat(word)), chat(word));
        assert!(!exchange.response_holding(), "{word:?}");
    }
}

#[test]
fn base64_is_read_within_an_event_and_not_from_piece_to_piece() {
    // It is base64 of `key_AAAAAAAA`.
    let text = chat("a2V5X0FBQUFBQUFB.");
    assert_eq!(sent(&mut begun(&chats(), "text/event-stream"), &text), text);
    let each = compiled(json!({"id": "each", "find": [{"in": "sse", "detect": ["KEY"]}]}));
    assert_eq!(sent(&mut begun(&each, "text/event-stream"), &text), chat("[REDACTED:KEY]."));
}

#[test]
fn an_event_of_a_compressed_stream_leaves_with_the_piece_that_completes_it() {
    let mut exchange = coded(&everywhere(), "text/event-stream", Some("gzip"));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for event in EVENTS {
        encoder.write_all(event.as_bytes()).unwrap();
        encoder.flush().unwrap();
        let (mut left, mut whole) = (Vec::new(), Vec::new());
        exchange.response_body(&std::mem::take(encoder.get_mut()), false, &mut left);
        begun(&everywhere(), "text/event-stream").response_body(event.as_bytes(), true, &mut whole);
        assert_eq!(String::from_utf8(left), String::from_utf8(whole), "{event:?}");
    }
    let mut rest = Vec::new();
    exchange.response_body(&encoder.finish().unwrap(), true, &mut rest);
    assert!(rest.is_empty() && exchange.summary().uninspected.is_none());
}

#[test]
fn a_piece_waits_two_seconds_and_no_longer() {
    let mut exchange = begun(&chats(), "text/event-stream");
    assert_eq!(sent(&mut exchange, &chat("a key_AA")), "");
    exchange.tick(1999);
    assert_eq!(sent(&mut exchange, ":\n\n"), "");
    exchange.tick(2000);
    assert_eq!(sent(&mut exchange, "data: x\n\n"), [chat("a [REDACTED:KEY]"), ":\n\ndata: x\n\n".into()].concat());
    // The rest of what it proves to be goes, too, and is counted once.
    assert_eq!(sent(&mut exchange, &chat("AA")), "");
    assert_eq!(sent(&mut exchange, &chat("AAAA. ")), [chat(""), chat(". ")].concat());
    let counts: Vec<u64> = exchange.summary().findings.iter().map(|finding| finding.count).collect();
    assert_eq!(counts, [1]);
}

#[test]
fn what_comes_late_but_decides_is_not_too_late() {
    let mut exchange = begun(&chats(), "text/event-stream");
    assert_eq!(sent(&mut exchange, &chat("a key_AA")), "");
    exchange.tick(60_000);
    assert_eq!(sent(&mut exchange, &chat("A?")), [chat("a key_AA"), chat("A?")].concat());
    assert!(exchange.summary().findings.is_empty());
}
