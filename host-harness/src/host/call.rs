//! HTTP calls that the guest dispatches, and what they are answered with.

use super::maps::{self, Headers};

/// A call that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The token that the guest was given.
    pub token: u32,
    /// Envoy's name for the cluster.
    pub cluster: String,
    /// Request headers, pseudo headers included.
    pub headers: Headers,
    /// Request body.
    pub body: Vec<u8>,
    /// Request trailers.
    pub trailers: Headers,
    /// When it is answered with 504 by itself, in nanoseconds since the epoch; `None` never.
    pub deadline_ns: Option<u64>,
}

/// What a call is answered with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Response headers with `:status`; none stand for a connection reset.
    pub headers: Headers,
    /// Response body.
    pub body: Vec<u8>,
    /// Response trailers.
    pub trailers: Headers,
}

impl Answer {
    /// An answer with this status and no body.
    pub fn status(status: u16) -> Self {
        Self { headers: maps::copy(&[(":status", status.to_string())]), ..Self::default() }
    }

    /// The connection was reset: no headers at all.
    pub fn reset() -> Self {
        Self::default()
    }
}
