//! `proxy_get_buffer_bytes`, `proxy_set_buffer_bytes`, `proxy_get_buffer_status`.

use wasmtime::{Caller, Linker};

use crate::host::memory::Guest;
use crate::host::state::{Side, State};
use crate::host::status::{Fault, Status, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "env",
        "proxy_get_buffer_bytes",
        |caller: Caller<'_, State>, kind: u32, start: u32, length: u32, pointer_at: u32, length_at: u32| {
            reply(get(Guest::new(caller, "proxy_get_buffer_bytes"), kind, start, length, pointer_at, length_at))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_buffer_bytes",
        |caller: Caller<'_, State>, kind: u32, start: u32, length: u32, pointer: u32, size: u32| {
            reply(set(Guest::new(caller, "proxy_set_buffer_bytes"), kind, start, length, pointer, size))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_get_buffer_status",
        |caller: Caller<'_, State>, kind: u32, length_at: u32, flags_at: u32| {
            reply(status(Guest::new(caller, "proxy_get_buffer_status"), kind, length_at, flags_at))
        },
    )?;
    Ok(())
}

/// The buffer of a kind. `Ok(None)` is a body that is gone: Envoy reads it as empty and refuses to change it.
fn buffer(state: &mut State, kind: u32) -> Result<Option<&[u8]>, Status> {
    match kind {
        0 | 1 => Ok(body(state, kind).map(|bytes| bytes.as_slice())),
        4 => state.answer.as_ref().map(|answer| Some(answer.body.as_slice())).ok_or(Status::NotFound),
        6 => Ok(Some(&state.config.vm_configuration)),
        7 if state.configuring => Ok(Some(&state.config.configuration)),
        2 | 3 | 5 | 7 => Err(Status::NotFound),
        _ => Err(Status::BadArgument),
    }
}

fn body(state: &mut State, kind: u32) -> Option<&mut Vec<u8>> {
    let side = if kind == 0 { Side::Request } else { Side::Response };
    state.stream()?.half(side).buffer()
}

fn get(mut guest: Guest<'_>, kind: u32, start: u32, length: u32, pointer_at: u32, length_at: u32) -> Result<(), Fault> {
    let Some(bytes) = buffer(guest.state(), kind)? else { return Ok(()) };
    let start = start as usize;
    let end = start.saturating_add(length as usize).min(bytes.len());
    let part = bytes.get(start..end).ok_or(Status::BadArgument)?.to_vec();
    if part.is_empty() {
        return Ok(());
    }
    guest.give(&part, pointer_at, length_at)
}

/// Replaces the front (or the whole), prepends when `length` is 0, or appends behind the end: Envoy refuses a
/// replacement that begins inside the buffer.
fn set(mut guest: Guest<'_>, kind: u32, start: u32, length: u32, pointer: u32, size: u32) -> Result<(), Fault> {
    if kind > 1 {
        buffer(guest.state(), kind)?;
        return Err(Status::BadArgument.into());
    }
    let new = guest.read(pointer, size)?;
    let bytes = body(guest.state(), kind).ok_or(Status::BadArgument)?;
    if start == 0 {
        let removed = (length as usize).min(bytes.len());
        bytes.splice(..removed, new);
    } else if start as usize >= bytes.len() {
        bytes.extend(new);
    } else {
        return Err(Status::BadArgument.into());
    }
    Ok(())
}

fn status(mut guest: Guest<'_>, kind: u32, length_at: u32, flags_at: u32) -> Result<(), Fault> {
    let length = buffer(guest.state(), kind)?.map_or(0, <[u8]>::len);
    guest.write_u32(length_at, length as u32)?;
    Ok(guest.write_u32(flags_at, 0)?)
}
