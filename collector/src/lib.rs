//! The collector of Inkseal: it receives sealed audit records, verifies each before it is committed, keeps them with
//! evidence that nothing was taken away, and lists, exports and verifies what it holds.
//!
//! It promises that what was acknowledged is durable and authentic. It does not read a body beyond the columns that a
//! listing needs, and it writes none to a log.

pub mod cli;
pub mod clock;
pub mod evidence;
pub mod http;
pub mod ingest;
pub mod listing;
pub mod store;
