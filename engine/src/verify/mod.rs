//! Verification: from records and a keyring to a verdict.
//!
//! [`ChainState`] checks one chain record by record, as a collector takes them in. [`Verifier`] judges a whole trail in
//! any order. Only a record whose tag verifies can change a verdict, and the work is bounded by the number of rows and
//! 2^20 steps a chain, whatever the rows claim.

mod anchor;
mod chain;
mod judge;
mod ranges;
mod report;
mod state;
mod trail;
mod walk;

pub use anchor::{Anchor, Head};
pub use report::{ChainReport, Code, Finding, Note, Report, Verdict};
pub use state::{ChainState, Mismatch, OpenError};
pub use trail::Verifier;

/// Steps that a chain may be walked beyond what its records account for.
pub const STEPS: u64 = 1 << 20;
