//! Bodies: the first byte chooses policy, media type and direction, the second how the rest, the body, is cut.
//!
//! What must hold of each: the cut body comes out as the whole one does, with the same findings; a body in which
//! nothing is changed comes out as it came; JSON stays JSON and UTF-8 stays UTF-8; what comes out is not redacted again.

use inkseal_engine::exchange::{Attributes, Finding, Flow, Headers, Transaction};
use serde::de::IgnoredAny;

use super::cut::pieces;
use super::ready::{self, NOW_MS, Ready};
use crate::oracle::{events, frames, protobuf};

const JSON: &[&str] = &["application/json", "application/problem+json; charset=utf-8"];
const NDJSON: &str = "application/x-ndjson";
const PROTOBUF: &[&str] = &["application/x-protobuf", "application/vnd.google.protobuf"];
const GRPC: &str = "application/grpc";
const GRPC_JSON: &str = "application/grpc+json";
const FRAMES: &[&str] =
    &[GRPC, "application/grpc-web+proto", "application/grpc-web-text", GRPC_JSON, "application/connect+proto"];
const EVENTS: &str = "text/event-stream";

/// Bytes that a body's reader may hold, and that may be read for each byte of it; see `tests/suites/bounds.rs`.
const MEMORY: usize = 384 << 10;
const WORK_PER_BYTE: u64 = 250;

pub(super) fn json(data: &[u8]) {
    run(data, JSON);
}

pub(super) fn ndjson(data: &[u8]) {
    run(data, &[NDJSON]);
}

pub(super) fn form(data: &[u8]) {
    run(data, &["application/x-www-form-urlencoded"]);
}

pub(super) fn text(data: &[u8]) {
    run(data, &["text/plain", "text/csv; charset=latin1"]);
}

pub(super) fn markup(data: &[u8]) {
    run(data, &["text/html", "application/xml", "image/svg+xml"]);
}

pub(super) fn graphql(data: &[u8]) {
    run(data, &["application/graphql", "application/json", "application/graphql-response+json"]);
}

pub(super) fn multipart(data: &[u8]) {
    run(
        data,
        &["multipart/form-data; boundary=b", "multipart/mixed; boundary=\"a b\"", "multipart/related; boundary=--"],
    );
}

pub(super) fn protobuf(data: &[u8]) {
    messages(data, PROTOBUF);
}

pub(super) fn grpc(data: &[u8]) {
    messages(data, FRAMES);
}

pub(super) fn events(data: &[u8]) {
    run(data, &[EVENTS]);
}

/// Events whose strings are pieces of texts.
pub(super) fn token_streams(data: &[u8]) {
    let [choice, pattern, body @ ..] = data else { return };
    ready::with_streams(usize::from(*choice), |ready| {
        Way { ready, half: Half::Response, media_type: EVENTS }.check(body, *pattern);
    });
}

pub(super) fn charsets(data: &[u8]) {
    run(
        data,
        &[
            "application/json; charset=utf-16",
            "text/plain; charset=utf-16be",
            "text/html; charset=windows-1252",
            "application/x-www-form-urlencoded; charset=windows-1251",
            "text/plain",
        ],
    );
}

/// Messages; from 128 on the first byte says that most of them are too long to be held.
fn messages(data: &[u8], media_types: &[&'static str]) {
    let [choice @ 128..=255, pattern, body @ ..] = data else { return run(data, media_types) };
    let choice = usize::from(*choice);
    let media_type = media_types[choice % media_types.len()];
    let half = [Half::Response, Half::Request][choice / media_types.len() % 2];
    ready::with_long(|ready| Way { ready, half, media_type }.check(body, *pattern));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Request,
    Response,
}

/// What a body came to.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    body: Vec<u8>,
    findings: Vec<Finding>,
    shadow: Vec<Finding>,
    uninspected: Option<&'static str>,
}

fn run(data: &[u8], media_types: &[&'static str]) {
    let [choice, pattern, body @ ..] = data else { return };
    let choice = usize::from(*choice);
    let media_type = media_types[choice / ready::COUNT % media_types.len()];
    let half = [Half::Response, Half::Request][choice / ready::COUNT / media_types.len() % 2];
    ready::with(choice, |ready| {
        Way { ready, half, media_type }.check(body, *pattern);
    });
}

/// A way for bodies.
struct Way<'a> {
    ready: &'a Ready,
    half: Half,
    media_type: &'static str,
}

