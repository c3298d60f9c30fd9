//! The SQLite schema.

/// The number in `user_version` that this schema is known by.
pub(super) const VERSION: i64 = 1;

/// "Inks" in ASCII: SQLite's `application_id`, so that another program's file is not mistaken for a store.
pub(super) const APPLICATION_ID: i64 = 0x496e_6b73;

/// Positions are given by the collector (they are the leaves' indices), never by SQLite.
pub(super) const CREATE: &str = "
CREATE TABLE records (
  position    INTEGER PRIMARY KEY,
  kid         TEXT    NOT NULL,
  chain       BLOB    NOT NULL,
  seq         INTEGER NOT NULL,
  kind        INTEGER NOT NULL,
  c           BLOB    NOT NULL,
  tag         BLOB    NOT NULL,
  seed        BLOB,
  body        BLOB,
  received_ms INTEGER NOT NULL,
  time_ms     INTEGER,
  trace       TEXT,
  actor       TEXT,
  method      TEXT,
  path        TEXT,
  status      INTEGER,
  outcome     TEXT,
  findings    TEXT,
  UNIQUE (kid, chain, seq)
) STRICT;
CREATE INDEX records_by_trace ON records (trace, position) WHERE trace IS NOT NULL;
CREATE TABLE quarantine (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  received_ms INTEGER NOT NULL,
  source      TEXT,
  kid         TEXT,
  chain       BLOB,
  seq         TEXT,
  verdict     TEXT    NOT NULL,
  reason      TEXT    NOT NULL
) STRICT;
";
