//! Metrics.

use wasmtime::{Caller, Linker};

use crate::host::memory::Guest;
use crate::host::state::State;
use crate::host::status::{Fault, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "env",
        "proxy_define_metric",
        |caller: Caller<'_, State>, kind: u32, name: u32, length: u32, id_at: u32| {
            reply(define(Guest::new(caller, "proxy_define_metric"), kind, name, length, id_at))
        },
    )?;
    linker.func_wrap("env", "proxy_increment_metric", |caller: Caller<'_, State>, id: u32, by: i64| {
        reply(Guest::new(caller, "proxy_increment_metric").state().metrics.increment(id, by).map_err(Fault::from))
    })?;
    linker.func_wrap("env", "proxy_record_metric", |caller: Caller<'_, State>, id: u32, value: u64| {
        reply(Guest::new(caller, "proxy_record_metric").state().metrics.record(id, value).map_err(Fault::from))
    })?;
    linker.func_wrap("env", "proxy_get_metric", |caller: Caller<'_, State>, id: u32, value_at: u32| {
        reply(get(Guest::new(caller, "proxy_get_metric"), id, value_at))
    })?;
    Ok(())
}

fn define(mut guest: Guest<'_>, kind: u32, name: u32, length: u32, id_at: u32) -> Result<(), Fault> {
    let name = String::from_utf8_lossy(&guest.read(name, length)?).into_owned();
    let id = guest.state().metrics.define(kind, name)?;
    Ok(guest.write_u32(id_at, id)?)
}

fn get(mut guest: Guest<'_>, id: u32, value_at: u32) -> Result<(), Fault> {
    let value = guest.state().metrics.get(id)?;
    Ok(guest.write_u64(value_at, value)?)
}
