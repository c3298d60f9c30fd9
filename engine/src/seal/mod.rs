//! The seal: a forward-secure chain of HMAC-tagged records.
//!
//! Each chain starts from a random seed that only the verifier's private key opens. Each record is tagged under a state
//! that is erased once it is used, so that who steals the edge's memory can forge what comes next, never what was.

pub mod body;
mod chain;
pub(crate) mod derive;
pub(crate) mod envelope;
pub(crate) mod ratchet;
pub(crate) mod record;

pub use chain::{Chain, SealError};
pub use envelope::SEALED_SEED_LEN;
pub use record::{Kind, MAX_BODY, MAX_KID, Record, RecordError};

/// A chain's name: 16 random bytes.
pub type ChainId = [u8; 16];
