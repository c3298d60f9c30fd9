//! The host. The only file that calls it: every other file speaks of headers, bodies and batches.
//!
//! The imports are declared here once more, beside the SDK's, because the SDK's wrappers panic on a status they do not
//! expect and on header bytes that are not UTF-8, and a panic traps the whole VM. Here a refusal is a value.
//! On targets other than wasm the imports are stubs that refuse, so that the rest can be tested natively.

use std::borrow::Cow;

use inkseal_engine::Entropy;
use inkseal_engine::exchange::Headers;
use inkseal_engine::surface::Half;

use crate::pairs::{self, Edit, Pairs};

/// A header map of the host (proxy-wasm ABI 0.2.1, `proxy_map_type_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Map {
    /// The request's headers.
    RequestHeaders = 0,
    /// The request's trailers.
    RequestTrailers = 1,
    /// The response's headers.
    ResponseHeaders = 2,
    /// The response's trailers.
    ResponseTrailers = 3,
    /// The headers of the answer to a call of ours.
    CallHeaders = 6,
}

/// A buffer of the host (`proxy_buffer_type_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Buffer {
    /// What lies in the proxy of the request's body.
    RequestBody = 0,
    /// What lies in the proxy of the response's body.
    ResponseBody = 1,
    /// The body of the answer to a call of ours.
    CallBody = 4,
    /// The plugin's configuration.
    Configuration = 7,
}

/// How loud a log line is (`proxy_log_level_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Level {
    /// Worth knowing.
    Info = 2,
    /// Worth a look.
    Warn = 3,
    /// Needs one.
    Error = 4,
    /// The VM is lost.
    Critical = 5,
}

/// What kind of number a metric is (`proxy_metric_type_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum MetricKind {
    /// Only grows.
    Counter = 0,
    /// Is set.
    Gauge = 1,
    /// Is observed.
    Histogram = 2,
}

/// A status other than 0, as the host gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub u32);

/// `Ok` of the ABI.
const OK: u32 = 0;

/// Writes a line to the proxy's log. `line` holds no byte of the traffic and no key.
pub fn log(level: Level, line: &str) {
    imports::log(level as u32, line.as_bytes());
}

/// Nanoseconds since the epoch.
pub fn now_ns() -> u64 {
    imports::now_ns()
}

/// Milliseconds since the epoch.
pub fn now_ms() -> u64 {
    now_ns() / 1_000_000
}

/// Asks for a tick every `milliseconds`.
pub fn tick_every(milliseconds: u32) -> bool {
    imports::set_tick_period(milliseconds) == OK
}

/// Puts a context in effect: until the callback returns, the host takes calls for its own.
pub fn enter(context: u32) -> bool {
    imports::set_effective_context(context) == OK
}

/// A whole buffer; empty if there is none.
pub fn buffer(buffer: Buffer) -> Vec<u8> {
    imports::buffer(buffer as u32).unwrap_or_default()
}

/// Replaces a whole buffer.
pub fn set_buffer(buffer: Buffer, bytes: &[u8]) -> bool {
    imports::set_buffer(buffer as u32, bytes) == OK
}

/// A header map as it stands; none if the host has none or wrote one that does not parse.
pub fn headers(map: Map) -> Option<Pairs> {
    Pairs::decode(imports::pairs(map as u32).ok()?)
}

/// Brings a header map from `before` to `after`.
pub fn edit_headers(map: Map, before: &Pairs, after: &Headers<Cow<'_, [u8]>>) -> bool {
    pairs::edits(before, after).iter().all(|edit| {
        OK == match edit {
            Edit::Remove(name) => imports::remove_header(map as u32, name),
            Edit::Replace(name, value) => imports::replace_header(map as u32, name, value),
            Edit::Add(name, value) => imports::add_header(map as u32, name, value),
        }
    })
}

/// Sets one header to one value.
pub fn set_header(map: Map, name: &str, value: &str) -> bool {
    imports::replace_header(map as u32, name.as_bytes(), value.as_bytes()) == OK
}

/// A property by its path, whose parts are joined by NUL; none if the host does not know it.
pub fn property(path: &str) -> Option<Vec<u8>> {
    imports::property(path.as_bytes()).ok()
}

