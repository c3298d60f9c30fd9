//! The proxy-wasm filter: callbacks to the engine, outbox and metrics.
//!
//! It decides nothing about HTTP: the engine does. It carries headers and bodies there and back, holds back what it is
//! told to hold, seals what is left of each stream, and delivers it. [`host`] alone calls the proxy; [`body`],
//! [`outbox`], [`audit`] and the rest are plain state machines and are tested natively.
//!
//! Nothing here may trap: a trap costs the VM, and every stream in it.

pub mod answer;
pub mod audit;
pub mod body;
pub mod closing;
pub mod config;
pub mod filter;
pub mod framing;
pub mod host;
pub mod ledger;
pub mod metrics;
pub mod nonces;
pub mod otlp;
pub mod outbox;
pub mod pairs;
pub mod request;
pub mod root;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod waiting;

#[cfg(target_arch = "wasm32")]
mod entry {
    #![allow(missing_docs, unreachable_pub, unsafe_code, reason = "what the SDK's macro expands to")]

    use crate::{host, root};

    proxy_wasm::main! {{
        // The message of a panic may quote what it was about; its place says enough.
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
            host::log(host::Level::Critical, &format!("inkseal: internal error at {place}; the VM is lost"));
        }));
        proxy_wasm::set_root_context(|context| Box::new(root::Root::new(context)));
    }}
}
