//! The root context: configuration, ticks, deliveries and the end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use inkseal_engine::Entropy as _;
use inkseal_engine::scan::Library;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

use crate::answer::Answer;
use crate::config::Config;
use crate::filter::Filter;
use crate::host::{self, Buffer, HostEntropy, Level, Map, Refused};
use crate::otlp;
use crate::waiting::{self, HttpStream};

/// How long the collector may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How long the end may wait for answers, in milliseconds.
const END_WITHIN_MS: u64 = 10_000;

/// The header in which the collector's answer brings the latest checkpoint, base64.
const CHECKPOINT: &str = "inkseal-checkpoint";

thread_local! {
    /// What the plans of this VM share: the catalogue's automata take two megabytes.
    static LIBRARY: RefCell<Library> = RefCell::default();
}

/// One configuration of the plugin in one VM.
#[derive(Default)]
pub struct Root {
    /// This root's own context.
    context: u32,
    filter: Option<Rc<Filter>>,
    token: Option<String>,
    /// Tokens of calls under way, and whose flights they carry.
    calls: RefCell<BTreeMap<u32, (Rc<Filter>, u64)>>,
    /// The collector did not answer the last batch; said once.
    silent: Cell<bool>,
    /// When the end gives up, once it has begun.
    ends_at_ms: Cell<Option<u64>>,
    /// When the trail is looked after again: ticks may come more often.
    flushes_at_ms: Cell<u64>,
}

impl Root {
    /// The root of a context, not configured.
    pub fn new(context: u32) -> Self {
        Self { context, ..Self::default() }
    }

    /// Sends what may leave now.
    fn deliver(&self, filter: &Rc<Filter>) {
        let audit = &filter.plan.audit;
        while let Some((id, body)) = {
            let now = host::now_ms();
            filter.audit.borrow_mut().batch(now)
        } {
            let mut headers = vec![
                (":method", "POST"),
                (":path", audit.path.as_str()),
                (":authority", audit.cluster.as_str()),
                ("content-type", otlp::content_type(audit.format)),
            ];
            let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
            if let Some(bearer) = &bearer {
                headers.push(("authorization", bearer.as_str()));
            }
            match host::post(&audit.cluster, headers, &body, ANSWER_WITHIN) {
                Ok(token) => {
                    self.calls.borrow_mut().insert(token, (filter.clone(), id));
                }
                // An unknown cluster, or one with too many calls pending: the batch waits.
                Err(Refused(status)) => {
                    self.waits(&format!("the proxy cannot call cluster `{}` (status {status})", audit.cluster));
                    book(filter, id, &Answer::Retry { after_ms: None }, None);
                }
            }
        }
    }

    /// Says once that records have to wait.
    fn waits(&self, why: &str) {
        if !self.silent.replace(true) {
            host::log(Level::Warn, &format!("inkseal: audit records wait for the collector: {why}"));
        }
    }

    fn report(&self, filter: &Filter) {
        let audit = filter.audit.borrow();
        let outbox = audit.outbox();
        filter.metrics.outbox(outbox.ledger.totals, outbox.len(), outbox.bytes());
    }

    /// Lets the root go once nothing is left to send, or once waiting has been long enough.
    fn end(&self, filter: &Filter) {
        let Some(deadline) = self.ends_at_ms.get() else { return };
        let late = host::now_ms() >= deadline;
        if late || filter.audit.borrow().is_drained() {
            let left = filter.audit.borrow().outbox().len();
            if left > 0 {
                host::log(Level::Warn, &format!("inkseal: {left} audit records were not delivered before the end"));
            }
            self.ends_at_ms.set(None);
            filter.metrics.retire(&filter.origin);
            host::done();
        }
    }
}

/// Milliseconds between looks at the trail.
fn flush_ms(filter: &Filter) -> u32 {
    u32::try_from(filter.plan.audit.flush_ms).unwrap_or(1000).max(10)
}

/// Milliseconds between ticks: no more than between looks at the trail, nor at texts that wait.
fn tick_ms(filter: &Filter) -> u32 {
    let flush = flush_ms(filter);
    if filter.stitches { flush.min(waiting::EVERY_MS) } else { flush }
}

