//! One exchange through the engine: headers, bodies and trailers of both directions, decided and redacted.
//!
//! A [`Transaction`] knows HTTP and the plan; it knows no proxy. Its caller carries bytes and headers, and holds
//! back what it is told to hold.

mod etag;
mod fields;
mod half;
mod media;
mod pipe;
mod stretch;
mod summary;
mod target;
mod text;

use std::ops::Deref;
use std::rc::Rc;

use self::fields::Quiet;
use self::half::{Half as State, Held};
use crate::media::MediaType;
use crate::plan::{Plan, Rule};
use crate::policy::model::{Action, Direction, Ranges};
use crate::pseudonym::PseudonymKey;
use crate::redact::Tally;
use crate::surface::Half;

pub use summary::{Finding, Outcome, Summary};

/// Header fields in wire order with lower-case names; a name may occur several times; pseudo headers are included. Whoever
/// has them in one piece borrows them from there: few are edited.
pub type Headers<T = Vec<u8>> = Vec<(T, T)>;

/// The bytes of a name or value, owned or borrowed.
pub trait Bytes: Deref<Target = [u8]> + From<Vec<u8>> {}

impl<T: Deref<Target = [u8]> + From<Vec<u8>>> Bytes for T {}

/// What the proxy knows of an exchange beside its headers.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// The name of the route that was chosen.
    pub route: Option<String>,
}

/// What the caller does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// What was written may leave.
    Continue,
    /// Headers, and the body behind them, stay until a later call says [`Flow::Continue`]: a match may still block.
    Hold,
    /// The exchange is refused: a local reply while headers are held, else a reset.
    Block(Block),
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The status of the local reply.
    pub status: u16,
    /// The rule that blocks, or `on_limit` and its kin.
    pub rule: String,
}

/// The methods whose responses have no body of their own (RFC 9110 sections 9.3.2 and 9.3.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Method {
    Connect,
    Head,
    #[default]
    Other,
}

impl Method {
    fn of(method: &[u8]) -> Self {
        match method {
            b"CONNECT" => Self::Connect,
            b"HEAD" => Self::Head,
            _ => Self::Other,
        }
    }
}

/// One exchange.
pub struct Transaction {
    plan: Rc<Plan>,
    key: Option<Rc<PseudonymKey>>,
    now_ms: u64,
    clock_ms: u64,
    /// Rules that match the request, by index.
    rules: Vec<usize>,
    method: Method,
    request: State,
    response: State,
    tally: Tally,
    logged: Vec<(String, String)>,
    blocked: Option<Block>,
    /// The client's validators were undone: a 304 shows the changed tag.
    conditional: bool,
}

impl Transaction {
    /// An exchange that begins at `now_ms`, milliseconds since the epoch; exceptions are judged by that time.
    pub fn new(plan: Rc<Plan>, pseudonym: Option<Rc<PseudonymKey>>, now_ms: u64) -> Self {
        Self {
            plan,
            key: pseudonym,
            now_ms,
            clock_ms: now_ms,
            rules: Vec::new(),
            method: Method::default(),
            request: State::new(Half::Request),
            response: State::new(Half::Response),
            tally: Tally::default(),
            logged: Vec::new(),
            blocked: None,
            conditional: false,
        }
    }

    /// Whether headers and bodies need to be shown at all; if not, everything passes as it is.
    pub fn looks(&self) -> bool {
        !self.plan.off()
    }

    /// Says that it is `now_ms`, milliseconds since the epoch: events of a stream wait no longer than two seconds for the
    /// text that they are a piece of. Only plans that stitch need to be told, see [`Plan::stitches`].
    pub fn tick(&mut self, now_ms: u64) {
        self.clock_ms = now_ms;
    }

