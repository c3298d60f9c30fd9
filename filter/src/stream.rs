//! One HTTP stream: carries its headers and bodies to the engine and back, and seals what is left of it.

use std::borrow::Cow;
use std::rc::Rc;

use inkseal_engine::event::{Draft, flags};
use inkseal_engine::exchange::{Attributes, Block, Flow, Headers, Outcome, Transaction};
use inkseal_engine::surface::Half;
use proxy_wasm::types::Action;

use crate::body::{Body, Redact, Step, Wire};
use crate::closing;
use crate::filter::Filter;
use crate::framing;
use crate::host::{self, Buffer, HostEntropy, Level, Map};
use crate::pairs::Pairs;
use crate::request::Request;

/// One stream. Nothing of it outlives `on_log` but the sealed event.
pub struct Stream {
    filter: Option<Rc<Filter>>,
    transaction: Option<Transaction>,
    request: Request,
    halves: [Progress; 2],
    /// The plan's `block_window`.
    window: usize,
    /// Room in the outbox was promised.
    reserved: bool,
    /// We answered in the upstream's place: the answer is ours and not read.
    replied: bool,
    /// Whatever still comes must not leave.
    stopped: bool,
    /// What the filter itself decided or could not do, before the engine's own outcome.
    verdict: Option<Outcome>,
    blocked_by: Option<String>,
    flags: u64,
}

/// How far one half has come.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    begun: bool,
    ended: bool,
    body: Body,
}

impl Stream {
    /// A stream under a configuration; without one every request is refused.
    pub fn new(filter: Option<Rc<Filter>>) -> Self {
        let limits = filter.as_ref().map(|filter| filter.plan.limits.block_window);
        Self {
            window: limits.and_then(|window| usize::try_from(window).ok()).unwrap_or(0),
            filter,
            transaction: None,
            request: Request::default(),
            halves: [Progress::default(); 2],
            reserved: false,
            replied: false,
            stopped: false,
            verdict: None,
            blocked_by: None,
            flags: 0,
        }
    }

    fn progress(&mut self, half: Half) -> &mut Progress {
        let [request, response] = &mut self.halves;
        match half {
            Half::Request => request,
            Half::Response => response,
        }
    }

    /// Answers in the upstream's place.
    fn reply(&mut self, status: u16, outcome: Outcome, by: &str) -> Action {
        self.replied = true;
        self.stopped = true;
        self.verdict = Some(outcome);
        self.blocked_by = Some(by.to_owned());
        if !host::reply(status, "") {
            host::reset(Half::Request);
        }
        Action::Pause
    }

    /// Ends a stream whose first bytes have left, or whose buffer cannot be trusted.
    fn cut(&mut self, half: Half, status: u16, outcome: Outcome, by: &str, flag: u64) -> Action {
        self.flags |= flag;
        // While no response has begun the client can still be told, though the upstream has the request's first bytes.
        if half == Half::Request && !self.progress(Half::Response).begun {
            return self.reply(status, outcome, by);
        }
        self.stopped = true;
        // What has left was not blocked.
        self.verdict = Some(if outcome == Outcome::Blocked { Outcome::Reset } else { outcome });
        self.blocked_by = Some(by.to_owned());
        host::reset(half);
        Action::Pause
    }

    fn failed(&mut self, half: Half) -> Action {
        host::log(Level::Error, "inkseal: the host refused to read or edit a message; the stream is ended");
        self.cut(half, 500, Outcome::Failed, "host", flags::HOST_REFUSED)
    }

    /// Shows headers to the engine and brings its edits back.
    fn headers(&mut self, half: Half, map: Map, before: &Pairs, end: bool) -> Action {
        let Some(transaction) = &mut self.transaction else { return self.failed(half) };
        let body = Body::new(framing::of(before, self.window));
        if !transaction.looks() {
            *self.progress(half) = Progress { begun: true, ended: end, body };
            return Action::Continue;
        }
        let mut after = before.headers();
        let flow = match half {
            Half::Request => {
                let attributes = Attributes { route: self.request.route.clone() };
                transaction.request_headers(&mut after, &attributes, end)
            }
            Half::Response => transaction.response_headers(&mut after, end),
        };
        if half == Half::Request {
            for (name, value) in transaction.logged() {
                host::set_state(&["inkseal.", name].concat(), value);
            }
        }
        let progress = self.progress(half);
        *progress = Progress { begun: true, ended: end, body };
        if let Flow::Block(block) = flow {
            return self.reply(block.status, Outcome::Blocked, &block.rule);
        }
        if !host::edit_headers(map, before, &after) {
            return self.failed(half);
        }
        if flow == Flow::Hold && !end {
            self.progress(half).body.hold_headers();
            return Action::Pause;
        }
        Action::Continue
    }

