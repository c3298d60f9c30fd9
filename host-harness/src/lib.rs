//! The Inkseal command line and a native proxy-wasm host.

#[cfg(feature = "cli")]
pub mod cli;
pub mod envoy;
pub mod http;
pub mod process;