    /// Takes the request's headers and edits them in place; no body follows when `end`.
    pub fn request_headers<T: Bytes>(&mut self, headers: &mut Headers<T>, attributes: &Attributes, end: bool) -> Flow {
        let method = fields::first(headers, b":method").unwrap_or_default();
        self.method = Method::of(method);
        if self.plan.off() {
            return Flow::Continue;
        }
        let target = fields::first(headers, b":path").unwrap_or_default();
        let host =
            fields::first(headers, b":authority").or_else(|| fields::first(headers, b"host")).unwrap_or_default();
        let host = media::without_port(host);
        let path = target.split(|&byte| byte == b'?').next().unwrap_or_default();
        let route = attributes.route.as_deref();
        let matches = |(_, it): &(usize, &Rule)| it.matches_request(host, path, method, route);
        self.rules = Vec::with_capacity(self.plan.rules.len());
        self.rules.extend(self.plan.rules.iter().enumerate().filter(matches).map(|(rule, _)| rule));
        let media_type = media::media_type(headers);
        let rules = self.active(Half::Request, &media_type);
        let rendered = target::render(&self.reading(), &rules, target);
        let shown = String::from_utf8_lossy(rendered.as_deref().unwrap_or(target));
        self.logged.push(("path".into(), shown.into_owned()));
        // Where nothing was found for logs, nothing is.
        let loud = rendered.map(|_| target.to_vec());
        let (rendered, quiet) = fields::render(&self.reading(), &rules, headers);
        self.logged.extend(rendered);
        self.conditional = etag::undo(headers, self.plan.digest());
        if self.plan.settings.ranges == Ranges::Strip {
            headers.retain(|(name, _)| **name != *b"range");
        }
        if self.plan.response_may_change(&self.rules) {
            media::accept_decodable(headers);
        }
        self.fields(&rules, Half::Request, headers, &quiet);
        if let Some(target) = loud {
            let mut tally = std::mem::take(&mut self.tally);
            let changed = target::redact(&self.reading(), &rules, &target, &mut tally);
            self.tally = tally;
            if let (Some(target), Some(field)) = (changed, headers.iter_mut().find(|(name, _)| **name == *b":path")) {
                field.1 = target.into();
            }
        }
        let upgrade = self.method == Method::Connect || fields::first(headers, b"upgrade").is_some();
        self.request.begin(&self.plan, rules, headers, &media_type, end, upgrade.then_some("opaque"));
        self.flow(Half::Request)
    }

