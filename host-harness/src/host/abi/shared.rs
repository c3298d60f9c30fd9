//! Shared data with compare-and-swap. Each VM of this host has its own.

use wasmtime::{Caller, Linker};

use crate::host::memory::Guest;
use crate::host::state::State;
use crate::host::status::{Fault, Status, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "env",
        "proxy_get_shared_data",
        |caller: Caller<'_, State>, key: u32, key_length: u32, pointer_at: u32, length_at: u32, cas_at: u32| {
            reply(get(Guest::new(caller, "proxy_get_shared_data"), (key, key_length), pointer_at, length_at, cas_at))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_shared_data",
        |caller: Caller<'_, State>, key: u32, key_length: u32, value: u32, length: u32, cas: u32| {
            reply(set(Guest::new(caller, "proxy_set_shared_data"), (key, key_length), (value, length), cas))
        },
    )?;
    Ok(())
}

fn get(mut guest: Guest<'_>, key: (u32, u32), pointer_at: u32, length_at: u32, cas_at: u32) -> Result<(), Fault> {
    let key = guest.read(key.0, key.1)?;
    let (value, cas) = guest.state().shared.get(&key).cloned().ok_or(Status::NotFound)?;
    guest.give(&value, pointer_at, length_at)?;
    Ok(guest.write_u32(cas_at, cas)?)
}

/// A `cas` of 0 writes whatever stands there.
fn set(mut guest: Guest<'_>, key: (u32, u32), value: (u32, u32), cas: u32) -> Result<(), Fault> {
    let key = guest.read(key.0, key.1)?;
    let value = guest.read(value.0, value.1)?;
    let shared = &mut guest.state().shared;
    let present = shared.get(&key).map_or(0, |(_, cas)| *cas);
    if cas != 0 && cas != present {
        return Err(Status::CasMismatch.into());
    }
    shared.insert(key, (value, present.checked_add(1).unwrap_or(1)));
    Ok(())
}
