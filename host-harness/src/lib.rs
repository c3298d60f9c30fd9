//! The Inkseal command line and a native proxy-wasm host.
