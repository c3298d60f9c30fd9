//! What the host functions of one VM read and write.

use std::collections::BTreeMap;

use wasmtime::{Memory, StoreLimits, StoreLimitsBuilder, TypedFunc};

use super::call::{Answer, Call};
use super::config::Config;
use super::half::Half;
use super::maps::Headers;
use super::metrics::Metrics;
use super::random::Random;
use super::status::Status;

/// The id of the root context.
pub(crate) const ROOT: u32 = 1;

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the levels of the ABI")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Critical,
}

impl Level {
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Critical].get(number as usize).copied()
    }
}

/// A line that the guest logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How grave.
    pub level: Level,
    /// The text; bytes that are not UTF-8 are replaced.
    pub message: String,
}

/// One of the two directions of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

/// What the guest asked for during a callback; Envoy does it when the callback has returned.
pub(crate) enum After {
    Resume(Side),
    Reply(LocalReply),
    Close,
}

/// A response that the guest sends by itself.
pub(crate) struct LocalReply {
    pub(crate) status: u32,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

/// A shared queue.
pub(crate) struct Queue {
    pub(crate) name: Vec<u8>,
    pub(crate) entries: std::collections::VecDeque<Vec<u8>>,
}

/// One HTTP stream.
pub(crate) struct StreamState {
    pub(crate) request: Half,
    pub(crate) response: Half,
    pub(crate) filter_state: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) properties: BTreeMap<Vec<String>, Vec<u8>>,
    pub(crate) started_ns: u64,
    /// The stream is being logged: headers of both sides are readable again.
    pub(crate) logging: bool,
    /// A local reply was asked for: the callback's own answer no longer counts.
    pub(crate) replied: bool,
}

impl StreamState {
    pub(crate) fn new(started_ns: u64) -> Self {
        Self {
            request: Half::default(),
            response: Half::default(),
            filter_state: BTreeMap::new(),
            properties: BTreeMap::new(),
            started_ns,
            logging: false,
            replied: false,
        }
    }

    pub(crate) fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }
}

/// The data of one VM's store.
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) memory: Option<Memory>,
    pub(crate) allocate: Option<TypedFunc<u32, u32>>,
    pub(crate) limits: StoreLimits,
    pub(crate) now_ns: u64,
    pub(crate) random: Random,
    pub(crate) streams: BTreeMap<u32, StreamState>,
    /// Bytes that were copied from and to the guest in this callback.
    pub(crate) copied: std::cell::Cell<usize>,
    /// The callback that runs.
    pub(crate) callback: &'static str,
    /// How often which callback called which host function.
    pub(crate) host_calls: BTreeMap<(&'static str, &'static str), u64>,
    /// The context of the callback that runs.
    pub(crate) current: u32,
    /// The context that `proxy_set_effective_context` named; 0 is none.
    pub(crate) effective: u32,
    pub(crate) configuring: bool,
    pub(crate) tick_ms: u32,
    pub(crate) tick_changed: bool,
    pub(crate) metrics: Metrics,
    pub(crate) logs: Vec<Log>,
    pub(crate) shared: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    pub(crate) queues: Vec<Queue>,
    /// Queues whose registrant has yet to hear of an entry.
    pub(crate) ready: Vec<u32>,
    pub(crate) calls: BTreeMap<u32, Call>,
    pub(crate) next_token: u32,
    pub(crate) answer: Option<Answer>,
    pub(crate) after: Vec<(u32, After)>,
    pub(crate) done: bool,
}

impl State {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            memory: None,
            allocate: None,
            limits: StoreLimitsBuilder::new().memory_size(config.memory_limit).build(),
            now_ns: config.now_ns,
            random: Random::new(config.seed),
            streams: BTreeMap::new(),
            copied: std::cell::Cell::new(0),
            callback: "",
            host_calls: BTreeMap::new(),
            current: 0,
            effective: 0,
            configuring: false,
            tick_ms: 0,
            tick_changed: false,
            metrics: Metrics::default(),
            logs: Vec::new(),
            shared: BTreeMap::new(),
            queues: Vec::new(),
            ready: Vec::new(),
            calls: BTreeMap::new(),
            next_token: 1,
            answer: None,
            after: Vec::new(),
            done: false,
            config,
        }
    }

    /// The context that a host function acts on.
    pub(crate) fn context(&self) -> u32 {
        if self.effective == ROOT || self.streams.contains_key(&self.effective) { self.effective } else { self.current }
    }

    /// The stream that a host function acts on; the root context has none.
    pub(crate) fn stream(&mut self) -> Option<&mut StreamState> {
        let id = self.context();
        self.streams.get_mut(&id)
    }

    /// Keeps an action for when the callback has returned.
    pub(crate) fn later(&mut self, action: After) {
        let id = self.context();
        if self.streams.contains_key(&id) {
            self.after.push((id, action));
        }
    }

    /// A header map by the ABI's number. `write` asks for one that may be changed.
    pub(crate) fn map(&mut self, kind: u32, write: bool) -> Result<Option<&mut Headers>, Status> {
        match kind {
            0..=3 => {
                let Some(stream) = self.stream() else { return Ok(None) };
                let readable = stream.logging && !write && kind != 1;
                let half = stream.half(if kind < 2 { Side::Request } else { Side::Response });
                Ok(if matches!(kind, 0 | 2) { half.header_map(readable) } else { half.trailer_map(readable) })
            }
            4 | 5 => Ok(None),
            6 if !write => Ok(self.answer.as_mut().map(|answer| &mut answer.headers)),
            7 if !write => Ok(self.answer.as_mut().map(|answer| &mut answer.trailers)),
            6 | 7 => Ok(None),
            _ => Err(Status::BadArgument),
        }
    }

    pub(crate) fn log(&mut self, level: Level, message: &[u8]) {
        /// Lines kept; a guest that logs without end loses the oldest.
        const LINES: usize = 4096;
        if self.logs.len() >= LINES {
            self.logs.drain(..LINES / 2);
        }
        self.logs.push(Log { level, message: String::from_utf8_lossy(message).into_owned() });
    }
}
