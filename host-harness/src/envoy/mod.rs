//! A real Envoy: finding or installing one, writing its configuration, running it.
//!
//! The same configuration serves `inkseal compile --target envoy`, `inkseal demo` and the tests, so that what users
//! copy is what was tested. Everything listens on loopback unless told otherwise.

mod config;
mod find;
mod install;
mod process;

pub use config::{Bootstrap, Cluster, Filter, HOST_ENV_KEYS, Listener, Protocol, access_log, stats_tags};
pub use find::{Installation, MINIMUM, find};
pub use install::{VERSION, target_folder};
pub use process::{Envoy, Options, validate};
