//! The proxy-wasm filter: callbacks to the engine, outbox and metrics.