    /// The request's headers.
    pub fn request_headers(&mut self, end: bool) -> Action {
        let Some(filter) = self.filter.clone() else { return self.reply(503, Outcome::Failed, "configuration") };
        filter.metrics.request();
        let now = host::now_ms();
        let Some(headers) = host::headers(Map::RequestHeaders) else { return self.failed(Half::Request) };
        self.request = Request::read(&filter, &headers, now);
        self.transaction = Some(Transaction::new(filter.plan.clone(), filter.pseudonym.clone(), now));
        if filter.plan.audit.strict {
            self.reserved = filter.audit.borrow_mut().reserve();
            if !self.reserved {
                return self.reply(503, Outcome::Blocked, "audit.delivery");
            }
        }
        if self.request.reason.is_none() && filter.requires_reason(headers.first(":path").unwrap_or_default()) {
            return self.reply(403, Outcome::Blocked, "audit.reason");
        }
        self.headers(Half::Request, Map::RequestHeaders, &headers, end)
    }

    /// The response's headers.
    pub fn response_headers(&mut self, end: bool) -> Action {
        if self.replied {
            return Action::Continue;
        }
        // Set before the engine is asked, so that a refusal from here on is a reset.
        self.progress(Half::Response).begun = true;
        let Some(headers) = host::headers(Map::ResponseHeaders) else { return self.failed(Half::Response) };
        let status = headers.first(":status");
        let connected = self.request.connect && status.is_some_and(|status| status.starts_with(b"2"));
        if status == Some(b"101") || connected {
            self.flags |= flags::UPGRADE;
        }
        if self.transaction.is_none() {
            // A response without a request, as to one that the proxy's parser refused: nothing of the upstream is in it.
            return Action::Continue;
        }
        self.headers(Half::Response, Map::ResponseHeaders, &headers, end)
    }

    /// A piece of a body; `size` bytes are there.
    pub fn body(&mut self, half: Half, size: usize, end: bool) -> Action {
        if self.replied && half == Half::Response {
            return Action::Continue;
        }
        if self.stopped {
            host::set_buffer(buffer(half), &[]);
            return Action::Pause;
        }
        let (Some(filter), Some(transaction)) = (&self.filter, &mut self.transaction) else { return Action::Continue };
        let [request, response] = &mut self.halves;
        let progress = match half {
            Half::Request => request,
            Half::Response => response,
        };
        progress.ended |= end;
        if size > progress.body.pending() {
            filter.metrics.body_callback(half);
        }
        let passes = match half {
            Half::Request => transaction.passes_request_body(),
            Half::Response => transaction.passes_response_body(),
        };
        if passes {
            return Action::Continue;
        }
        if filter.stitches {
            transaction.tick(host::now_ms());
        }
        let step = progress.body.data(&mut Proxy(half), &mut Engine { transaction, half, trailers: None }, size, end);
        progress.ended |= progress.body.has_ended();
        self.take(half, step)
    }

    /// The trailers, behind which nothing comes.
    pub fn trailers(&mut self, half: Half) -> Action {
        if self.replied && half == Half::Response {
            return Action::Continue;
        }
        if self.stopped {
            return Action::Pause;
        }
        let map = match half {
            Half::Request => Map::RequestTrailers,
            Half::Response => Map::ResponseTrailers,
        };
        let Some(before) = host::headers(map) else { return self.failed(half) };
        let Some(transaction) = &mut self.transaction else { return Action::Continue };
        let mut after = before.headers();
        let [request, response] = &mut self.halves;
        let progress = match half {
            Half::Request => request,
            Half::Response => response,
        };
        progress.ended = true;
        let mut engine = Engine { transaction, half, trailers: Some(&mut after) };
        let step = progress.body.trailers(&mut Proxy(half), &mut engine);
        if matches!(step, Step::Continue { .. } | Step::Push) && !host::edit_headers(map, &before, &after) {
            return self.failed(half);
        }
        self.take(half, step)
    }

    /// Whether time may let something go: then [`Stream::tick`] is to be called.
    pub fn waits(&self) -> bool {
        !self.stopped && self.halves.iter().any(|progress| progress.body.waits())
    }

    /// Says that it is `now_ms`, while nothing comes. The host must have this stream's context in effect.
    pub fn tick(&mut self, now_ms: u64) {
        for half in [Half::Request, Half::Response] {
            let [request, response] = &mut self.halves;
            let progress = match half {
                Half::Request => request,
                Half::Response => response,
            };
            let Some(transaction) = self.transaction.as_mut().filter(|_| !self.stopped && progress.body.waits()) else {
                continue;
            };
            transaction.tick(now_ms);
            let step = progress.body.tick(&mut Proxy(half), &mut Engine { transaction, half, trailers: None });
            self.take(half, step);
        }
    }

