//! Work and memory on hostile bodies, counted, not timed: what automata, keywords and decoders read grows with the body
//! and no faster; what is held does not grow with it at all.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite")]

use std::rc::Rc;

use inkseal::exchange::policy::plan;
use inkseal_engine::exchange::{Attributes, Flow, Headers, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::policy::{Catalogue, Sources};
use inkseal_tests::random;
use serde_json::json;

/// Bytes that may be read for each byte of a body: every detector may look at each start anew, to the end of its
/// longest match.
const WORK_PER_BYTE: u64 = 250;

/// Bytes that a body's reader may hold: its slice in several views, what is held back, and a table of detectors.
const MEMORY: usize = 384 << 10;

/// The same for events, whose lines of data each leave a seam in every view.
const EVENTS: usize = 512 << 10;

fn memory(media_type: &str) -> usize {
    if media_type == "text/event-stream" { EVENTS } else { MEMORY }
}

/// What bodies are made of, again and again.
const PIECES: &[&str] = &[
    "a",
    "@",
    "a@",
    "a.",
    "a@b.c-",
    "1",
    "1 ",
    "4111 ",
    "4111111111111111 ",
    "0-",
    "=",
    "A",
    "/",
    "AAAA=",
    "eyJ",
    "eyJhbGci",
    "ik1_",
    "ik1_p1_aaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "Bearer ",
    "bearer a",
    "password=",
    "password: ",
    "AKIA",
    "sk_live_",
    "DE89",
    "DE89 3704 0044 0532 0130 00 ",
    "ssn ",
    "ssn 123-45-6789 ",
    "amFuZUBzaG9wLmV4YW1wbGU=",
    "amFuZUBzaG9wLmV4YW1wbGU",
    "%",
    "%4",
    "%41",
    "%2541",
    "%40",
    "a%40b.example ",
    "\\",
    "\\u",
    "\\u0041",
    "\\ud83d",
    "\\\\u0040",
    "\\\"",
    "\"",
    "\"a\":",
    "{\"a\":",
    "[",
    "[1,",
    "{}",
    ",",
    "1,",
    "null,",
    "\n",
    " ",
    "&",
    "&amp",
    "&#64;",
    "&a=1",
    "a=",
    "data: a\n",
    "data: {\"a\":\n",
    "data: a\n: b\n",
    "data\r",
    "data: \"a\"\n\n",
    "id: a@b.example\n",
    "\r",
    "<",
    "<a",
    "<a b=",
    "<a b=\"",
    "<a>",
    "</a>",
    "<!--",
    "<![CDATA[",
    "]]>",
    "\u{200b}",
    "\u{ff11}",
    "\u{ad}a",
    "\u{0}",
    "data:;base64,",
    "://",
    "https://a:b@",
    "xox",
    "ghp_",
    "-",
    "_",
    "é",
];

/// And multipart bodies of, beside those: tiny parts, heads without an end, what is nearly a delimiter.
const PARTS: &[&str] = &[
    "\r\n--b\r\n\r\n",
    "\r\n--b\r\n",
    "\n--b",
    "\r\n",
    "\r",
    "--b\n\n1\n",
    "--b \t",
    "\n--b                ",
    "a: b\r\n",
    " a\r\n",
    "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n",
    "--b\r\nContent-Disposition: form-data; name=\"=?UTF-8?B?cHdk?=\"; filename=\"a%40b.example\"\r\n\r\n4111\r\n",
    "--b\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n",
    "--b\r\nContent-Type: application/x-ndjson\r\n\r\n[\r\n",
    "--b\r\nContent-Type: text/html\r\n\r\n<a\r\n",
    "--b\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=1&b\r\n",
    "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n",
    "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nQUFB\r\n",
    "; name=a",
    "; a=\"b\"",
    "=\r\n",
    "=4",
];

const MULTIPART: &str = "multipart/form-data; boundary=b";

const TYPES: &[&str] = &[
    "text/plain",
    "application/json",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "text/html",
    MULTIPART,
    "text/event-stream",
];

/// What bodies of a type begin with.
fn heads(media_type: &str) -> &'static [&'static str] {
    if media_type == MULTIPART {
        &[
            "",
            "--b\n",
            "--b\n\n",
            "--b\nContent-Disposition: form-data; name=\"",
            "--b\nContent-Transfer-Encoding: base64\n\n",
            "--b\nContent-Transfer-Encoding: quoted-printable\n\n",
            "--b\nContent-Type: application/json\n\n{\"a\":\"",
        ]
    } else {
        &["", "{\"a\":\"", "[\"", "<a b=\"", "a=", "data: {\"a\":\"", "data: a\n:"]
    }
}

