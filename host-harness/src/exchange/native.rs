//! The engine as a library, without a proxy: the fastest way to run exchanges.

use std::rc::Rc;

use inkseal_engine::exchange::{Attributes, Block, Finding, Flow, Headers, Outcome, Transaction};
use inkseal_engine::plan::Plan;
use inkseal_engine::pseudonym::PseudonymKey;

use super::cuts::{Cut, pieces};
use super::keys;
use super::message::{Wire, Wires};
use super::model::Found;
use super::observed::{Observed, Side};
use super::run::{Engine, Loaded};

/// When exchanges happen, in milliseconds since the epoch: 2026-01-01, as in the host.
const NOW_MS: u64 = 1_767_225_600_000;

/// The engine.
pub struct Native;

impl Engine for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn load(&self, plan: &str) -> anyhow::Result<Box<dyn Loaded>> {
        let plan = Plan::load(plan.as_bytes()).map_err(|error| anyhow::Error::msg(error.to_string()))?;
        let entry = keys::keyring().pseudonym_entry(NOW_MS);
        let key = entry.and_then(|entry| PseudonymKey::parse(&entry).ok()).map(Rc::new);
        Ok(Box::new(Running { plan: Rc::new(plan), key }))
    }
}

struct Running {
    plan: Rc<Plan>,
    key: Option<Rc<PseudonymKey>>,
}

impl Loaded for Running {
    fn run(&mut self, wires: &Wires, cut: &Cut) -> anyhow::Result<Observed> {
        let mut transaction = Transaction::new(Rc::clone(&self.plan), self.key.clone(), NOW_MS);
        let request = Carrier::new(Half::Request, &wires.request, &cut.request, cut.end_with_last);
        let (request, mut blocked) = request.carry(&mut transaction, wires.route.as_ref());
        let mut response = Side::default();
        let mut reset = blocked.is_some() && request.headers.is_some();
        if blocked.is_none() {
            let carrier = Carrier::new(Half::Response, &wires.response, &cut.response, cut.end_with_last);
            (response, blocked) = carrier.carry(&mut transaction, None);
            reset = blocked.is_some() && response.headers.is_some();
        }
        if let Some(block) = &blocked
            && response.headers.is_none()
        {
            // The local reply of a proxy; its words are the proxy's own.
            let status = (b":status".to_vec(), block.status.to_string().into_bytes());
            response = Side { headers: Some(vec![status]), ended: true, ..Side::default() };
        }
        let summary = transaction.summary();
        let outcome = if reset { Outcome::Reset } else { summary.outcome };
        Ok(Observed {
            request,
            response,
            findings: Some(summary.findings.into_iter().map(found).collect()),
            shadow: Some(summary.shadow.into_iter().map(found).collect()),
            outcome: Some(outcome.as_str().to_owned()),
            filter_state: transaction.logged().iter().cloned().collect(),
            ..Observed::default()
        })
    }
}

/// Which half of an exchange.
#[derive(Clone, Copy)]
enum Half {
    Request,
    Response,
}

/// Carries one half as a proxy does: what the transaction holds stays back.
struct Carrier<'a> {
    half: Half,
    wire: &'a Wire,
    cuts: &'a [usize],
    end_with_last: bool,
    headers: Headers,
    /// The headers are held back, and the body behind them.
    held: bool,
    body: Vec<u8>,
    side: Side,
}

impl<'a> Carrier<'a> {
    fn new(half: Half, wire: &'a Wire, cuts: &'a [usize], end_with_last: bool) -> Self {
        let (headers, held) = (wire.headers.clone(), false);
        Self { half, wire, cuts, end_with_last, headers, held, body: Vec::new(), side: Side::default() }
    }

    fn carry(mut self, transaction: &mut Transaction, route: Option<&String>) -> (Side, Option<Block>) {
        let trailers = !self.wire.trailers.is_empty();
        let end = self.wire.body.is_empty() && !trailers;
        let flow = match self.half {
            Half::Request => transaction.request_headers(&mut self.headers, &Attributes { route: route.cloned() }, end),
            Half::Response => transaction.response_headers(&mut self.headers, end),
        };
        if let Some(block) = self.take(flow, end && !trailers) {
            return (self.side, Some(block));
        }
        let passes = match self.half {
            Half::Request => transaction.passes_request_body(),
            Half::Response => transaction.passes_response_body(),
        };
        for (piece, end) in pieces(&self.wire.body, self.cuts, self.end_with_last, trailers) {
            let flow = match self.half {
                _ if passes => {
                    self.body.extend(piece);
                    Flow::Continue
                }
                Half::Request => transaction.request_body(piece, end, &mut self.body),
                Half::Response => transaction.response_body(piece, end, &mut self.body),
            };
            if let Some(block) = self.take(flow, end) {
                return (self.side, Some(block));
            }
        }
        if trailers {
            let mut fields = self.wire.trailers.clone();
            let flow = match self.half {
                Half::Request => transaction.request_trailers(&mut fields, &mut self.body),
                Half::Response => transaction.response_trailers(&mut fields, &mut self.body),
            };
            if let Some(block) = self.take(flow, true) {
                return (self.side, Some(block));
            }
            self.side.trailers = fields;
        }
        (self.side, None)
    }

    /// Sends what may leave. What was held until its end leaves with its exact length.
    fn take(&mut self, flow: Flow, end: bool) -> Option<Block> {
        match flow {
            Flow::Block(block) => return Some(block),
            Flow::Hold if !end => self.held = true,
            Flow::Hold | Flow::Continue => {
                if self.side.headers.is_none() {
                    if self.held && end && self.wire.trailers.is_empty() {
                        self.headers.retain(|(name, _)| name != b"content-length");
                        let length = self.body.len().to_string().into_bytes();
                        self.headers.push((b"content-length".to_vec(), length));
                    }
                    self.side.headers = Some(std::mem::take(&mut self.headers));
                }
                self.side.body.append(&mut self.body);
            }
        }
        self.side.ended |= end;
        None
    }
}

fn found(finding: Finding) -> Found {
    Found {
        rule: finding.rule,
        entity: finding.entity,
        count: finding.count,
        surface: Some(finding.surface.to_owned()),
        path: Some(finding.path),
        action: Some(finding.action.to_owned()),
        detector: Some(finding.detector),
    }
}
