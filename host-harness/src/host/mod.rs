//! A native proxy-wasm host: it runs the very `.wasm` that Envoy loads, on wasmtime, and buffers as Envoy does.
//!
//! It promises that a filter cannot crash it (wild pointers are answered with a status, traps and loops end one VM and
//! are reported), that time and randomness are values which the caller sets, and that what the next hop sees follows
//! Envoy 1.40's rules for Continue, Pause, trailers and local replies. It opens no socket: an HTTP call waits in
//! [`Vm::calls`] until the caller answers it.
//!
//! ```no_run
//! use inkseal::host::{Config, Engine, Module, Vm};
//! # fn main() -> Result<(), inkseal::host::HostError> {
//! let engine = Engine::new()?;
//! let module = Module::from_file(&engine, "filter.wasm".as_ref())?;
//! let mut vm = Vm::new(&module, Config::default().configuration("{}"))?;
//! let mut stream = vm.stream()?;
//! stream.request_headers(&[(":method", "GET"), (":path", "/"), (":authority", "a.example")], true)?;
//! stream.response_headers(&[(":status", "200")], false)?;
//! stream.response_body(b"hello", true)?;
//! let seen = stream.finish()?;
//! assert_eq!(seen.client.body, b"hello");
//! # Ok(())
//! # }
//! ```

mod abi;
mod call;
mod config;
mod error;
mod exports;
mod half;
mod maps;
mod memory;
mod metrics;
mod module;
mod properties;
mod random;
mod state;
mod status;
mod stream;
mod vm;

#[cfg(test)]
mod tests;

pub use call::{Answer, Call};
pub use config::{Config, Role};
pub use error::HostError;
pub use half::Seen;
pub use maps::Headers;
pub use metrics::Metric;
pub use module::{Engine, Module};
pub use state::{Level, Log};
pub use stream::{Finished, Stream};
pub use vm::Vm;
