//! gRPC calls: this host starts none. A call is refused as by an Envoy that cannot reach the service, and no token is
//! known. SDKs import these functions whether a filter uses them or not.

use wasmtime::{Caller, Linker};

use crate::host::memory::Guest;
use crate::host::state::State;
use crate::host::status::{Fault, Status, reply};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "env",
        "proxy_grpc_call",
        |caller: Caller<'_, State>,
         service: u32,
         service_length: u32,
         name: u32,
         name_length: u32,
         method: u32,
         method_length: u32,
         metadata: u32,
         metadata_length: u32,
         message: u32,
         message_length: u32,
         _timeout_ms: u32,
         _token_at: u32| {
            let arguments = [
                (service, service_length),
                (name, name_length),
                (method, method_length),
                (metadata, metadata_length),
                (message, message_length),
            ];
            reply(refuse(&Guest::new(caller, "proxy_grpc_call"), &arguments))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_grpc_stream",
        |caller: Caller<'_, State>,
         service: u32,
         service_length: u32,
         name: u32,
         name_length: u32,
         method: u32,
         method_length: u32,
         metadata: u32,
         metadata_length: u32,
         _token_at: u32| {
            let arguments =
                [(service, service_length), (name, name_length), (method, method_length), (metadata, metadata_length)];
            reply(refuse(&Guest::new(caller, "proxy_grpc_stream"), &arguments))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_grpc_send",
        |caller: Caller<'_, State>, _token: u32, message: u32, length: u32, _end: u32| {
            reply(
                Guest::new(caller, "proxy_grpc_send")
                    .read(message, length)
                    .and(Err(Status::NotFound))
                    .map_err(Fault::from),
            )
        },
    )?;
    for name in ["proxy_grpc_cancel", "proxy_grpc_close"] {
        linker.func_wrap("env", name, |_: Caller<'_, State>, _token: u32| reply(Err(Status::NotFound.into())))?;
    }
    Ok(())
}

fn refuse(guest: &Guest<'_>, arguments: &[(u32, u32)]) -> Result<(), Fault> {
    for (pointer, length) in arguments {
        guest.read(*pointer, *length)?;
    }
    Err(Status::InternalFailure.into())
}
