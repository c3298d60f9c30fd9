//! Header and trailer maps.

use wasmtime::{Caller, Linker};

use crate::host::maps::{self, Headers};
use crate::host::memory::Guest;
use crate::host::state::State;
use crate::host::status::{Fault, Status, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "env",
        "proxy_get_header_map_pairs",
        |caller: Caller<'_, State>, kind: u32, pointer_at: u32, length_at: u32| {
            reply(pairs(Guest::new(caller, "proxy_get_header_map_pairs"), kind, pointer_at, length_at))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_header_map_pairs",
        |caller: Caller<'_, State>, kind: u32, pointer: u32, length: u32| {
            reply(set_pairs(Guest::new(caller, "proxy_set_header_map_pairs"), kind, pointer, length))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_get_header_map_value",
        |caller: Caller<'_, State>, kind: u32, name: u32, length: u32, pointer_at: u32, length_at: u32| {
            reply(value(Guest::new(caller, "proxy_get_header_map_value"), kind, (name, length), pointer_at, length_at))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_replace_header_map_value",
        |caller: Caller<'_, State>, kind: u32, name: u32, name_length: u32, value: u32, length: u32| {
            reply(change(
                Guest::new(caller, "proxy_replace_header_map_value"),
                kind,
                (name, name_length),
                Some((value, length)),
                true,
            ))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_add_header_map_value",
        |caller: Caller<'_, State>, kind: u32, name: u32, name_length: u32, value: u32, length: u32| {
            reply(change(
                Guest::new(caller, "proxy_add_header_map_value"),
                kind,
                (name, name_length),
                Some((value, length)),
                false,
            ))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_remove_header_map_value",
        |caller: Caller<'_, State>, kind: u32, name: u32, length: u32| {
            reply(change(Guest::new(caller, "proxy_remove_header_map_value"), kind, (name, length), None, false))
        },
    )?;
    linker.func_wrap("env", "proxy_get_header_map_size", |caller: Caller<'_, State>, kind: u32, size_at: u32| {
        reply(size(Guest::new(caller, "proxy_get_header_map_size"), kind, size_at))
    })?;
    Ok(())
}

/// A map that is not there has no pairs: Envoy answers Ok.
fn pairs(mut guest: Guest<'_>, kind: u32, pointer_at: u32, length_at: u32) -> Result<(), Fault> {
    let headers = guest.state().map(kind, false)?.cloned().unwrap_or_default();
    let bytes = if headers.is_empty() { Vec::new() } else { maps::encode(&headers) };
    guest.give(&bytes, pointer_at, length_at)
}

fn set_pairs(mut guest: Guest<'_>, kind: u32, pointer: u32, length: u32) -> Result<(), Fault> {
    let bytes = guest.read(pointer, length)?;
    let headers = maps::decode(&bytes).ok_or(Status::BadArgument)?;
    *writable(&mut guest, kind)? = headers;
    Ok(())
}

fn value(mut guest: Guest<'_>, kind: u32, name: (u32, u32), pointer_at: u32, length_at: u32) -> Result<(), Fault> {
    let name = guest.read(name.0, name.1)?;
    let headers = guest.state().map(kind, false)?.ok_or(Status::BadArgument)?;
    let value = maps::first(headers, &name).ok_or(Status::NotFound)?.to_vec();
    guest.give(&value, pointer_at, length_at)
}

/// Removes a name (no value), replaces its values, or adds one.
fn change(
    mut guest: Guest<'_>,
    kind: u32,
    name: (u32, u32),
    value: Option<(u32, u32)>,
    replace: bool,
) -> Result<(), Fault> {
    let name = guest.read(name.0, name.1)?.to_ascii_lowercase();
    let value = value.map(|(pointer, length)| guest.read(pointer, length)).transpose()?;
    let headers = writable(&mut guest, kind)?;
    match value {
        None => headers.retain(|(each, _)| *each != name),
        Some(value) if replace => maps::replace(headers, &name, value),
        Some(value) => headers.push((name, value)),
    }
    Ok(())
}

fn size(mut guest: Guest<'_>, kind: u32, size_at: u32) -> Result<(), Fault> {
    let headers = guest.state().map(kind, false)?.ok_or(Status::BadArgument)?;
    let size: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    Ok(guest.write_u32(size_at, size as u32)?)
}

fn writable<'a>(guest: &'a mut Guest<'_>, kind: u32) -> Result<&'a mut Headers, Fault> {
    Ok(guest.state().map(kind, true)?.ok_or(Status::BadArgument)?)
}