    fn take(&mut self, half: Half, step: Step) -> Action {
        match step {
            Step::Pause => Action::Pause,
            Step::Push if host::resume(half) => Action::Pause,
            Step::Continue { length: None } => Action::Continue,
            Step::Continue { length: Some(length) } => {
                let map = match half {
                    Half::Request => Map::RequestHeaders,
                    Half::Response => Map::ResponseHeaders,
                };
                if host::set_header(map, "content-length", &length.to_string()) {
                    Action::Continue
                } else {
                    self.failed(half)
                }
            }
            Step::Refuse(Block { status, rule }) => self.reply(status, Outcome::Blocked, &rule),
            Step::Cut(Block { status, rule }) => self.cut(half, status, Outcome::Blocked, &rule, flags::LATE_BLOCK),
            Step::Push | Step::Broken => self.failed(half),
        }
    }

    /// Nothing comes any more: seals the event.
    pub fn ended(&mut self) {
        let Some(filter) = self.filter.clone() else { return };
        let draft = self.draft(&filter);
        host::set_state("inkseal.outcome", draft.outcome.as_str());
        let event = closing::event(&filter, std::mem::take(&mut self.request), draft, self.reserved);
        let mut audit = filter.audit.borrow_mut();
        if event.is_none() && self.reserved {
            audit.release();
        }
        audit.ended(event, host::now_ms(), &mut HostEntropy);
    }

    /// The facts that only the filter knows, over those of the engine.
    fn draft(&mut self, filter: &Filter) -> Draft {
        let summary = self.transaction.as_ref().map(Transaction::summary).unwrap_or_default();
        let [_, response] = self.halves;
        let mut outcome = self.verdict.unwrap_or(summary.outcome);
        // A tunnel has no end of its own.
        let tunnel = self.flags & flags::UPGRADE != 0;
        if response.begun && !response.ended && !self.stopped && !tunnel {
            self.flags |= flags::CUT;
            outcome = outcome.max(Outcome::Reset);
        }
        for found in [&summary.findings, &summary.shadow] {
            filter.metrics.findings(found);
        }
        if let Some(reason) = summary.uninspected {
            filter.metrics.uninspected(reason);
        }
        if outcome == Outcome::Blocked || self.flags & flags::LATE_BLOCK != 0 {
            filter.metrics.blocked();
        }
        let [request, response] = &self.halves;
        let lengths = [summary.request_body_bytes, summary.response_body_bytes];
        for ((half, progress), bytes) in [(Half::Request, request), (Half::Response, response)].into_iter().zip(lengths)
        {
            if bytes > 0 {
                filter.metrics.body(half, bytes, progress.body.peak() as u64);
            }
        }
        Draft {
            outcome,
            blocked_by: self.blocked_by.take().or(summary.blocked_by),
            uninspected: summary.uninspected.map(str::to_owned),
            findings: summary.findings,
            shadow: summary.shadow,
            flags: self.flags,
            request_bytes: summary.request_body_bytes,
            response_bytes: summary.response_body_bytes,
            ..Draft::default()
        }
    }
}

fn buffer(half: Half) -> Buffer {
    match half {
        Half::Request => Buffer::RequestBody,
        Half::Response => Buffer::ResponseBody,
    }
}

/// The proxy's buffer of one half.
struct Proxy(Half);

impl Wire for Proxy {
    fn read(&mut self) -> Vec<u8> {
        host::buffer(buffer(self.0))
    }

    fn write(&mut self, bytes: &[u8]) -> bool {
        host::set_buffer(buffer(self.0), bytes)
    }
}

/// The engine's redaction of one half.
struct Engine<'a, 't> {
    transaction: &'a mut Transaction,
    half: Half,
    trailers: Option<&'a mut Headers<Cow<'t, [u8]>>>,
}

impl Redact for Engine<'_, '_> {
    fn push(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Flow {
        match self.half {
            Half::Request => self.transaction.request_body(chunk, end, out),
            Half::Response => self.transaction.response_body(chunk, end, out),
        }
    }

    fn trailers(&mut self, out: &mut Vec<u8>) -> Flow {
        let mut none = Headers::new();
        let trailers = self.trailers.as_deref_mut().unwrap_or(&mut none);
        match self.half {
            Half::Request => self.transaction.request_trailers(trailers, out),
            Half::Response => self.transaction.response_trailers(trailers, out),
        }
    }

    fn holding(&self) -> bool {
        match self.half {
            Half::Request => self.transaction.request_holding(),
            Half::Response => self.transaction.response_holding(),
        }
    }
}