    /// Takes the next bytes of the request's body, the last when `end`, and appends to `out` what may leave.
    pub fn request_body(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Flow {
        self.body(Half::Request, chunk, end, out)
    }

    /// Takes the request's trailers and edits them in place; the body's last bytes are appended to `out` and leave first.
    pub fn request_trailers<T: Bytes>(&mut self, trailers: &mut Headers<T>, out: &mut Vec<u8>) -> Flow {
        self.trailers(Half::Request, trailers, out)
    }

    /// Takes the response's headers and edits them in place; no body follows when `end`.
    pub fn response_headers<T: Bytes>(&mut self, headers: &mut Headers<T>, end: bool) -> Flow {
        if self.plan.off() || self.blocked.is_some() {
            return Flow::Continue;
        }
        let status = fields::status(headers);
        let media_type = media::media_type(headers);
        let rules = self.active(Half::Response, &media_type);
        self.fields(&rules, Half::Response, headers, &Quiet::default());
        if status == 304 && self.conditional {
            etag::mark(headers, self.plan.digest());
        }
        let bodiless = end || matches!(status, 100..=199 | 204 | 304) || self.method == Method::Head;
        let opaque = status == 101 || self.method == Method::Connect && (200..300).contains(&status);
        let reason = if opaque {
            Some("opaque")
        } else if status == 206 {
            Some("partial")
        } else {
            None
        };
        self.response.begin(&self.plan, rules, headers, &media_type, bodiless, reason);
        self.flow(Half::Response)
    }

    /// Takes the next bytes of the response's body, the last when `end`, and appends to `out` what may leave.
    pub fn response_body(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Flow {
        self.body(Half::Response, chunk, end, out)
    }

    /// Takes the response's trailers and edits them in place; the body's last bytes are appended to `out` and leave
    /// first.
    pub fn response_trailers<T: Bytes>(&mut self, trailers: &mut Headers<T>, out: &mut Vec<u8>) -> Flow {
        self.trailers(Half::Response, trailers, out)
    }

    /// Whether bytes of the request's body are held inside: trailers must not overtake them.
    pub fn request_holding(&self) -> bool {
        self.request.holding(&self.plan)
    }

    /// Whether bytes of the response's body are held inside: trailers must not overtake them.
    pub fn response_holding(&self) -> bool {
        self.response.holding(&self.plan)
    }

    /// Whether the request's body need not be shown: it leaves as it came.
    pub fn passes_request_body(&self) -> bool {
        self.request.passes()
    }

    /// Whether the response's body need not be shown: it leaves as it came.
    pub fn passes_response_body(&self) -> bool {
        self.response.passes()
    }

    /// The most bytes of memory that the readers of both bodies have held.
    pub fn peak_memory(&self) -> usize {
        self.request.peak_memory() + self.response.peak_memory()
    }

    /// Bytes that automata, keywords and decoders have read of both bodies: what the time is made of, to be counted
    /// where seconds would depend on the machine.
    pub fn work(&self) -> u64 {
        self.request.work() + self.response.work()
    }

    /// What access logs may show, by name: `path`, and `header.NAME` for the headers that rules name or change.
    pub fn logged(&self) -> &[(String, String)] {
        &self.logged
    }

    /// What has been found and done so far.
    pub fn summary(&self) -> Summary {
        let mut summary = summary::of(&self.plan, &self.tally);
        summary.request_body_bytes = self.request.bytes;
        summary.response_body_bytes = self.response.bytes;
        summary.uninspected = self.response.uninspected.or(self.request.uninspected);
        summary.blocked_by = self.blocked.as_ref().map(|block| block.rule.clone());
        summary.outcome = if self.blocked.is_some() {
            Outcome::Blocked
        } else if summary.uninspected.is_some_and(|reason| reason != "opaque") {
            Outcome::Uninspected
        } else {
            summary.outcome
        };
        summary
    }

    fn reading(&self) -> half::Reader<'_> {
        half::Reader { plan: &self.plan, key: self.key.as_deref(), now_ms: self.now_ms, clock_ms: self.clock_ms }
    }

    /// The rules that read this half of the exchange, whose body is of this type.
    fn active(&self, half: Half, media_type: &MediaType) -> Vec<usize> {
        let reads = |direction| match direction {
            Direction::Any => true,
            Direction::Request => half == Half::Request,
            Direction::Response => half == Half::Response,
        };
        let active = |&rule: &usize| {
            self.plan
                .rules
                .get(rule)
                .is_some_and(|it| reads(it.plan.direction) && it.matches_content(media_type.essence.as_bytes()))
        };
        let mut rules = Vec::with_capacity(self.rules.len());
        rules.extend(self.rules.iter().copied().filter(active));
        rules
    }

    fn fields<T: Bytes>(&mut self, rules: &[usize], half: Half, headers: &mut Headers<T>, quiet: &Quiet) {
        let mut tally = std::mem::take(&mut self.tally);
        fields::redact(&self.reading(), rules, half, false, headers, quiet, &mut tally);
        self.tally = tally;
    }

    fn body(&mut self, half: Half, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Flow {
        let (plan, key) = (Rc::clone(&self.plan), self.key.clone());
        let reader = half::Reader { plan: &plan, key: key.as_deref(), now_ms: self.now_ms, clock_ms: self.clock_ms };
        let state = match half {
            Half::Request => &mut self.request,
            Half::Response => &mut self.response,
        };
        state.body(&reader, chunk, end, out, &mut self.tally);
        self.flow(half)
    }

    fn trailers<T: Bytes>(&mut self, half: Half, trailers: &mut Headers<T>, out: &mut Vec<u8>) -> Flow {
        let flow = self.body(half, b"", true, out);
        let mut tally = std::mem::take(&mut self.tally);
        let rules = match half {
            Half::Request => &self.request.rules,
            Half::Response => &self.response.rules,
        };
        fields::redact(&self.reading(), rules, half, true, trailers, &Quiet::default(), &mut tally);
        self.tally = tally;
        if flow == Flow::Continue { self.flow(half) } else { flow }
    }

    /// What follows from what has been found.
    fn flow(&mut self, half: Half) -> Flow {
        let state = match half {
            Half::Request => &self.request,
            Half::Response => &self.response,
        };
        if self.blocked.is_none() {
            self.blocked = match (self.tally.blocked, state.refused) {
                (Some((rule, find)), _) => Some(Block {
                    status: match self.plan.action(rule, find) {
                        Some(Action::Block { status }) => *status,
                        _ => 403,
                    },
                    rule: self.plan.rules.get(rule).map(|rule| rule.plan.id.clone()).unwrap_or_default(),
                }),
                (None, Some(rule)) => {
                    let status = if half == Half::Request { 415 } else { 502 };
                    Some(Block { status, rule: rule.into() })
                }
                (None, None) => None,
            };
        }
        match (&self.blocked, state.held) {
            (Some(block), _) => Flow::Block(block.clone()),
            (None, Held::Until { .. }) => Flow::Hold,
            (None, Held::No) => Flow::Continue,
        }
    }
}
