//! The engine of Inkseal: bytes in, bytes and findings out.
//!
//! It promises the same output and findings for every cut of its input, and it knows no proxy, no file, no clock and
//! no randomness: time, keys and random bytes are arguments.

pub mod canonical;
#[cfg(feature = "compile")]
pub mod compile;
mod entropy;
pub mod event;
pub mod keyring;
pub mod policy;
pub mod pseudonym;
pub mod seal;
#[cfg(test)]
mod testing;
pub mod verify;

pub use entropy::Entropy;
pub mod body;
pub mod exchange;
pub mod plan;
pub mod redact;
pub mod scan;
pub mod surface;
mod value;
