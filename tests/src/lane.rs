//! Cases through a real Envoy: one listener's cases in turn, every one at seeded cuts over both protocols.

use std::time::Duration;

use anyhow::Result;
use inkseal::exchange::check::{Mismatch, check};
use inkseal::exchange::message::{Headers, Wire, Wires};
use inkseal::exchange::observed::{Observed, Side};
use inkseal::exchange::{CutSet, Exchange};
use serde_json::Value;

use crate::bed::{Bed, Seen};
use crate::message::{Fields, Message, Protocol, Request, Response};
use crate::seeded::{Seeded, pieces};

/// Cuts of each case; the first leaves its bodies whole.
pub const CUTS: usize = 32;

/// The pause between two pieces of a body.
const GAP: Duration = Duration::from_millis(2);

/// The trailer that is added to bodies in every second run.
const TRAILER: (&str, &str) = ("x-end", "reached");

/// A case with its place and what it puts on the wire.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it is written, for people.
    pub place: String,
    /// The case.
    pub exchange: Exchange,
}

/// One run of one case.
#[derive(Debug)]
pub struct Run {
    /// The trace id that its request carried.
    pub trace: String,
    /// Which of the lane's cases it was.
    pub case: usize,
    /// How it was sent, for people.
    pub how: String,
    /// What was on the wire.
    pub wires: Wires,
    /// What the ends saw.
    pub seen: Seen,
    /// Pieces that the request's and the response's body were sent in.
    pub pieces: (usize, usize),
}

/// Runs all cases of one listener.
///
/// # Errors
/// A case cannot be sent at all. That a stream broke is for [`judge`].
pub async fn run(bed: &Bed, listener: &str, cases: &[Case]) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let wires = Wires::new(&case.exchange)?;
        let mut seeded = Seeded::of(&case.place);
        for number in 0..cuts(&case.exchange) {
            let (request, response) =
                (cut(case, &mut seeded, &wires.request, number), cut(case, &mut seeded, &wires.response, number));
            for protocol in [Protocol::Http1, Protocol::Http2] {
                for trailers in [false, true] {
                    let mut wires = wires.clone();
                    if trailers {
                        add_trailer(&mut wires);
                    }
                    let trace = format!("{:016x}{:016x}", seeded.number() | 1, seeded.number());
                    let sent = to_request(&wires, &request, &trace);
                    let answer = to_response(&wires, &response);
                    let pieces = (sent.message.chunks.len(), answer.message.chunks.len());
                    let seen = bed.exchange(listener, protocol, &sent, answer, GAP).await?;
                    let how = format!(
                        "{protocol:?}, trailers {trailers}, request cut at {request:?}, response at {response:?}"
                    );
                    runs.push(Run { trace, case: index, how, wires, seen, pieces });
                }
            }
        }
    }
    Ok(runs)
}

fn cuts(exchange: &Exchange) -> usize {
    if exchange.chunks.is_some() || exchange.cuts == CutSet::None { 1 } else { CUTS }
}

fn cut(case: &Case, seeded: &mut Seeded, wire: &Wire, number: usize) -> Vec<usize> {
    if let Some(chunks) = &case.exchange.chunks {
        let mut sum = 0;
        let mut at: Vec<usize> = chunks
            .iter()
            .map(|chunk| {
                sum += chunk;
                sum
            })
            .collect();
        at.retain(|at| *at < wire.body.len());
        return at;
    }
    match number {
        0 => Vec::new(),
        _ => seeded.cuts(wire.body.len(), 4),
    }
}

/// Adds a trailer to every body that may have one.
fn add_trailer(wires: &mut Wires) {
    for wire in [&mut wires.request, &mut wires.response] {
        if !wire.body.is_empty() {
            wire.trailers.push((TRAILER.0.as_bytes().to_vec(), TRAILER.1.as_bytes().to_vec()));
        }
    }
}

