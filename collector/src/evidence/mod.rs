//! Evidence that the store only ever grew: an RFC 9162 Merkle tree over what was stored, and signed checkpoints of it
//! that a witness keeps elsewhere.
//!
//! The tree covers the records' authenticated fields and the time of their arrival, never a body: a body is bound by
//! its commitment, so that a lawful erasure leaves every leaf as it was.

pub mod checkpoint;
pub mod key;
pub mod leaf;
pub mod replay;
pub mod tree;
pub mod witness;
