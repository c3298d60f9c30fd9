//! Shared queues. Each VM of this host has its own; a queue's registrant hears of each entry.

use wasmtime::{Caller, Linker};

use crate::host::memory::Guest;
use crate::host::state::{Queue, State};
use crate::host::status::{Fault, Status, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "env",
        "proxy_register_shared_queue",
        |caller: Caller<'_, State>, name: u32, length: u32, id_at: u32| {
            reply(register(Guest::new(caller, "proxy_register_shared_queue"), (name, length), id_at))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_resolve_shared_queue",
        |caller: Caller<'_, State>, vm: u32, vm_length: u32, name: u32, length: u32, id_at: u32| {
            reply(resolve(Guest::new(caller, "proxy_resolve_shared_queue"), (vm, vm_length), (name, length), id_at))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_enqueue_shared_queue",
        |caller: Caller<'_, State>, id: u32, value: u32, length: u32| {
            reply(enqueue(Guest::new(caller, "proxy_enqueue_shared_queue"), id, (value, length)))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_dequeue_shared_queue",
        |caller: Caller<'_, State>, id: u32, pointer_at: u32, length_at: u32| {
            reply(dequeue(Guest::new(caller, "proxy_dequeue_shared_queue"), id, pointer_at, length_at))
        },
    )?;
    Ok(())
}

/// The id of a queue is its place, from 1.
fn find(state: &State, name: &[u8]) -> Option<u32> {
    state.queues.iter().position(|queue| queue.name == name).map(|at| at as u32 + 1)
}

fn queue(state: &mut State, id: u32) -> Result<&mut Queue, Status> {
    (id as usize).checked_sub(1).and_then(|at| state.queues.get_mut(at)).ok_or(Status::NotFound)
}

fn register(mut guest: Guest<'_>, name: (u32, u32), id_at: u32) -> Result<(), Fault> {
    let name = guest.read(name.0, name.1)?;
    let state = guest.state();
    let id = find(state, &name).unwrap_or_else(|| {
        state.queues.push(Queue { name, entries: std::collections::VecDeque::new() });
        state.queues.len() as u32
    });
    Ok(guest.write_u32(id_at, id)?)
}

fn resolve(mut guest: Guest<'_>, vm: (u32, u32), name: (u32, u32), id_at: u32) -> Result<(), Fault> {
    let vm = guest.read(vm.0, vm.1)?;
    let name = guest.read(name.0, name.1)?;
    let state = guest.state();
    if vm != state.config.vm_id.as_bytes() {
        return Err(Status::NotFound.into());
    }
    let id = find(state, &name).ok_or(Status::NotFound)?;
    Ok(guest.write_u32(id_at, id)?)
}

fn enqueue(mut guest: Guest<'_>, id: u32, value: (u32, u32)) -> Result<(), Fault> {
    let value = guest.read(value.0, value.1)?;
    let state = guest.state();
    queue(state, id)?.entries.push_back(value);
    state.ready.push(id);
    Ok(())
}

fn dequeue(mut guest: Guest<'_>, id: u32, pointer_at: u32, length_at: u32) -> Result<(), Fault> {
    let value = queue(guest.state(), id)?.entries.pop_front().ok_or(Status::Empty)?;
    guest.give(&value, pointer_at, length_at)
}
