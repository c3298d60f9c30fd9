//! One VM: an instance of a filter with its root context, its clock and what it asked for.

use std::collections::BTreeMap;

use wasmtime::{Store, WasmParams, WasmResults};

use super::call::{Answer, Call};
use super::config::{Config, Role};
use super::error::HostError;
use super::exports::{self, Callback, Exports};
use super::metrics::Metric;
use super::module::Module;
use super::state::{Log, ROOT, State, StreamState};
use super::stream::{self, Stream};

/// A running filter.
pub struct Vm {
    pub(crate) store: Store<State>,
    pub(crate) exports: Exports,
    next_context: u32,
    next_tick_ns: Option<u64>,
    gone: bool,
}

impl Vm {
    /// Starts a filter: `_initialize` (or `_start`), the root context, `proxy_on_vm_start`, `proxy_on_configure`.
    ///
    /// # Errors
    /// If the filter lacks its memory or allocator, traps, or refuses its configuration.
    pub fn new(module: &Module, config: Config) -> Result<Self, HostError> {
        let pre = &module.instance;
        let mut store = Store::new(pre.module().engine(), State::new(config));
        store.limiter(|state| &mut state.limits);
        refuel(&mut store)?;
        let instance = pre.instantiate(&mut store).map_err(|error| trapped("start", &error, None))?;
        let memory = instance.get_memory(&mut store, "memory").ok_or(HostError::MissingExport("memory"))?;
        let mut allocate = exports::optional(&mut store, &instance, "proxy_on_memory_allocate")?;
        if allocate.is_none() {
            allocate = exports::optional(&mut store, &instance, "malloc")?;
        }
        if allocate.is_none() {
            return Err(HostError::MissingExport("proxy_on_memory_allocate"));
        }
        let exports = Exports::new(&mut store, &instance)?;
        let state = store.data_mut();
        state.memory = Some(memory);
        state.allocate = allocate;
        let mut vm = Self { store, exports, next_context: ROOT + 1, next_tick_ns: None, gone: false };
        for name in ["_initialize", "_start"] {
            if let Some(start) = exports::optional::<(), ()>(&mut vm.store, &instance, name)? {
                vm.guest("_initialize", ROOT, Some(start), (), ())?;
                break;
            }
        }
        vm.configure()?;
        Ok(vm)
    }

    fn configure(&mut self) -> Result<(), HostError> {
        let (vm_size, size) =
            (self.store.data().config.vm_configuration.len(), self.store.data().config.configuration.len());
        let create = self.exports.context_create.clone();
        self.guest("proxy_on_context_create", ROOT, create, (ROOT, 0), ())?;
        let start = self.exports.vm_start.clone();
        if self.guest("proxy_on_vm_start", ROOT, start, (ROOT, vm_size as u32), 1)? == 0 {
            return Err(self.refused("proxy_on_vm_start"));
        }
        let configure = self.exports.configure.clone();
        self.store.data_mut().configuring = true;
        let accepted = self.guest("proxy_on_configure", ROOT, configure, (ROOT, size as u32), 1)?;
        self.store.data_mut().configuring = false;
        if accepted == 0 { Err(self.refused("proxy_on_configure")) } else { Ok(()) }
    }

    fn refused(&self, callback: &'static str) -> HostError {
        HostError::Refused { callback, log: self.logs().last().map(|line| line.message.clone()) }
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// [`HostError::NoTraffic`] unless this VM is a worker, or a trap.
    pub fn stream(&mut self) -> Result<Stream<'_>, HostError> {
        if self.store.data().config.role != Role::Worker {
            return Err(HostError::NoTraffic);
        }
        let id = self.next_context;
        self.next_context += 1;
        let now = self.now_ns();
        self.store.data_mut().streams.insert(id, StreamState::new(now));
        Ok(Stream::new(self, id))
    }