/// A property that is text.
pub fn text(path: &str) -> Option<String> {
    property(path).and_then(|bytes| String::from_utf8(bytes).ok()).filter(|text| !text.is_empty())
}

/// A property that is a number: eight bytes, little-endian; negative counts as absent.
pub fn number(path: &str) -> Option<u64> {
    let bytes: [u8; 8] = property(path)?.try_into().ok()?;
    u64::try_from(i64::from_le_bytes(bytes)).ok()
}

/// Puts a value into the stream's filter state, as `wasm.NAME`.
pub fn set_state(name: &str, value: &str) -> bool {
    imports::set_property(name.as_bytes(), value.as_bytes()) == OK
}

/// Lets a paused half go on. The host does so when the current callback has returned.
pub fn resume(half: Half) -> bool {
    imports::continue_stream(stream(half)) == OK
}

/// Cuts the stream. The host does so when the current callback has returned.
pub fn reset(half: Half) -> bool {
    imports::close_stream(stream(half)) == OK
}

/// Answers in the upstream's place. The host does so when the current callback has returned.
pub fn reply(status: u16, body: &str) -> bool {
    imports::reply(u32::from(status), body.as_bytes()) == OK
}

/// Tells the host that this root context has nothing left to do.
pub fn done() {
    imports::done();
}

/// Defines a metric.
pub fn define_metric(kind: MetricKind, name: &str) -> Option<u32> {
    imports::define_metric(kind as u32, name.as_bytes()).ok()
}

/// Adds to a counter.
pub fn add_metric(metric: u32, amount: u64) {
    imports::add_metric(metric, i64::try_from(amount).unwrap_or(i64::MAX));
}

/// Sets a gauge, or observes a value.
pub fn record_metric(metric: u32, value: u64) {
    imports::record_metric(metric, value);
}

/// Sends a POST to a cluster of the proxy. The answer comes to the root context's `on_http_call_response` under the
/// token returned here, with status 503 or 504 where there was none.
pub fn post(
    cluster: &str,
    headers: Vec<(&str, &str)>,
    body: &[u8],
    timeout: std::time::Duration,
) -> Result<u32, Refused> {
    // The one call that goes through the SDK: it books the token, without which its dispatcher panics on the answer.
    proxy_wasm::hostcalls::dispatch_http_call(cluster, headers, Some(body), Vec::new(), timeout)
        .map_err(|status| Refused(status as u32))
}

/// The host's random generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostEntropy;

impl Entropy for HostEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        imports::random(bytes);
    }
}

