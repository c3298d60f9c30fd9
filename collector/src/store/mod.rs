//! Where records rest: one trait, so that another database can take SQLite's place.
//!
//! A store keeps records in the order in which they were committed; that order is the tree's. It holds the tagged
//! bytes as bytes and never writes them anew.

mod columns;
mod schema;
mod sqlite;

pub use columns::Columns;
pub use sqlite::SqliteStore;

use inkseal_engine::seal::Record;
use std::fmt;
use std::ops::ControlFlow;

/// A record as stored.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place in the store and in the tree, from 0.
    pub position: u64,
    /// The record, byte for byte.
    pub record: Record,
    /// When it arrived, in milliseconds since 1970, by this collector's clock.
    pub received_ms: u64,
    /// The columns as stored, which [`Columns::derive`] must give again.
    pub columns: Columns,
}

/// A row that is no record: somebody wrote into the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Its place.
    pub position: u64,
    /// The column that cannot be read.
    pub column: &'static str,
}

/// A refused record: what it was called, and why. Its body is not kept, since nobody vouches for what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The source whose token brought it, if sources have tokens.
    pub source: Option<String>,
    /// The claimed key id, shortened.
    pub kid: Option<String>,
    /// The claimed chain.
    pub chain: Option<[u8; 16]>,
    /// The claimed sequence number.
    pub seq: Option<u64>,
    /// A fixed word.
    pub verdict: &'static str,
    /// One line for people, without content of the record.
    pub reason: String,
}

/// What is stored of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The sealed seed that its records brought.
    pub seed: Vec<u8>,
    /// The highest sequence number.
    pub last_seq: u64,
}

/// What a listing asks for.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Only this trace.
    pub trace: Option<String>,
    /// At most so many, the newest ones.
    pub limit: u32,
}

/// A store failed: the disk, a lock, the schema.
#[derive(Debug)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// A durable, append-only home of records.
pub trait Store: Send {
    /// Begins a batch. Dropped without a commit, it leaves no trace.
    fn begin(&mut self) -> Result<Box<dyn Batch + '_>, StoreError>;

    /// Visits all entries in the order of their positions, as of one moment, until the visitor breaks.
    fn entries(&self, visit: &mut dyn FnMut(Result<Entry, Damage>) -> ControlFlow<()>) -> Result<(), StoreError>;

    /// The newest events (kind 1) that the query asks for, oldest first.
    fn events(&self, query: &EventQuery) -> Result<Vec<Entry>, StoreError>;

    /// How many records are in quarantine, and how many ever were.
    fn quarantined(&self) -> Result<(u64, u64), StoreError>;
}

/// What one commit will hold.
pub trait Batch {
    /// The record with this name, from the store or from this batch.
    fn find(&self, kid: &str, chain: &[u8; 16], seq: u64) -> Result<Option<Record>, StoreError>;

    /// What the store and this batch hold of a chain, if they hold its seed.
    fn known(&self, kid: &str, chain: &[u8; 16]) -> Result<Option<Known>, StoreError>;

    /// Adds an entry; its position and its name are free.
    fn insert(&mut self, entry: &Entry) -> Result<(), StoreError>;

    /// Adds a refused record, dropping the oldest ones beyond `bound`.
    fn quarantine(&mut self, refused: &Quarantined, received_ms: u64, bound: u64) -> Result<(), StoreError>;

    /// Makes it all durable: when this returns, a power cut loses nothing of it.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
