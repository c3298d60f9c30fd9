//! Continue, close, local response. Envoy does them when the callback has returned.

use wasmtime::{Caller, Linker};

use crate::host::maps;
use crate::host::memory::Guest;
use crate::host::state::{After, LocalReply, Side, State};
use crate::host::status::{Fault, Status, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_continue_stream", |caller: Caller<'_, State>, kind: u32| {
        reply(resume(Guest::new(caller, "proxy_continue_stream"), kind))
    })?;
    linker.func_wrap("env", "proxy_close_stream", |caller: Caller<'_, State>, kind: u32| {
        reply(close(Guest::new(caller, "proxy_close_stream"), kind))
    })?;
    linker.func_wrap("env", "proxy_clear_route_cache", |_: Caller<'_, State>| reply(Ok(())))?;
    linker.func_wrap(
        "env",
        "proxy_send_local_response",
        |caller: Caller<'_, State>,
         status: u32,
         details: u32,
         details_length: u32,
         body: u32,
         body_length: u32,
         headers: u32,
         headers_length: u32,
         _grpc_status: u32| {
            let parts = Parts {
                details: (details, details_length),
                body: (body, body_length),
                headers: (headers, headers_length),
            };
            reply(send(Guest::new(caller, "proxy_send_local_response"), status, &parts))
        },
    )?;
    Ok(())
}

fn resume(mut guest: Guest<'_>, kind: u32) -> Result<(), Fault> {
    let side = match kind {
        0 => Side::Request,
        1 => Side::Response,
        _ => return Err(Status::BadArgument.into()),
    };
    guest.state().later(After::Resume(side));
    Ok(())
}

fn close(mut guest: Guest<'_>, kind: u32) -> Result<(), Fault> {
    if kind > 3 {
        return Err(Status::BadArgument.into());
    }
    guest.state().later(After::Close);
    Ok(())
}

/// The arguments of a local response: pointers with lengths.
struct Parts {
    details: (u32, u32),
    body: (u32, u32),
    headers: (u32, u32),
}

fn send(mut guest: Guest<'_>, status: u32, parts: &Parts) -> Result<(), Fault> {
    guest.read(parts.details.0, parts.details.1)?;
    let body = guest.read(parts.body.0, parts.body.1)?;
    let headers = maps::decode(&guest.read(parts.headers.0, parts.headers.1)?).ok_or(Status::BadArgument)?;
    let state = guest.state();
    if let Some(stream) = state.stream() {
        stream.replied = true;
    }
    state.later(After::Reply(LocalReply { status, headers, body }));
    Ok(())
}