    /// Takes up an open stream again by [`Stream::id`], so that several can run in turns.
    pub fn reopen(&mut self, id: u32) -> Option<Stream<'_>> {
        self.store.data().streams.contains_key(&id).then(|| Stream::new(self, id))
    }

    /// Lets virtual time pass: ticks and timeouts of HTTP calls happen at their moments. A canary does not tick.
    ///
    /// # Errors
    /// A trap.
    pub fn tick(&mut self, milliseconds: u64) -> Result<(), HostError> {
        let until = self.now_ns() + milliseconds * 1_000_000;
        loop {
            let tick = self.next_tick_ns.filter(|at| *at <= until);
            let late = self.store.data().calls.values().filter_map(|call| Some((call.deadline_ns?, call.token))).min();
            let late = late.filter(|(at, _)| *at <= until && tick.is_none_or(|tick| *at < tick));
            if let Some((at, token)) = late {
                self.store.data_mut().now_ns = at;
                self.answer(token, Answer::status(504))?;
            } else if let Some(at) = tick {
                self.store.data_mut().now_ns = at;
                let period = u64::from(self.store.data().tick_ms) * 1_000_000;
                self.next_tick_ns = (period > 0).then_some(at + period);
                let tick = self.exports.tick.clone();
                self.guest("proxy_on_tick", ROOT, tick, ROOT, ())?;
                self.settle()?;
            } else {
                self.store.data_mut().now_ns = until;
                return Ok(());
            }
        }
    }

    /// HTTP calls that wait for an answer, oldest first.
    pub fn calls(&self) -> Vec<&Call> {
        self.store.data().calls.values().collect()
    }

    /// Answers a waiting call.
    ///
    /// # Errors
    /// [`HostError::Unknown`] if no call has this token, or a trap.
    pub fn answer(&mut self, token: u32, answer: Answer) -> Result<(), HostError> {
        if self.store.data_mut().calls.remove(&token).is_none() {
            return Err(HostError::Unknown(format!("waiting call with token {token}")));
        }
        let sizes = (answer.headers.len() as u32, answer.body.len() as u32, answer.trailers.len() as u32);
        self.store.data_mut().answer = Some(answer);
        let deliver = self.exports.http_call_response.clone();
        let arguments = (ROOT, token, sizes.0, sizes.1, sizes.2);
        let delivered = self.guest("proxy_on_http_call_response", ROOT, deliver, arguments, ());
        self.store.data_mut().answer = None;
        delivered?;
        self.settle()
    }

    /// Ends the root context as Envoy does when it replaces a filter; true once the filter is done. A filter that asks
    /// for more time is done when it has called `proxy_done`: call this again after answering its calls.
    ///
    /// # Errors
    /// A trap.
    pub fn shut_down(&mut self) -> Result<bool, HostError> {
        let done = self.exports.done.clone();
        let already = self.store.data().done;
        if already || self.guest("proxy_on_done", ROOT, done, ROOT, 1)? != 0 || self.store.data().done {
            let delete = self.exports.delete.clone();
            self.guest("proxy_on_delete", ROOT, delete, ROOT, ())?;
            self.gone = true;
            return Ok(true);
        }
        Ok(false)
    }

    /// The metrics by name.
    pub fn metrics(&self) -> &BTreeMap<String, Metric> {
        self.store.data().metrics.values()
    }

    /// Takes away how often which callback has called which host function, so that the next call shows only what follows.
    pub fn take_host_calls(&mut self) -> BTreeMap<(&'static str, &'static str), u64> {
        std::mem::take(&mut self.store.data_mut().host_calls)
    }

    /// The last few thousand lines that the guest logged, oldest first.
    pub fn logs(&self) -> &[Log] {
        &self.store.data().logs
    }

    /// Takes the lines away, so that the next call shows only what follows.
    pub fn take_logs(&mut self) -> Vec<Log> {
        std::mem::take(&mut self.store.data_mut().logs)
    }

    /// Virtual time, in nanoseconds since the epoch.
    pub fn now_ns(&self) -> u64 {
        self.store.data().now_ns
    }

    /// Bytes of the guest's linear memory at present.
    pub fn memory_bytes(&self) -> usize {
        self.store.data().memory.map_or(0, |memory| memory.data_size(&self.store))
    }

    /// Makes one callback; `absent` is its result if the filter does not export it.
    pub(crate) fn guest<P: WasmParams, R: WasmResults>(
        &mut self,
        callback: &'static str,
        context: u32,
        function: Callback<P, R>,
        arguments: P,
        absent: R,
    ) -> Result<R, HostError> {
        if self.gone {
            return Err(HostError::Gone);
        }
        let Some(function) = function else { return Ok(absent) };
        refuel(&mut self.store)?;
        let state = self.store.data_mut();
        state.callback = callback;
        state.current = context;
        state.effective = 0;
        state.copied.set(0);
        let lines = state.logs.len();
        let result = function.call(&mut self.store, arguments).map_err(|error| {
            self.gone = true;
            let state = self.store.data();
            let log = state.logs.get(lines..).and_then(<[_]>::last).map(|line| line.message.clone());
            trapped(callback, &error, log)
        })?;
        self.reschedule();
        Ok(result)
    }

    /// Does what the guest asked for during the callback that just returned.
    pub(crate) fn settle(&mut self) -> Result<(), HostError> {
        /// A guest that answers each of its own entries with another one never comes to rest.
        const ROUNDS: usize = 10_000;
        for _ in 0..ROUNDS {
            let state = self.store.data_mut();
            let (actions, ready) = (std::mem::take(&mut state.after), std::mem::take(&mut state.ready));
            if actions.is_empty() && ready.is_empty() {
                return Ok(());
            }
            for (id, action) in actions {
                stream::act(self, id, action)?;
            }
            for queue in ready {
                let callback = self.exports.queue_ready.clone();
                self.guest("proxy_on_queue_ready", ROOT, callback, (ROOT, queue), ())?;
            }
        }
        self.gone = true;
        let reason = "it never comes to rest: each callback asks for another one".to_owned();
        Err(HostError::Trap { callback: "proxy_on_queue_ready", reason })
    }

    fn reschedule(&mut self) {
        let state = self.store.data_mut();
        if std::mem::take(&mut state.tick_changed) {
            let ticks = state.tick_ms > 0 && state.config.role != Role::Canary;
            self.next_tick_ns = ticks.then(|| state.now_ns + u64::from(state.tick_ms) * 1_000_000);
        }
    }
}

fn refuel(store: &mut Store<State>) -> Result<(), HostError> {
    let fuel = store.data().config.fuel;
    store.set_fuel(fuel).map_err(|error| HostError::Engine(format!("{error:#}")))
}

fn trapped(callback: &'static str, error: &wasmtime::Error, log: Option<String>) -> HostError {
    let mut reason = match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::OutOfFuel) => {
            "it ran out of fuel: more instructions in one callback than allowed".to_owned()
        }
        Some(trap) => trap.to_string(),
        None => format!("{error:#}"),
    };
    if let Some(log) = log {
        reason = format!("{reason}; its last log line: {log}");
    }
    HostError::Trap { callback, reason: reason.replace('\n', " ") }
}
