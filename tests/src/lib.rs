//! Cases as data, and what the suites share.

pub mod bed;
pub mod client;
pub mod http1;
pub mod http2;
pub mod message;
pub mod upstream;
