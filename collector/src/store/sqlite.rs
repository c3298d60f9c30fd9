//! The SQLite store: one file, WAL, synchronous FULL.

use super::schema::{APPLICATION_ID, CREATE, VERSION};
use super::{Batch, Columns, Damage, Entry, EventQuery, Known, Quarantined, Store, StoreError};
use inkseal_engine::seal::Record;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, params};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

const COLUMNS: &str = "position, kid, chain, seq, kind, c, tag, seed, body, received_ms, \
                       time_ms, trace, actor, method, path, status, outcome, findings";

/// How long a reader or writer waits for another's lock.
const BUSY: Duration = Duration::from_secs(5);

/// A store in one SQLite file.
pub struct SqliteStore {
    connection: Connection,
}

impl SqliteStore {
    /// Opens the file for writing and makes it where it is missing, readable by its owner only.
    pub fn create(path: &Path) -> Result<SqliteStore, StoreError> {
        restrict(path).map_err(|error| StoreError(error.to_string()))?;
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(32);
        let mut store = SqliteStore { connection };
        store.prepare_schema()?;
        Ok(store)
    }

    /// Opens a file that exists, for reading.
    pub fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        let store = SqliteStore { connection };
        match store.pragma("user_version")? {
            VERSION => store.check_ours().map(|()| store),
            _ => Err(StoreError("not a store of this version".into())),
        }
    }

    fn prepare_schema(&mut self) -> Result<(), StoreError> {
        match self.pragma("user_version")? {
            0 => {
                let transaction = self.connection.transaction()?;
                let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
                if tables != 0 {
                    return Err(StoreError("a database of another program".into()));
                }
                transaction.execute_batch(CREATE)?;
                transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
                transaction.pragma_update(None, "user_version", VERSION)?;
                Ok(transaction.commit()?)
            }
            VERSION => self.check_ours(),
            other => Err(StoreError(format!("schema {other} is newer than this collector knows ({VERSION})"))),
        }
    }

    fn check_ours(&self) -> Result<(), StoreError> {
        match self.pragma("application_id")? {
            APPLICATION_ID => Ok(()),
            _ => Err(StoreError("a database of another program".into())),
        }
    }

    fn pragma(&self, name: &str) -> Result<i64, StoreError> {
        Ok(self.connection.pragma_query_value(None, name, |row| row.get(0))?)
    }
}

