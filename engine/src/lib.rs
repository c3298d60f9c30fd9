//! The engine of Inkseal: bytes in, bytes and findings out.
//!
//! It promises the same output and findings for every cut of its input, and it knows no proxy, no file, no clock and
//! no randomness: time, keys and random bytes are arguments.

pub mod body;
pub mod canonical;
pub mod charset;
mod claim;
pub mod coding;
#[cfg(feature = "compile")]
pub mod compile;
mod entropy;
pub mod event;
pub mod exchange;
pub mod keyring;
pub mod media;
pub mod plan;
pub mod policy;
pub mod pseudonym;
pub mod redact;
pub mod scan;
pub mod seal;
pub mod surface;
#[cfg(test)]
mod testing;
pub mod tools;
mod value;
pub mod verify;

pub use entropy::Entropy;
