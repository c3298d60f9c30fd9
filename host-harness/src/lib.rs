//! The Inkseal command line and a native proxy-wasm host.

#[cfg(feature = "cli")]
pub mod cli;
pub mod collector;
pub mod edge;
pub mod envoy;
pub mod exchange;
#[cfg(feature = "host")]
pub mod host;
pub mod http;
pub mod keys;
pub mod process;
pub mod trail;
pub mod wasm_build;
