//! The fuzz targets without the suites: the same module as in `inkseal-tests`, built with the engine alone.

#[path = "../../src/fuzzing/mod.rs"]
pub mod fuzzing;
