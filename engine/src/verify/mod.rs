//! Verification: from records and a keyring to a verdict.
//!
//! [`ChainState`] checks one chain record by record, as a collector takes them in. [`Verifier`] judges a whole trail in
//! any order. Only a record whose tag verifies can change a verdict, and the work is bounded by the number of rows and
//! 2^20 steps a chain, whatever the rows claim.

mod state;
mod walk;

pub use state::{ChainState, Mismatch, OpenError};

/// Steps that a chain may be walked beyond what its records account for.
pub const STEPS: u64 = 1 << 20;
