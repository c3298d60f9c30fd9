//! The fuzz targets without the suites: the same modules as in `inkseal-tests`, built without the native host.

#[path = "../../src/fuzzing/mod.rs"]
pub mod fuzzing;
#[path = "../../src/oracle/mod.rs"]
pub mod oracle;
#[path = "../../src/seeded.rs"]
pub mod seeded;
