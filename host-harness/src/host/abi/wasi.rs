//! The WASI functions that Envoy gives a guest: its environment, the clock, randomness, and standard output and error
//! as log lines. There are no files.

use wasmtime::{Caller, Linker};

use crate::host::memory::Guest;
use crate::host::state::{Level, State};
use crate::host::status::Status;

const SUCCESS: u32 = 0;
const BADF: u32 = 8;
const FAULT: u32 = 21;
const INVAL: u32 = 28;
const NOSYS: u32 = 52;
const NOTCAPABLE: u32 = 76;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    for module in ["wasi_snapshot_preview1", "wasi_unstable"] {
        link_as(linker, module)?;
    }
    Ok(())
}

fn link_as(linker: &mut Linker<State>, module: &str) -> wasmtime::Result<()> {
    linker.func_wrap(module, "environ_sizes_get", |caller: Caller<'_, State>, count_at: u32, size_at: u32| {
        errno(environ_sizes(Guest::new(caller, "environ_sizes_get"), count_at, size_at))
    })?;
    linker.func_wrap(module, "environ_get", |caller: Caller<'_, State>, array: u32, buffer: u32| {
        errno(environ(Guest::new(caller, "environ_get"), array, buffer))
    })?;
    linker.func_wrap(module, "args_sizes_get", |caller: Caller<'_, State>, count_at: u32, size_at: u32| {
        let mut guest = Guest::new(caller, "args_sizes_get");
        errno(guest.write_u32(count_at, 0).and_then(|()| guest.write_u32(size_at, 0)))
    })?;
    linker.func_wrap(module, "args_get", |_: Caller<'_, State>, _: u32, _: u32| SUCCESS)?;
    linker.func_wrap(module, "clock_time_get", |caller: Caller<'_, State>, clock: u32, _: u64, time_at: u32| {
        if clock > 1 {
            return INVAL;
        }
        let mut guest = Guest::new(caller, "clock_time_get");
        let now = guest.state().now_ns;
        errno(guest.write_u64(time_at, now))
    })?;
    linker.func_wrap(module, "random_get", |caller: Caller<'_, State>, buffer: u32, length: u32| {
        errno(random(Guest::new(caller, "random_get"), buffer, length))
    })?;
    linker.func_wrap(
        module,
        "fd_write",
        |caller: Caller<'_, State>, fd: u32, parts: u32, count: u32, size_at: u32| {
            let level = match fd {
                1 => Level::Info,
                2 => Level::Error,
                _ => return BADF,
            };
            errno(write(Guest::new(caller, "fd_write"), level, parts, count, size_at))
        },
    )?;
    linker.func_wrap(module, "fd_fdstat_get", |caller: Caller<'_, State>, fd: u32, stat_at: u32| {
        if fd != 1 && fd != 2 {
            return BADF;
        }
        let mut stat = [0; 24];
        // fs_rights_base: write only.
        stat[8] = 64;
        errno(Guest::new(caller, "fd_fdstat_get").write(stat_at, &stat))
    })?;
    linker.func_wrap(module, "proc_exit", |_: Caller<'_, State>, code: u32| -> wasmtime::Result<()> {
        Err(wasmtime::Error::msg(format!("the guest called `proc_exit({code})`")))
    })?;
    linker.func_wrap(module, "sched_yield", |_: Caller<'_, State>| SUCCESS)?;
    linker.func_wrap(module, "poll_oneoff", |_: Caller<'_, State>, _: u32, _: u32, _: u32, _: u32| NOSYS)?;
    linker.func_wrap(module, "fd_read", |_: Caller<'_, State>, _: u32, _: u32, _: u32, _: u32| NOSYS)?;
    linker.func_wrap(module, "fd_seek", |_: Caller<'_, State>, _: u32, _: u64, _: u32, _: u32| NOSYS)?;
    linker.func_wrap(module, "fd_close", |_: Caller<'_, State>, _: u32| NOSYS)?;
    linker.func_wrap(module, "fd_fdstat_set_flags", |_: Caller<'_, State>, _: u32, _: u32| NOSYS)?;
    linker.func_wrap(module, "fd_prestat_get", |_: Caller<'_, State>, _: u32, _: u32| BADF)?;
    linker.func_wrap(module, "fd_prestat_dir_name", |_: Caller<'_, State>, _: u32, _: u32, _: u32| NOSYS)?;
    linker.func_wrap(
        module,
        "path_open",
        |_: Caller<'_, State>, _: u32, _: u32, _: u32, _: u32, _: u32, _: u64, _: u64, _: u32, _: u32| NOTCAPABLE,
    )?;
    Ok(())
}

fn errno(result: Result<(), Status>) -> u32 {
    match result {
        Ok(()) => SUCCESS,
        Err(_) => FAULT,
    }
}

fn environ_sizes(mut guest: Guest<'_>, count_at: u32, size_at: u32) -> Result<(), Status> {
    let env = &guest.state().config.env;
    let count = env.len();
    let size: usize = env.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    guest.write_u32(count_at, count as u32)?;
    guest.write_u32(size_at, size as u32)
}

fn environ(mut guest: Guest<'_>, array: u32, buffer: u32) -> Result<(), Status> {
    let (mut array, mut buffer) = (array, buffer);
    for (name, value) in guest.state().config.env.clone() {
        let entry = format!("{name}={value}\0");
        guest.write_u32(array, buffer)?;
        guest.write(buffer, entry.as_bytes())?;
        array = array.wrapping_add(4);
        buffer = buffer.wrapping_add(entry.len() as u32);
    }
    Ok(())
}

fn random(mut guest: Guest<'_>, buffer: u32, length: u32) -> Result<(), Status> {
    // Reading first proves that the range is inside the guest's memory before anything of its size is made.
    let size = guest.read(buffer, length)?.len();
    let bytes = guest.state().random.bytes(size);
    guest.write(buffer, &bytes)
}

fn write(mut guest: Guest<'_>, level: Level, parts: u32, count: u32, size_at: u32) -> Result<(), Status> {
    /// Bytes of one log line.
    const LINE: usize = 64 << 10;
    let table = guest.read(parts, count.checked_mul(8).ok_or(Status::InvalidMemoryAccess)?)?;
    let mut line = Vec::new();
    let mut size = 0_u32;
    for entry in table.chunks_exact(8) {
        let (pointer, length) = entry.split_at(4);
        let number = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).map_err(|_| Status::InvalidMemoryAccess);
        let part = guest.read(number(pointer)?, number(length)?)?;
        size = size.saturating_add(part.len() as u32);
        let room = LINE.saturating_sub(line.len()).min(part.len());
        line.extend(part.into_iter().take(room));
    }
    if !line.is_empty() {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        guest.state().log(level, text);
    }
    guest.write_u32(size_at, size)
}
