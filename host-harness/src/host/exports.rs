//! The callbacks that a filter exports; one that is absent counts as Continue or true.

use wasmtime::{Instance, Store, TypedFunc, WasmParams, WasmResults};

use super::error::HostError;
use super::state::State;

/// One callback: its parameters, the context first, and its result.
pub(crate) type Callback<P, R> = Option<TypedFunc<P, R>>;

/// A callback's answer: 0 is Continue, anything else Pause.
type Action = u32;

/// A size in bytes, or a count of headers.
type Size = u32;

/// The callbacks of ABI 0.2.x that this host makes.
pub(crate) struct Exports {
    pub(crate) context_create: Callback<(u32, u32), ()>,
    pub(crate) vm_start: Callback<(u32, u32), u32>,
    pub(crate) configure: Callback<(u32, u32), u32>,
    pub(crate) tick: Callback<u32, ()>,
    pub(crate) queue_ready: Callback<(u32, u32), ()>,
    pub(crate) headers: [Callback<(u32, Size, u32), Action>; 2],
    pub(crate) body: [Callback<(u32, Size, u32), Action>; 2],
    pub(crate) trailers: [Callback<(u32, Size), Action>; 2],
    pub(crate) http_call_response: Callback<(u32, u32, Size, Size, Size), ()>,
    pub(crate) log: Callback<u32, ()>,
    pub(crate) done: Callback<u32, u32>,
    pub(crate) delete: Callback<u32, ()>,
}

impl Exports {
    pub(crate) fn new(store: &mut Store<State>, instance: &Instance) -> Result<Self, HostError> {
        let mut find = Find { store, instance };
        Ok(Self {
            context_create: find.optional("proxy_on_context_create")?,
            vm_start: find.optional("proxy_on_vm_start")?,
            configure: find.optional("proxy_on_configure")?,
            tick: find.optional("proxy_on_tick")?,
            queue_ready: find.optional("proxy_on_queue_ready")?,
            headers: [find.optional("proxy_on_request_headers")?, find.optional("proxy_on_response_headers")?],
            body: [find.optional("proxy_on_request_body")?, find.optional("proxy_on_response_body")?],
            trailers: [find.optional("proxy_on_request_trailers")?, find.optional("proxy_on_response_trailers")?],
            http_call_response: find.optional("proxy_on_http_call_response")?,
            log: find.optional("proxy_on_log")?,
            done: find.optional("proxy_on_done")?,
            delete: find.optional("proxy_on_delete")?,
        })
    }
}

struct Find<'a> {
    store: &'a mut Store<State>,
    instance: &'a Instance,
}

impl Find<'_> {
    fn optional<P: WasmParams, R: WasmResults>(&mut self, name: &str) -> Result<Callback<P, R>, HostError> {
        optional(self.store, self.instance, name)
    }
}

/// A function export with its type checked; `None` if there is no export of that name.
pub(crate) fn optional<P: WasmParams, R: WasmResults>(
    store: &mut Store<State>,
    instance: &Instance,
    name: &str,
) -> Result<Callback<P, R>, HostError> {
    let Some(function) = instance.get_func(&mut *store, name) else { return Ok(None) };
    function
        .typed(&*store)
        .map(Some)
        .map_err(|_| HostError::WrongType(format!("the filter's export `{name}` has another type than ABI 0.2.1 says")))
}
