//! `proxy_http_call`: a call waits until the host's user answers it.

use wasmtime::{Caller, Linker};

use crate::host::call::Call;
use crate::host::maps::{self, Headers};
use crate::host::memory::Guest;
use crate::host::state::State;
use crate::host::status::{Fault, Status, reply};

/// Calls that may wait at once: Envoy's default circuit breaker.
const PENDING: usize = 1024;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "env",
        "proxy_http_call",
        |caller: Caller<'_, State>,
         cluster: u32,
         cluster_length: u32,
         headers: u32,
         headers_length: u32,
         body: u32,
         body_length: u32,
         trailers: u32,
         trailers_length: u32,
         timeout_ms: u32,
         token_at: u32| {
            let wanted = Wanted {
                cluster: (cluster, cluster_length),
                headers: (headers, headers_length),
                body: (body, body_length),
                trailers: (trailers, trailers_length),
                timeout_ms,
            };
            reply(call(Guest::new(caller, "proxy_http_call"), &wanted, token_at))
        },
    )?;
    Ok(())
}

/// The arguments of a call: pointers with lengths.
struct Wanted {
    cluster: (u32, u32),
    headers: (u32, u32),
    body: (u32, u32),
    trailers: (u32, u32),
    timeout_ms: u32,
}

fn call(mut guest: Guest<'_>, wanted: &Wanted, token_at: u32) -> Result<(), Fault> {
    let cluster = String::from_utf8_lossy(&guest.read(wanted.cluster.0, wanted.cluster.1)?).into_owned();
    let mut headers = map(&guest, wanted.headers)?;
    let body = guest.read(wanted.body.0, wanted.body.1)?;
    let trailers = map(&guest, wanted.trailers)?;
    guest.write_u32(token_at, 0)?;

    let state = guest.state();
    let known = state.config.clusters.as_ref().is_none_or(|names| names.contains(&cluster));
    let complete = [&b":method"[..], b":path", b":authority"].iter().all(|name| maps::first(&headers, name).is_some());
    if !known || !complete || wanted.timeout_ms > i32::MAX as u32 {
        return Err(Status::BadArgument.into());
    }
    if state.calls.len() >= PENDING {
        return Err(Status::InternalFailure.into());
    }
    if !body.is_empty() {
        maps::replace(&mut headers, b"content-length", body.len().to_string().into_bytes());
    }
    let token = state.next_token;
    state.next_token = state.next_token.checked_add(1).unwrap_or(1);
    let deadline_ns = (wanted.timeout_ms > 0).then(|| state.now_ns + u64::from(wanted.timeout_ms) * 1_000_000);
    state.calls.insert(token, Call { token, cluster, headers, body, trailers, deadline_ns });
    Ok(guest.write_u32(token_at, token)?)
}

fn map(guest: &Guest<'_>, (pointer, length): (u32, u32)) -> Result<Headers, Fault> {
    Ok(maps::decode(&guest.read(pointer, length)?).ok_or(Status::BadArgument)?)
}