fn stream(half: Half) -> u32 {
    match half {
        Half::Request => 0,
        Half::Response => 1,
    }
}

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the proxy-wasm ABI is a C interface over linear memory")]
mod imports {
    use super::{OK, Refused};
    use std::ptr::null_mut;

    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        fn proxy_log(level: u32, data: *const u8, size: usize) -> u32;
        fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
        fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
        fn proxy_set_effective_context(context: u32) -> u32;
        fn proxy_get_buffer_bytes(kind: u32, start: usize, max: usize, data: *mut *mut u8, size: *mut usize) -> u32;
        fn proxy_set_buffer_bytes(kind: u32, start: usize, size: usize, data: *const u8, data_size: usize) -> u32;
        fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
        fn proxy_add_header_map_value(map: u32, name: *const u8, ns: usize, value: *const u8, vs: usize) -> u32;
        fn proxy_replace_header_map_value(map: u32, name: *const u8, ns: usize, value: *const u8, vs: usize) -> u32;
        fn proxy_remove_header_map_value(map: u32, name: *const u8, ns: usize) -> u32;
        fn proxy_get_property(path: *const u8, ps: usize, data: *mut *mut u8, size: *mut usize) -> u32;
        fn proxy_set_property(path: *const u8, ps: usize, data: *const u8, size: usize) -> u32;
        fn proxy_continue_stream(stream: u32) -> u32;
        fn proxy_close_stream(stream: u32) -> u32;
        fn proxy_send_local_response(
            status: u32,
            details: *const u8,
            details_size: usize,
            body: *const u8,
            body_size: usize,
            headers: *const u8,
            headers_size: usize,
            grpc_status: i32,
        ) -> u32;
        fn proxy_done() -> u32;
        fn proxy_define_metric(kind: u32, name: *const u8, size: usize, id: *mut u32) -> u32;
        fn proxy_increment_metric(id: u32, offset: i64) -> u32;
        fn proxy_record_metric(id: u32, value: u64) -> u32;
    }

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn random_get(data: *mut u8, size: usize) -> u32;
    }

    pub(super) fn log(level: u32, line: &[u8]) -> u32 {
        // SAFETY: the host reads `line` within the call.
        unsafe { proxy_log(level, line.as_ptr(), line.len()) }
    }

    pub(super) fn now_ns() -> u64 {
        let mut time = 0;
        // SAFETY: the host writes one u64 to the pointer within the call.
        unsafe { proxy_get_current_time_nanoseconds(&raw mut time) };
        time
    }

    pub(super) fn set_tick_period(period: u32) -> u32 {
        // SAFETY: no pointers.
        unsafe { proxy_set_tick_period_milliseconds(period) }
    }

    pub(super) fn set_effective_context(context: u32) -> u32 {
        // SAFETY: no pointers.
        unsafe { proxy_set_effective_context(context) }
    }

    /// Takes over what the host allocated for us through `proxy_on_memory_allocate`.
    fn adopt(status: u32, data: *mut u8, size: usize) -> Result<Vec<u8>, Refused> {
        if status != OK {
            return Err(Refused(status));
        }
        if data.is_null() {
            return Ok(Vec::new());
        }
        // SAFETY: the SDK's allocation callback made this region as a boxed slice of exactly `size` bytes of our own
        // allocator, and the host hands it over once.
        Ok(unsafe { Vec::from_raw_parts(data, size, size) })
    }

    pub(super) fn buffer(kind: u32) -> Result<Vec<u8>, Refused> {
        let (mut data, mut size) = (null_mut(), 0);
        // SAFETY: the host writes a pointer and a size within the call.
        let status = unsafe { proxy_get_buffer_bytes(kind, 0, usize::MAX, &raw mut data, &raw mut size) };
        adopt(status, data, size)
    }

    pub(super) fn set_buffer(kind: u32, bytes: &[u8]) -> u32 {
        // SAFETY: the host copies `bytes` within the call.
        unsafe { proxy_set_buffer_bytes(kind, 0, usize::MAX, bytes.as_ptr(), bytes.len()) }
    }

    pub(super) fn pairs(map: u32) -> Result<Vec<u8>, Refused> {
        let (mut data, mut size) = (null_mut(), 0);
        // SAFETY: the host writes a pointer and a size within the call.
        let status = unsafe { proxy_get_header_map_pairs(map, &raw mut data, &raw mut size) };
        adopt(status, data, size)
    }

    pub(super) fn add_header(map: u32, name: &[u8], value: &[u8]) -> u32 {
        // SAFETY: the host copies both within the call.
        unsafe { proxy_add_header_map_value(map, name.as_ptr(), name.len(), value.as_ptr(), value.len()) }
    }

    pub(super) fn replace_header(map: u32, name: &[u8], value: &[u8]) -> u32 {
        // SAFETY: the host copies both within the call.
        unsafe { proxy_replace_header_map_value(map, name.as_ptr(), name.len(), value.as_ptr(), value.len()) }
    }

    pub(super) fn remove_header(map: u32, name: &[u8]) -> u32 {
        // SAFETY: the host reads `name` within the call.
        unsafe { proxy_remove_header_map_value(map, name.as_ptr(), name.len()) }
    }

    pub(super) fn property(path: &[u8]) -> Result<Vec<u8>, Refused> {
        let (mut data, mut size) = (null_mut(), 0);
        // SAFETY: the host reads `path` and writes a pointer and a size within the call.
        let status = unsafe { proxy_get_property(path.as_ptr(), path.len(), &raw mut data, &raw mut size) };
        adopt(status, data, size)
    }

    pub(super) fn set_property(path: &[u8], value: &[u8]) -> u32 {
        // SAFETY: the host copies both within the call.
        unsafe { proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) }
    }

    pub(super) fn continue_stream(stream: u32) -> u32 {
        // SAFETY: no pointers.
        unsafe { proxy_continue_stream(stream) }
    }

    pub(super) fn close_stream(stream: u32) -> u32 {
        // SAFETY: no pointers.
        unsafe { proxy_close_stream(stream) }
    }

    pub(super) fn reply(status: u32, body: &[u8]) -> u32 {
        const DETAILS: &[u8] = b"inkseal";
        // A map of no pairs: its count.
        const HEADERS: [u8; 4] = [0; 4];
        // SAFETY: the host copies everything within the call.
        unsafe {
            proxy_send_local_response(
                status,
                DETAILS.as_ptr(),
                DETAILS.len(),
                body.as_ptr(),
                body.len(),
                HEADERS.as_ptr(),
                HEADERS.len(),
                -1,
            )
        }
    }

    pub(super) fn done() -> u32 {
        // SAFETY: no pointers.
        unsafe { proxy_done() }
    }

    pub(super) fn define_metric(kind: u32, name: &[u8]) -> Result<u32, Refused> {
        let mut id = 0;
        // SAFETY: the host reads `name` and writes one u32 within the call.
        match unsafe { proxy_define_metric(kind, name.as_ptr(), name.len(), &raw mut id) } {
            OK => Ok(id),
            status => Err(Refused(status)),
        }
    }

    pub(super) fn add_metric(id: u32, amount: i64) -> u32 {
        // SAFETY: no pointers.
        unsafe { proxy_increment_metric(id, amount) }
    }

    pub(super) fn record_metric(id: u32, value: u64) -> u32 {
        // SAFETY: no pointers.
        unsafe { proxy_record_metric(id, value) }
    }

    pub(super) fn random(bytes: &mut [u8]) {
        // SAFETY: the host writes `bytes.len()` bytes within the call.
        let errno = unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) };
        if errno != 0 {
            // Keys made of zeros would be worse than a lost VM: `Entropy` has no partial success.
            log(super::Level::Critical as u32, b"inkseal: the host has no random bytes");
            std::process::abort();
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod imports {
    //! A host that has nothing and refuses everything.
    use super::Refused;

    const NO_HOST: u32 = 12;

    pub(super) fn log(_: u32, _: &[u8]) -> u32 {
        NO_HOST
    }

    pub(super) fn now_ns() -> u64 {
        0
    }

    pub(super) fn set_tick_period(_: u32) -> u32 {
        NO_HOST
    }

    pub(super) fn set_effective_context(_: u32) -> u32 {
        NO_HOST
    }

    pub(super) fn buffer(_: u32) -> Result<Vec<u8>, Refused> {
        Err(Refused(NO_HOST))
    }

    pub(super) fn set_buffer(_: u32, _: &[u8]) -> u32 {
        NO_HOST
    }

    pub(super) fn pairs(_: u32) -> Result<Vec<u8>, Refused> {
        Err(Refused(NO_HOST))
    }

    pub(super) fn add_header(_: u32, _: &[u8], _: &[u8]) -> u32 {
        NO_HOST
    }

    pub(super) fn replace_header(_: u32, _: &[u8], _: &[u8]) -> u32 {
        NO_HOST
    }

    pub(super) fn remove_header(_: u32, _: &[u8]) -> u32 {
        NO_HOST
    }

    pub(super) fn property(_: &[u8]) -> Result<Vec<u8>, Refused> {
        Err(Refused(NO_HOST))
    }

    pub(super) fn set_property(_: &[u8], _: &[u8]) -> u32 {
        NO_HOST
    }

    pub(super) fn continue_stream(_: u32) -> u32 {
        NO_HOST
    }

    pub(super) fn close_stream(_: u32) -> u32 {
        NO_HOST
    }

    pub(super) fn reply(_: u32, _: &[u8]) -> u32 {
        NO_HOST
    }

    pub(super) fn done() -> u32 {
        NO_HOST
    }

    pub(super) fn define_metric(_: u32, _: &[u8]) -> Result<u32, Refused> {
        Err(Refused(NO_HOST))
    }

    pub(super) fn add_metric(_: u32, _: i64) -> u32 {
        NO_HOST
    }

    pub(super) fn record_metric(_: u32, _: u64) -> u32 {
        NO_HOST
    }

    pub(super) fn random(_: &mut [u8]) {
        // No key may come from here.
        std::process::abort();
    }
}
