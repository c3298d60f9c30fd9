//! `proxy_get_property`, `proxy_set_property`.

use wasmtime::{Caller, Linker};

use crate::host::memory::Guest;
use crate::host::properties;
use crate::host::state::State;
use crate::host::status::{Fault, Status, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "env",
        "proxy_get_property",
        |caller: Caller<'_, State>, path: u32, length: u32, pointer_at: u32, length_at: u32| {
            reply(get(Guest::new(caller, "proxy_get_property"), path, length, pointer_at, length_at))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_property",
        |caller: Caller<'_, State>, path: u32, path_length: u32, value: u32, length: u32| {
            reply(set(Guest::new(caller, "proxy_set_property"), path, path_length, value, length))
        },
    )?;
    Ok(())
}

fn get(mut guest: Guest<'_>, path: u32, length: u32, pointer_at: u32, length_at: u32) -> Result<(), Fault> {
    let path = guest.read(path, length)?;
    let value = properties::lookup(guest.state(), &path).ok_or(Status::NotFound)?;
    guest.give(&value, pointer_at, length_at)
}

/// Sets filter state, which an access log reads as `wasm.` and the path.
fn set(mut guest: Guest<'_>, path: u32, path_length: u32, value: u32, length: u32) -> Result<(), Fault> {
    let path = guest.read(path, path_length)?;
    let value = guest.read(value, length)?;
    let stream = guest.state().stream().ok_or(Status::NotFound)?;
    stream.filter_state.insert(path, value);
    Ok(())
}
