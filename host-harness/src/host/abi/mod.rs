//! The host functions, one file a group. Each reads its arguments through [`super::memory::Guest`], acts on the
//! context that is current or that the guest made effective, and answers with a status.

mod buffers;
mod calls;
mod grpc;
mod headers;
mod metrics;
mod properties;
mod queues;
mod runtime;
mod shared;
mod streams;
mod wasi;

use wasmtime::Linker;

use super::state::State;

/// Defines every host function that this host has.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    buffers::link(linker)?;
    calls::link(linker)?;
    grpc::link(linker)?;
    headers::link(linker)?;
    metrics::link(linker)?;
    properties::link(linker)?;
    queues::link(linker)?;
    runtime::link(linker)?;
    shared::link(linker)?;
    streams::link(linker)?;
    wasi::link(linker)
}
