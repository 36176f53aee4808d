//! What the service knows, on disk: jobs and runs in SQLite, pictures and results as files beside it.

mod files;
mod jobs;
mod retention;
mod runs;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

pub use files::bytes_below;
pub use jobs::{Inserted, Job, JobState, NewJob};
pub use runs::{Run, kind};

use crate::ServiceError;

const DATABASE: &str = "lamina.sqlite";
/// SQLite's `user_version`; counted up with each change of the tables.
const VERSION: i32 = 1;
/// Another process, such as `lamina history`, holds the database only for moments.
const BUSY: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    request TEXT NOT NULL,
    previews INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    error TEXT,
    bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, number);
CREATE INDEX jobs_by_picture ON jobs (sha256);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    ended INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    backend TEXT,
    resolution TEXT NOT NULL,
    gpu TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    layers INTEGER,
    seconds REAL NOT NULL,
    stages TEXT NOT NULL,
    forecast_seconds REAL,
    forecast_bytes INTEGER,
    plan TEXT,
    request TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_end ON runs (ended);
PRAGMA user_version = 1;
";

/// The folder of one user's or one server's jobs and runs. Opening creates what is missing.
pub struct Store {
    folder: PathBuf,
    /// Changes go through the one, so that they take turns; questions through the other, so that they do not wait for them.
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl Store {
    /// # Errors
    /// When the folder cannot be used, or a later version of the program wrote there.
    pub fn open(folder: &Path) -> Result<Self, ServiceError> {
        fs::create_dir_all(folder).map_err(|error| ServiceError::Data {
            path: folder.to_owned(),
            error,
        })?;
        let path = folder.join(DATABASE);
        let mut writer = connect(&path)?;
        let transaction =
            writer.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let version: i32 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match version {
            0 => transaction.execute_batch(TABLES)?,
            VERSION => {}
            _ => return Err(ServiceError::LaterVersion(path)),
        }
        transaction.commit()?;
        Ok(Self {
            folder: folder.to_owned(),
            reader: Mutex::new(connect(&path)?),
            writer: Mutex::new(writer),
        })
    }

    /// Held by the one server of this folder until the file is closed, however the process ends.
    pub(crate) fn lock(&self) -> Result<File, ServiceError> {
        let data = |error| ServiceError::Data {
            path: self.folder.clone(),
            error,
        };
        let lock = File::create(self.folder.join("lamina.lock")).map_err(data)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => Err(ServiceError::InUse(self.folder.clone())),
            // Where the disk knows no locks, nobody can hold one.
            Err(TryLockError::Error(_)) | Ok(()) => Ok(lock),
        }
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        hold(&self.writer)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        hold(&self.reader)
    }
}

/// A transaction that a panic left open was rolled back, so the connection is good.
fn hold(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// With a write-ahead log, and each change on the disk before it is answered.
fn connect(path: &Path) -> Result<Connection, ServiceError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Milliseconds since 1970.
pub fn now() -> i64 {
    milliseconds(SystemTime::now())
}

pub fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// RFC 3339, in UTC.
pub fn time_text(milliseconds: i64) -> String {
    let since = Duration::from_millis(milliseconds.try_into().unwrap_or_default());
    humantime::format_rfc3339_millis(UNIX_EPOCH + since).to_string()
}
