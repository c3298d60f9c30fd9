//! Logging, time, ticks, contexts, foreign functions.

use wasmtime::{Caller, Linker};

use crate::host::memory::Guest;
use crate::host::state::{Level, ROOT, State};
use crate::host::status::{Fault, Status, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_log", |caller: Caller<'_, State>, level: u32, message: u32, length: u32| {
        reply(log(Guest::new(caller, "proxy_log"), level, message, length))
    })?;
    linker.func_wrap("env", "proxy_get_log_level", |caller: Caller<'_, State>, level_at: u32| {
        reply(Guest::new(caller, "proxy_get_log_level").write_u32(level_at, Level::Info as u32).map_err(Fault::from))
    })?;
    linker.func_wrap("env", "proxy_get_current_time_nanoseconds", |caller: Caller<'_, State>, time_at: u32| {
        let mut guest = Guest::new(caller, "proxy_get_current_time_nanoseconds");
        let now = guest.state().now_ns;
        reply(guest.write_u64(time_at, now).map_err(Fault::from))
    })?;
    linker.func_wrap("env", "proxy_set_tick_period_milliseconds", |caller: Caller<'_, State>, period_ms: u32| {
        let mut guest = Guest::new(caller, "proxy_set_tick_period_milliseconds");
        guest.state().tick_ms = period_ms;
        guest.state().tick_changed = true;
        reply(Ok(()))
    })?;
    linker.func_wrap("env", "proxy_set_effective_context", |caller: Caller<'_, State>, context: u32| {
        reply(set_effective_context(Guest::new(caller, "proxy_set_effective_context"), context))
    })?;
    linker.func_wrap("env", "proxy_done", |caller: Caller<'_, State>| {
        let mut guest = Guest::new(caller, "proxy_done");
        guest.state().done = true;
        reply(Ok(()))
    })?;
    linker.func_wrap(
        "env",
        "proxy_call_foreign_function",
        |caller: Caller<'_, State>, name: u32, length: u32, arguments: u32, size: u32, _: u32, _: u32| {
            reply(no_foreign_function(
                &Guest::new(caller, "proxy_call_foreign_function"),
                (name, length),
                (arguments, size),
            ))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_get_status",
        |caller: Caller<'_, State>, code_at: u32, pointer_at: u32, length_at: u32| {
            reply(call_status(Guest::new(caller, "proxy_get_status"), code_at, pointer_at, length_at))
        },
    )?;
    Ok(())
}

fn log(mut guest: Guest<'_>, level: u32, message: u32, length: u32) -> Result<(), Fault> {
    let level = Level::from_number(level).ok_or(Status::BadArgument)?;
    let message = guest.read(message, length)?;
    guest.state().log(level, &message);
    Ok(())
}

fn set_effective_context(mut guest: Guest<'_>, context: u32) -> Result<(), Fault> {
    let state = guest.state();
    if context != ROOT && !state.streams.contains_key(&context) {
        return Err(Status::BadArgument.into());
    }
    state.effective = context;
    Ok(())
}

/// This host has no foreign functions.
fn no_foreign_function(guest: &Guest<'_>, name: (u32, u32), arguments: (u32, u32)) -> Result<(), Fault> {
    guest.read(name.0, name.1)?;
    guest.read(arguments.0, arguments.1)?;
    Err(Status::NotFound.into())
}

/// The status of the HTTP call whose answer is being delivered: `reset` with code 9 (BrokenConnection) if it failed.
fn call_status(mut guest: Guest<'_>, code_at: u32, pointer_at: u32, length_at: u32) -> Result<(), Fault> {
    let failed = guest.state().answer.as_ref().is_some_and(|answer| answer.headers.is_empty());
    guest.write_u32(code_at, if failed { 9 } else { 0 })?;
    guest.give(if failed { b"reset" } else { b"" }, pointer_at, length_at)
}
