//! Cases as data, and what the suites share.

pub mod bed;
pub mod client;
mod http1;
mod http2;
pub mod message;
pub mod upstream;