fn book(filter: &Filter, id: u64, answer: &Answer, checkpoint: Option<String>) {
    let mut jitter = [0; 8];
    HostEntropy.fill(&mut jitter);
    filter.audit.borrow_mut().answered(id, answer, checkpoint, host::now_ms(), u64::from_le_bytes(jitter));
}

impl Context for Root {
    fn on_http_call_response(&mut self, token: u32, _headers: usize, _body: usize, _trailers: usize) {
        let Some((filter, id)) = self.calls.borrow_mut().remove(&token) else { return };
        let headers = host::headers(Map::CallHeaders).unwrap_or_default();
        let header = |name: &str| headers.first(name);
        let text = |name| header(name).and_then(|value| std::str::from_utf8(value).ok());
        let status = text(":status").and_then(|status| status.parse().ok()).unwrap_or(0);
        let answer = Answer::read(status, header("retry-after"), &host::buffer(Buffer::CallBody));
        match answer {
            Answer::Accepted { .. } => {
                if self.silent.replace(false) {
                    host::log(Level::Info, "inkseal: the collector takes audit records again");
                }
            }
            Answer::Retry { .. } => self.waits(&format!("it answered with status {status}")),
            Answer::Refused => {
                host::log(Level::Error, &format!("inkseal: the collector refused audit records, status {status}"));
            }
        }
        book(&filter, id, &answer, text(CHECKPOINT).map(str::to_owned));
        self.deliver(&filter);
        self.report(&filter);
        self.end(&filter);
    }

    fn on_done(&mut self) -> bool {
        let Some(filter) = &self.filter else { return true };
        let now = host::now_ms();
        filter.audit.borrow_mut().close(now, &mut HostEntropy);
        self.deliver(filter);
        self.report(filter);
        if filter.audit.borrow().is_drained() {
            filter.metrics.retire(&filter.origin);
            return true;
        }
        self.ends_at_ms.set(Some(now.saturating_add(END_WITHIN_MS)));
        false
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let configuration = host::buffer(Buffer::Configuration);
        let environment = |name: &str| std::env::var(name).ok();
        let load = |library: &RefCell<Library>| {
            let mut library = library.borrow_mut();
            library.tidy();
            Config::load(configuration, host::now_ms(), &environment, &mut library)
        };
        let config = match LIBRARY.with(load) {
            Ok(config) => config,
            Err(error) => {
                host::log(Level::Error, &format!("inkseal: configuration refused: {error}"));
                return false;
            }
        };
        if let Some(old) = self.filter.take() {
            // Configured anew in place: the old configuration's chain ends here.
            old.audit.borrow_mut().close(host::now_ms(), &mut HostEntropy);
            self.deliver(&old);
            old.metrics.retire(&old.origin);
        }
        self.token = config.token.clone();
        let filter = Filter::new(config);
        if !host::tick_every(tick_ms(&filter)) {
            host::log(Level::Error, "inkseal: configuration refused: the host gives no ticks");
            return false;
        }
        let Filter { origin, .. } = &filter;
        host::log(
            Level::Info,
            &format!("inkseal: policy `{}`, mode {}, plan {}", origin.policy, origin.mode, origin.plan),
        );
        self.filter = Some(Rc::new(filter));
        true
    }

    fn on_tick(&mut self) {
        let Some(filter) = &self.filter else { return };
        let now = host::now_ms();
        filter.waiting.tick(self.context, now);
        if now < self.flushes_at_ms.get() {
            return;
        }
        self.flushes_at_ms.set(now.saturating_add(u64::from(flush_ms(filter) - tick_ms(filter))));
        filter.audit.borrow_mut().tick(now, &mut HostEntropy);
        self.deliver(filter);
        self.report(filter);
        self.end(filter);
    }

    fn create_http_context(&self, context: u32) -> Option<Box<dyn HttpContext>> {
        // Never none: the SDK panics on it. A stream without a filter refuses its request.
        Some(Box::new(HttpStream::new(context, self.filter.clone())))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
