//! Exchanges as data: what arrives, what is expected to leave, and engines that run them at every cut of their bodies.
//!
//! The same [`Exchange`] runs on the engine as a library ([`native`]) and on the shipped `.wasm` ([`wasm`]); a policy's
//! inline tests and the project's own cases are of this one type.

pub mod check;
pub mod cuts;
pub mod encode;
pub mod file;
pub mod keys;
pub mod message;
mod model;
pub mod native;
pub mod observed;
pub mod policy;
mod report;
mod run;
mod text;
#[cfg(feature = "host")]
pub mod wasm;

pub use model::{CutSet, Exchange, Expect, Found, Message, Values};
pub use run::{Engine, Failure, Loaded, Verdict, run};