fn to_request(wires: &Wires, at: &[usize], trace: &str) -> Request {
    let pseudo = |name: &str| {
        let found = wires.request.headers.iter().find(|(known, _)| known == name.as_bytes());
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    };
    let mut message = to_message(&wires.request, at);
    message.headers.push(("traceparent".into(), format!("00-{trace}-00000000000000aa-01").into_bytes()));
    Request { method: pseudo(":method"), target: pseudo(":path"), host: pseudo(":authority"), message }
}

fn to_response(wires: &Wires, at: &[usize]) -> Response {
    let status = wires.response.headers.iter().find(|(name, _)| name == b":status");
    let status = status.and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse().ok()).unwrap_or(200);
    Response { status, message: to_message(&wires.response, at) }
}

fn to_message(wire: &Wire, at: &[usize]) -> Message {
    let framing = |name: &str| matches!(name, "content-length" | "transfer-encoding" | "connection" | "host");
    let fields = |headers: &Headers| -> Fields {
        headers.iter().map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.clone())).collect()
    };
    let mut headers = fields(&wire.headers);
    headers.retain(|(name, _)| !name.starts_with(':') && !framing(name));
    let trailers = (!wire.trailers.is_empty()).then(|| fields(&wire.trailers));
    let chunks = if wire.body.is_empty() { Vec::new() } else { pieces(&wire.body, at) };
    Message { headers, chunks, trailers, broken: None }
}

/// Holds one run against what its case expects, with the event that the collector got for it.
pub fn judge(case: &Case, run: &Run, event: Option<&Value>) -> Vec<Mismatch> {
    let own = event.and_then(|event| event.pointer("/unmapped/inkseal"));
    let found = |name: &str| own.and_then(|own| serde_json::from_value(own.get(name)?.clone()).ok());
    let outcome = own.and_then(|own| own.get("outcome")?.as_str()).map(str::to_owned);
    let mut request = run.seen.upstream.first().map(request_side).unwrap_or_default();
    let mut response = run.seen.client.as_ref().map(response_side).unwrap_or_default();
    let mut exchange = case.exchange.clone();
    // Envoy frames messages itself, and the ends check that what arrives is framed rightly. Filter state is seen by the
    // end-to-end suite, in the access log.
    for headers in [&mut exchange.expect.headers, &mut exchange.expect.request_headers] {
        headers.retain(|name, _| !matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection"));
    }
    exchange.expect.filter_state.clear();
    for side in [&mut request, &mut response] {
        if let Some(headers) = &mut side.headers {
            headers.retain(|(name, _)| name != b"traceparent");
        }
    }
    let observed = Observed {
        request,
        response,
        findings: found("findings"),
        shadow: found("shadow"),
        outcome,
        makes_events: true,
        event: event.cloned(),
        ..Observed::default()
    };
    let mut mismatches = check(&exchange, &run.wires, &observed);
    if event.is_none() {
        let got = format!("none for trace {}", run.trace);
        mismatches.push(Mismatch { what: "event".into(), expected: "one for each exchange".into(), got });
    }
    if let Err(error) = &run.seen.client {
        for mismatch in &mut mismatches {
            mismatch.got.push_str(&format!(" (the client saw: {error:#})"));
        }
    }
    mismatches
}

fn request_side(request: &Request) -> Side {
    let pseudo = [(":method", &request.method), (":path", &request.target), (":authority", &request.host)];
    let pseudo = pseudo.map(|(name, value)| (name.as_bytes().to_vec(), value.clone().into_bytes()));
    side(pseudo.to_vec(), &request.message)
}

fn response_side(response: &Response) -> Side {
    side(vec![(b":status".to_vec(), response.status.to_string().into_bytes())], &response.message)
}

fn side(pseudo: Headers, message: &Message) -> Side {
    let fields = |fields: &Fields| -> Headers {
        fields.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone())).collect()
    };
    Side {
        headers: Some([pseudo, fields(&message.headers)].concat()),
        body: message.body(),
        trailers: message.trailers.as_ref().map(fields).unwrap_or_default(),
        ended: message.broken.is_none(),
    }
}
