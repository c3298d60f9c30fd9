//! Cases as data, and what the suites share.

pub mod bed;
pub mod cases;
pub mod client;
pub mod cuts;
pub mod http1;
pub mod http2;
pub mod message;
pub mod upstream;