impl Way<'_> {
    fn check(&self, body: &[u8], pattern: u8) {
        let whole = self.carry(&[body], false);
        let cut = self.carry(&pieces(body, pattern), pattern & 1 == 1);
        self.same(body, pattern, &whole, &cut);
        if let Ok(whole) = whole {
            self.holds(body, &whole);
        }
    }

    /// What leaves, or the rule that refuses.
    fn carry(&self, pieces: &[&[u8]], end_with_last: bool) -> Result<Outcome, String> {
        let mut exchange = Transaction::new(self.ready.plan.clone(), self.ready.key.clone(), NOW_MS);
        let kind = (b"content-type".to_vec(), self.media_type.as_bytes().to_vec());
        let mut request: Headers = vec![(b":method".to_vec(), b"POST".to_vec()), (b":path".to_vec(), b"/".to_vec())];
        if self.half == Half::Request {
            request.push(kind.clone());
        }
        refusal(exchange.request_headers(&mut request, &Attributes::default(), self.half == Half::Response))?;
        if self.half == Half::Response {
            let mut response: Headers = vec![(b":status".to_vec(), b"200".to_vec()), kind];
            refusal(exchange.response_headers(&mut response, false))?;
        }
        let mut body = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let end = end_with_last && index + 1 == pieces.len();
            refusal(self.step(&mut exchange, piece, end, &mut body))?;
        }
        if !end_with_last || pieces.is_empty() {
            refusal(self.step(&mut exchange, b"", true, &mut body))?;
        }
        let (work, memory, length) = (exchange.work(), exchange.peak_memory(), pieces.concat().len());
        assert!(memory <= MEMORY, "{memory} bytes held: {}", self.shown());
        let most = match self.ready.name {
            // Long fields in one another are read both ways.
            ready::LONG => 6 * WORK_PER_BYTE,
            // Hundreds of detectors, some of which read a hundred bytes from each start.
            ready::CATALOGUE => 4 * WORK_PER_BYTE,
            _ => WORK_PER_BYTE,
        };
        assert!(work <= most * (length as u64 + 64), "{work} bytes read of {length}: {}", self.shown());
        let summary = exchange.summary();
        Ok(Outcome { body, findings: summary.findings, shadow: summary.shadow, uninspected: summary.uninspected })
    }

    fn step(&self, exchange: &mut Transaction, piece: &[u8], end: bool, out: &mut Vec<u8>) -> Flow {
        match self.half {
            Half::Request => exchange.request_body(piece, end, out),
            Half::Response => exchange.response_body(piece, end, out),
        }
    }

    fn same(&self, body: &[u8], pattern: u8, whole: &Result<Outcome, String>, cut: &Result<Outcome, String>) {
        assert!(
            whole == cut,
            "{} cut by pattern {pattern} differs\n{}\nwhole {}\ncut   {}",
            self.shown(),
            escaped(body),
            outcome(whole),
            outcome(cut)
        );
    }

    /// What holds of a body and what came of it.
    fn holds(&self, body: &[u8], outcome: &Outcome) {
        let shown = || format!("{}\n{}\n{}", self.shown(), escaped(body), escaped(&outcome.body));
        let changed = outcome.findings.iter().any(|finding| !matches!(finding.action, "logs" | "observe" | "block"));
        if !changed && outcome.uninspected.is_none() {
            assert!(body == outcome.body, "nothing to change was found but {}", shown());
        }
        assert!(outcome.body.len() <= 64 * (body.len() + 1), "grows without bound: {}", shown());
        let utf8 = |text: &[u8]| std::str::from_utf8(text).is_ok();
        // A length is one byte or several, of which the first ones are no UTF-8.
        let message = PROTOBUF.contains(&self.media_type);
        let binary = message || FRAMES.contains(&self.media_type);
        assert!(binary || !utf8(body) || utf8(&outcome.body), "no longer UTF-8: {}", shown());
        // Beyond a bound what follows is text, and a body that is replaced is no JSON.
        if outcome.uninspected.is_none() {
            let stays = |is: fn(&[u8]) -> bool| !is(body) || is(&outcome.body);
            assert!(!JSON.contains(&self.media_type) || stays(is_json), "no longer JSON: {}", shown());
            assert!(self.media_type != NDJSON || stays(is_ndjson), "no longer NDJSON: {}", shown());
            assert!(!message || stays(protobuf::whole), "no longer a message: {}", shown());
            assert!(self.media_type != GRPC || stays(frames::whole), "no longer frames: {}", shown());
            let events = self.media_type != EVENTS
                || same_events(body, &outcome.body, self.ready.plan.limits.hold_back as usize);
            assert!(events, "no longer the same events: {}", shown());
        }
        // A string may read as a message before and not after it is changed, and the other way round; and a frame that is
        // cut off may be no longer.
        let read_otherwise = binary && outcome.body != body && (self.media_type != GRPC_JSON || !are_frames(body));
        // In JSON that is broken a mark may be taken for a list.
        let broken = self.media_type == EVENTS
            && events::data(body).iter().any(|data| events::looks_like_json(data) && !is_json(data));
        if self.ready.stable && !read_otherwise && !broken {
            let again = self.carry(&[&outcome.body], false).map(|again| again.body);
            let again = again.unwrap_or_else(|rule| format!("refused by {rule}").into_bytes());
            assert!(again == outcome.body, "changed twice: {}\n{}", shown(), escaped(&again));
        }
    }

    fn shown(&self) -> String {
        let half = if self.half == Half::Request { "request" } else { "response" };
        format!("{half} of {} under `{}`", self.media_type, self.ready.name)
    }
}

/// Whether no event is lost and JSON in it stays JSON.
fn same_events(before: &[u8], after: &[u8], hold_back: usize) -> bool {
    let (before, after) = (events::data(before), events::data(after));
    let was = |data: &[u8]| events::reads_as_json(data, hold_back) && is_json(data);
    before.len() == after.len() && before.iter().zip(&after).all(|(before, after)| !was(before) || is_json(after))
}

fn refusal(flow: Flow) -> Result<(), String> {
    match flow {
        Flow::Block(block) => Err(block.rule),
        Flow::Continue | Flow::Hold => Ok(()),
    }
}

fn outcome(outcome: &Result<Outcome, String>) -> String {
    match outcome {
        Ok(it) => format!("{} {:?} {:?} {:?}", escaped(&it.body), it.uninspected, it.findings, it.shadow),
        Err(rule) => format!("refused by {rule}"),
    }
}

fn escaped(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Whether a stream is frames, none of them cut off.
fn are_frames(mut stream: &[u8]) -> bool {
    while let Some(&[_, a, b, c, d]) = stream.first_chunk::<5>() {
        let Some(rest) = stream.get(5 + u32::from_be_bytes([a, b, c, d]) as usize..) else { return false };
        stream = rest;
    }
    stream.is_empty()
}

/// Blank lines are no records.
fn is_ndjson(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'\n').all(|line| line.trim_ascii().is_empty() || is_json(line))
}
