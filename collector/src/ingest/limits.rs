//! What one request and all requests together may use.

use std::time::Duration;

/// The collector's bounds. Memory for requests is at most `requests` x `body_bytes`, a few times over while parsed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one request body; more is a 413.
    pub body_bytes: usize,
    /// Records in one request; more is a 413.
    pub records: usize,
    /// Requests in work at once; more is a 429.
    pub requests: usize,
    /// How long a sender may take to send a body; longer is a 408.
    pub body_time: Duration,
    /// Records that share one commit, so that a disk's flush is paid for once.
    pub commit_records: usize,
    /// Rows in quarantine; older ones make room.
    pub quarantine_rows: u64,
    /// Chains whose state is kept in memory; others are walked again from their seed.
    pub chains: usize,
    /// Time between checkpoints.
    pub checkpoint_every: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 4 << 20,
            records: 10_000,
            requests: 64,
            body_time: Duration::from_secs(10),
            commit_records: 4096,
            quarantine_rows: 10_000,
            chains: 4096,
            checkpoint_every: Duration::from_secs(10),
        }
    }
}