struct Cost {
    work: u64,
    memory: usize,
}

/// The cost of a body of `size` bytes that begins with `head` and goes on with `piece`, in chunks of `step` bytes.
fn cost(plan: &Rc<Plan>, media_type: &str, (head, piece): (&str, &str), size: usize, step: usize) -> Cost {
    let body: Vec<u8> = head.bytes().chain(piece.bytes().cycle()).take(size).collect();
    let mut exchange = Transaction::new(Rc::clone(plan), None, 0);
    let mut request: Headers = vec![(b":method".to_vec(), b"GET".to_vec()), (b":path".to_vec(), b"/".to_vec())];
    exchange.request_headers(&mut request, &Attributes::default(), true);
    let content_type = (b"content-type".to_vec(), media_type.into());
    let mut headers: Headers = vec![(b":status".to_vec(), b"200".to_vec()), content_type];
    exchange.response_headers(&mut headers, false);
    let mut out = Vec::new();
    for chunk in body.chunks(step) {
        if exchange.response_body(chunk, false, &mut out) != Flow::Continue {
            break;
        }
        out.clear();
    }
    Cost { work: exchange.work(), memory: exchange.peak_memory() }
}

#[test]
fn work_grows_with_the_body_and_memory_does_not() {
    let plan = random::load().unwrap();
    let (small, step) = (12 << 10, 4 << 10);
    let mut wrong = Vec::new();
    let (mut most_work, mut most_memory) = ((0, String::new()), (0, String::new()));
    for media_type in TYPES {
        let parts = if *media_type == MULTIPART { PARTS } else { &[] };
        for head in heads(media_type) {
            for piece in PIECES.iter().chain(parts) {
                let what = format!("{media_type}, {head:?} and then {piece:?}");
                let once = cost(&plan, media_type, (head, piece), small, step);
                let twice = cost(&plan, media_type, (head, piece), 2 * small, step);
                let per_byte = twice.work / (2 * small as u64);
                if per_byte > WORK_PER_BYTE || twice.work > 2 * once.work + once.work / 5 + 200_000 {
                    wrong.push(format!(
                        "{what}: work {} for {small} bytes, {} for twice as many",
                        once.work, twice.work
                    ));
                }
                if twice.memory > memory(media_type) {
                    wrong.push(format!("{what}: {} bytes held", twice.memory));
                }
                most_work = most_work.max((per_byte, what.clone()));
                most_memory = most_memory.max((twice.memory, what));
            }
        }
    }
    println!("most work: {} bytes read a byte, {}", most_work.0, most_work.1);
    println!("most memory: {} bytes, {}", most_memory.0, most_memory.1);
    assert!(wrong.is_empty(), "{} of the bodies:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn memory_does_not_grow_with_a_body_however_it_is_cut() {
    let plan = random::load().unwrap();
    for media_type in TYPES {
        for body in [("{\"a\":\"", "\\\\u0040%40"), ("", "4111 "), ("a=", "%2541"), ("<a b=\"", "&#64;")] {
            // Behind pieces of the first size more is taken to be on its way, behind those of the second it is not known.
            for size in [16 << 10, 64 << 10] {
                let short = cost(&plan, media_type, body, 256 << 10, size).memory;
                let long = cost(&plan, media_type, body, 1 << 20, size).memory;
                assert!(long <= short + short / 4, "{media_type}, {body:?}: {short} and then {long} bytes");
                assert!(long <= memory(media_type), "{media_type}, {body:?}: {long} bytes");
            }
        }
    }
}

#[test]
fn parts_inside_parts_are_bounded() {
    let plan = random::load().unwrap();
    let mut most = 0;
    for levels in [1, 4, 7, 12, 60] {
        // Every level leaves what it has read behind: a preamble, a head, a part.
        let level = |at: usize| {
            let text = "4111 a@b.example %2541 QUFBQUFBQUFBQUFBQUFB ".repeat(40);
            format!(
                "{text}\r\n--b{at}\r\nX: {text}\r\n\r\n{text}\r\n--b{at}\r\nContent-Type: application/json\r\n\r\n[\"{text}\",1]\r\n\
                 --b{at}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n",
                at + 1
            )
        };
        let body: String = (0..levels).map(level).collect();
        let media_type = "multipart/mixed; boundary=b0";
        let memory = cost(&plan, media_type, (&body, "4111 "), body.len() + 4096, 4 << 10).memory;
        assert!(memory <= MEMORY, "{levels} levels: {memory} bytes held");
        most = most.max(memory);
    }
    println!("most memory: {most} bytes");
}

/// Bytes that may be held where texts are stitched: `sse_hold`, and a matcher for each text that is open.
const STITCHED: usize = 4 << 20;

/// The plan of a policy that stitches texts by every format that it knows.
fn stitching() -> Rc<Plan> {
    let mut sources = Sources::new();
    let catalogue = Catalogue::parse(&mut sources, inkseal_policies::DETECTORS, inkseal_policies::PACKS).unwrap();
    let find = |format: &str| json!({"in": "sse", "stream_text": format, "detect": ["EMAIL_ADDRESS", "CREDIT_CARD", "US_SSN", "JWT", "PRIVATE_KEY"]});
    let finds = ["openai-chat", "anthropic", "gemini", "openai-responses"].map(find);
    let policy = json!({
        "version": "inkseal/v1", "name": "stitching", "include": ["recommended"], "on_limit": "pass_and_flag",
        "rules": [{"id": "own", "find": finds}],
    });
    let json = plan(&mut sources, &catalogue, &policy, "stitching").unwrap();
    Rc::new(Plan::load(json.as_bytes()).unwrap())
}

/// Streams of events that no server means: many texts, many pieces, what waits for ever.
fn hostile() -> Vec<(&'static str, String)> {
    let chat = |index: usize, text: &str| {
        format!("data: {{\"choices\":[{{\"index\":{index},\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    let repeated = |count: usize, event: &dyn Fn(usize) -> String| (0..count).map(event).collect::<String>();
    vec![
        ("thousands of texts", repeated(4000, &|at| chat(at, "aaa@"))),
        ("thousands of texts, each twice", repeated(4000, &|at| chat(at % 2000, "bbb.ccc"))),
        ("one character an event", repeated(8000, &|_| chat(0, "a"))),
        (
            "a value without an end",
            repeated(4000, &|at| chat(0, if at == 0 { "eyJhbGciOiJIUzI1NiJ9.e30." } else { "AAAA" })),
        ),
        (
            "a key without an end",
            repeated(4000, &|at| chat(0, if at == 0 { "-----BEGIN PRIVATE KEY-----" } else { "AAAA" })),
        ),
        (
            "many pieces an event",
            repeated(40, &|_| {
                format!(
                    "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{}{{}}]}}}}]}}\n\n",
                    "{\"text\":\"4\"},".repeat(600)
                )
            }),
        ),
        (
            "an event without an end",
            format!("data: {{\"choices\":[{}", "{\"delta\":{\"content\":\"a@\"}},".repeat(10_000)),
        ),
        ("a line without an end", format!("data: {{\"text\":\"{}", "aaa@".repeat(80_000))),
        ("lines of data without an end", "data: a\n".repeat(40_000)),
        ("deep", format!("data: {}\n\n", "[".repeat(100_000))),
        ("brackets", format!("data: {}\n\n", "[[],".repeat(12_000))),
        ("comments without an end", ":\n".repeat(80_000)),
    ]
}

#[test]
fn stitched_texts_hold_what_they_may_and_no_more() {
    let plan = stitching();
    for (name, body) in hostile() {
        let cost = cost(&plan, "text/event-stream", (&body, " "), body.len(), 16 << 10);
        let per_byte = cost.work / body.len() as u64;
        println!("{name}: {} bytes, {per_byte} read a byte, {} held", body.len(), cost.memory);
        assert!(per_byte <= 2 * WORK_PER_BYTE, "{name}: {} bytes read of {}", cost.work, body.len());
        assert!(cost.memory <= STITCHED, "{name}: {} bytes held", cost.memory);
    }
}