impl Store for SqliteStore {
    fn begin(&mut self) -> Result<Box<dyn Batch + '_>, StoreError> {
        Ok(Box::new(SqliteBatch { transaction: self.connection.transaction()? }))
    }

    fn entries(&self, visit: &mut dyn FnMut(Result<Entry, Damage>) -> ControlFlow<()>) -> Result<(), StoreError> {
        // One statement reads one snapshot, whatever a writer does meanwhile.
        let mut statement = self.connection.prepare(&format!("SELECT {COLUMNS} FROM records ORDER BY position"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if visit(entry(row)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn events(&self, query: &EventQuery) -> Result<Vec<Entry>, StoreError> {
        let of_trace = if query.trace.is_some() { "AND trace = ?2" } else { "AND ?2 IS NULL" };
        let mut statement = self.connection.prepare(&format!(
            "SELECT {COLUMNS} FROM records WHERE kind = 1 {of_trace} ORDER BY position DESC LIMIT ?1"
        ))?;
        let mut rows = statement.query(params![query.limit, query.trace])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            let damaged = |damage: Damage| {
                StoreError(format!("row {} is damaged in `{}`: run `verify`", damage.position, damage.column))
            };
            events.push(entry(row).map_err(damaged)?);
        }
        events.reverse();
        Ok(events)
    }

    fn quarantined(&self) -> Result<(u64, u64), StoreError> {
        let (held, ever): (i64, i64) =
            self.connection.query_row("SELECT count(*), coalesce(max(number), 0) FROM quarantine", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok((held.unsigned_abs(), ever.unsigned_abs()))
    }
}

struct SqliteBatch<'a> {
    transaction: Transaction<'a>,
}

impl Batch for SqliteBatch<'_> {
    fn find(&self, kid: &str, chain: &[u8; 16], seq: u64) -> Result<Option<Record>, StoreError> {
        let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
        let mut statement = self
            .transaction
            .prepare_cached(&format!("SELECT {COLUMNS} FROM records WHERE kid = ?1 AND chain = ?2 AND seq = ?3"))?;
        let found = statement.query_row(params![kid, chain.as_slice(), seq], |row| Ok(entry(row))).optional()?;
        match found {
            None => Ok(None),
            Some(Ok(entry)) => Ok(Some(entry.record)),
            Some(Err(damage)) => Err(StoreError(format!("row {} is damaged in `{}`", damage.position, damage.column))),
        }
    }

    fn known(&self, kid: &str, chain: &[u8; 16]) -> Result<Option<Known>, StoreError> {
        // Both run down the index on (kid, chain, seq) from one end.
        let mut statement = self.transaction.prepare_cached(
            "SELECT seed, (SELECT max(seq) FROM records WHERE kid = ?1 AND chain = ?2) FROM records \
             WHERE kid = ?1 AND chain = ?2 AND seed IS NOT NULL ORDER BY seq LIMIT 1",
        )?;
        let known = statement.query_row(params![kid, chain.as_slice()], |row| {
            Ok(Known { seed: row.get(0)?, last_seq: row.get::<_, i64>(1)?.unsigned_abs() })
        });
        Ok(known.optional()?)
    }

    fn insert(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let Entry { position, record, received_ms, columns } = entry;
        self.transaction
            .prepare_cached(&format!(
                "INSERT INTO records ({COLUMNS}) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
            ))?
            .execute(params![
                integer(*position)?,
                record.kid,
                record.chain.as_slice(),
                integer(record.seq)?,
                record.kind,
                record.c.as_slice(),
                record.tag.as_slice(),
                record.seed,
                record.body.as_deref().map(str::as_bytes),
                integer(*received_ms)?,
                columns.time_ms,
                columns.trace,
                columns.actor,
                columns.method,
                columns.path,
                columns.status,
                columns.outcome,
                columns.findings,
            ])?;
        Ok(())
    }

    fn quarantine(&mut self, refused: &Quarantined, received_ms: u64, bound: u64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO quarantine (received_ms, source, kid, chain, seq, verdict, reason) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                integer(received_ms)?,
                refused.source,
                refused.kid,
                refused.chain.as_ref().map(|chain| chain.as_slice()),
                refused.seq.map(|seq| seq.to_string()),
                refused.verdict,
                refused.reason,
            ])?;
        let oldest_kept = self.transaction.last_insert_rowid().saturating_sub(integer(bound)?);
        self.transaction.prepare_cached("DELETE FROM quarantine WHERE number <= ?1")?.execute(params![oldest_kept])?;
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.transaction.commit()?)
    }
}

/// Reads a row with care: the file may have been written by anybody.
fn entry(row: &Row<'_>) -> Result<Entry, Damage> {
    let position = row.get::<_, i64>(0).ok().and_then(|position| u64::try_from(position).ok()).unwrap_or(u64::MAX);
    let damage = |column| Damage { position, column };
    let number = |index: usize, column: &'static str| {
        row.get::<_, i64>(index).ok().and_then(|value| u64::try_from(value).ok()).ok_or(damage(column))
    };
    let record = Record {
        kid: row.get(1).map_err(|_| damage("kid"))?,
        chain: row.get(2).map_err(|_| damage("chain"))?,
        seq: number(3, "seq")?,
        kind: u8::try_from(number(4, "kind")?).map_err(|_| damage("kind"))?,
        c: row.get(5).map_err(|_| damage("c"))?,
        tag: row.get(6).map_err(|_| damage("tag"))?,
        seed: row.get(7).map_err(|_| damage("seed"))?,
        body: match row.get::<_, Option<Vec<u8>>>(8).map_err(|_| damage("body"))? {
            Some(bytes) => Some(String::from_utf8(bytes).map_err(|_| damage("body"))?),
            None => None,
        },
    };
    let columns = Columns {
        time_ms: row.get(10).map_err(|_| damage("time_ms"))?,
        trace: row.get(11).map_err(|_| damage("trace"))?,
        actor: row.get(12).map_err(|_| damage("actor"))?,
        method: row.get(13).map_err(|_| damage("method"))?,
        path: row.get(14).map_err(|_| damage("path"))?,
        status: row.get(15).map_err(|_| damage("status"))?,
        outcome: row.get(16).map_err(|_| damage("outcome"))?,
        findings: row.get(17).map_err(|_| damage("findings"))?,
    };
    Ok(Entry { position, record, received_ms: number(9, "received_ms")?, columns })
}

fn integer(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError(format!("{value} is beyond what SQLite holds")))
}

/// Makes the file with mode 0600 before SQLite would make it with the umask's.
fn restrict(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError(error.to_string())
    }
}
