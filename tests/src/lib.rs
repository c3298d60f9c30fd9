//! Cases as data, and what the suites share.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a suite that cannot go on says so by a panic"
)]

pub mod bed;
pub mod benign;
pub mod cases;
pub mod client;
pub mod cuts;
pub mod examples;
pub mod fuzzing;
pub mod http1;
pub mod http2;
pub mod lane;
pub mod long;
pub mod message;
pub mod oracle;
pub mod pieces;
pub mod random;
pub mod records;
pub mod seeded;
pub mod upstream;
