//! The queue, and what became of each job.

use engine::{DecomposeRequest, EngineError};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Store, now};
use crate::ServiceError;
use crate::limits::ATTEMPTS;

/// Where a job is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// What a client asks for.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub idempotency_key: Option<String>,
    /// The file's, for people.
    pub name: String,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    /// Without the picture.
    pub request: DecomposeRequest,
}

#[derive(Debug, Clone)]
pub struct Job {
    pub id: Uuid,
    /// In the order of submission.
    pub number: i64,
    pub state: JobState,
    pub name: String,
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    pub request: DecomposeRequest,
    /// Milliseconds since 1970, as the next two.
    pub created: i64,
    pub started: Option<i64>,
    pub ended: Option<i64>,
    pub error: Option<EngineError>,
}

/// What became of a wish for a job.
pub enum Inserted {
    New(Job),
    /// There was one with that idempotency key that asks for the same.
    Known(Job),
    /// There was one with that key that asks for something else.
    Other,
    Full,
}

impl Store {
    /// Queues the job, unless `most` wait.
    pub fn insert(&self, new: &NewJob, most: usize) -> Result<Inserted, ServiceError> {
        let mut writer = self.writer();
        let transaction =
            writer.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if let Some(key) = &new.idempotency_key
            && let Some(known) = one(&transaction, "WHERE idempotency_key = ?1", params![key])?
        {
            let is_same = known.sha256 == new.sha256 && known.request.asks_the_same(&new.request);
            return Ok(match is_same {
                true => Inserted::Known(known),
                false => Inserted::Other,
            });
        }
        if unclaimed(&transaction)? >= most {
            return Ok(Inserted::Full);
        }
        let id = Uuid::now_v7();
        transaction.execute(
            "INSERT INTO jobs (id, state, idempotency_key, name, sha256, width, height, request, previews, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                id.to_string(),
                JobState::Queued,
                new.idempotency_key,
                new.name,
                new.sha256,
                new.width,
                new.height,
                json(&new.request),
                new.request.previews,
                now(),
            ],
        )?;
        let job = one(&transaction, "WHERE id = ?1", params![id.to_string()])?;
        transaction.commit()?;
        job.map(Inserted::New)
            .ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    pub fn job(&self, id: Uuid) -> Result<Option<Job>, ServiceError> {
        one(&self.reader(), "WHERE id = ?1", params![id.to_string()])
    }

    /// The newest first, before the job of that number.
    pub fn jobs(
        &self,
        state: Option<JobState>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Job>, ServiceError> {
        let reader = self.reader();
        let mut statement = reader.prepare_cached(&format!(
            "SELECT {STATE} AS state, {COLUMNS} FROM jobs WHERE number < ?1 AND (?2 IS NULL OR {STATE} = ?2) ORDER BY number DESC LIMIT ?3"
        ))?;
        let before = before.unwrap_or(i64::MAX);
        let jobs = statement.query_map(params![before, state, limit], job)?;
        Ok(jobs.collect::<Result<_, _>>()?)
    }

    /// Width and height of a picture that an earlier job was on.
    pub fn picture_size(&self, sha256: &str) -> Result<Option<(u32, u32)>, ServiceError> {
        let reader = self.reader();
        let mut statement =
            reader.prepare_cached("SELECT width, height FROM jobs WHERE sha256 = ?1 LIMIT 1")?;
        let size = |row: &Row| Ok((row.get(0)?, row.get(1)?));
        Ok(statement.query_row(params![sha256], size).optional()?)
    }

    /// Jobs that are shown so.
    pub fn count(&self, state: JobState) -> Result<usize, ServiceError> {
        let reader = self.reader();
        let counted = format!("SELECT COUNT(*) FROM jobs WHERE {MAY_BE} AND {STATE} = ?1");
        let mut statement = reader.prepare_cached(&counted)?;
        Ok(statement.query_row(params![state], |row| row.get(0))?)
    }

    /// Jobs that wait and are not claimed, which is what a queue is bounded by.
    pub fn unclaimed(&self) -> Result<usize, ServiceError> {
        unclaimed(&self.reader())
    }

    /// Jobs that wait before that number.
    pub fn ahead_of(&self, number: i64) -> Result<usize, ServiceError> {
        let reader = self.reader();
        let mut statement = reader.prepare_cached(&format!(
            "SELECT COUNT(*) FROM jobs WHERE {MAY_BE} AND {STATE} = ?1 AND number < ?2"
        ))?;
        Ok(statement.query_row(params![JobState::Queued, number], |row| row.get(0))?)
    }

    /// Takes the job that waits longest.
    pub fn claim(&self) -> Result<Option<Job>, ServiceError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let next = "WHERE state = ?1 ORDER BY number LIMIT 1";
        let Some(next) = one(&transaction, next, params![JobState::Queued])? else {
            return Ok(None);
        };
        transaction.execute(
            "UPDATE jobs SET state = ?1 WHERE number = ?2",
            params![JobState::Running, next.number],
        )?;
        let claimed = one(&transaction, "WHERE number = ?1", params![next.number])?;
        transaction.commit()?;
        Ok(claimed)
    }

    /// A claimed job has the engine now, unless it was cancelled before.
    pub fn begun(&self, id: Uuid) -> Result<bool, ServiceError> {
        let changed = self.writer().execute(
            "UPDATE jobs SET started = ?1, attempts = attempts + 1 WHERE id = ?2 AND state = ?3",
            params![now(), id.to_string(), JobState::Running],
        )?;
        Ok(changed > 0)
    }

    /// Gives a claimed job back, as if it had not been begun.
    pub fn give_back(&self, id: Uuid) -> Result<(), ServiceError> {
        self.writer().execute(
            "UPDATE jobs SET state = ?1, started = NULL, attempts = attempts - (started IS NOT NULL) WHERE id = ?2 AND state = ?3",
            params![JobState::Queued, id.to_string(), JobState::Running],
        )?;
        Ok(())
    }

    /// `bytes` of results lie on the disk. Says whether it had not ended before, as the next.
    pub fn done(&self, id: Uuid, bytes: u64) -> Result<bool, ServiceError> {
        let changed = self.writer().execute(
            "UPDATE jobs SET state = ?1, ended = ?2, bytes = ?3 WHERE id = ?4 AND state = ?5",
            params![
                JobState::Done,
                now(),
                bytes,
                id.to_string(),
                JobState::Running
            ],
        )?;
        Ok(changed > 0)
    }

    pub fn failed(&self, id: Uuid, error: &EngineError) -> Result<bool, ServiceError> {
        let state = match error {
            EngineError::Cancelled => JobState::Cancelled,
            _ => JobState::Failed,
        };
        let changed = self.writer().execute(
            "UPDATE jobs SET state = ?1, ended = ?2, error = ?3 WHERE id = ?4 AND state = ?5",
            params![state, now(), json(error), id.to_string(), JobState::Running],
        )?;
        Ok(changed > 0)
    }

    /// Whether it waited, be it claimed or not, and waits no more.
    pub fn cancel_waiting(&self, id: Uuid) -> Result<bool, ServiceError> {
        let changed = self.writer().execute(
            &format!(
                "UPDATE jobs SET state = ?1, ended = ?2, error = ?3 WHERE id = ?4 AND {STATE} = ?5"
            ),
            params![
                JobState::Cancelled,
                now(),
                json(&EngineError::Cancelled),
                id.to_string(),
                JobState::Queued
            ],
        )?;
        Ok(changed > 0)
    }

    /// What a killed server was running waits again; a job that was begun too often is given up, unless it `went_on` elsewhere.
    pub fn recover(&self, went_on: bool) -> Result<(), ServiceError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let given_up = EngineError::Backend(format!(
            "the server ended {ATTEMPTS} times while it ran this job; try a smaller picture or other settings"
        ));
        transaction.execute(
            "UPDATE jobs SET state = ?1, ended = ?2, error = ?3 WHERE state = ?4 AND attempts >= ?5 AND NOT ?6",
            params![
                JobState::Failed,
                now(),
                json(&given_up),
                JobState::Running,
                ATTEMPTS,
                went_on
            ],
        )?;
        transaction.execute(
            "UPDATE jobs SET state = ?1, started = NULL WHERE state = ?2",
            params![JobState::Queued, JobState::Running],
        )?;
        Ok(transaction.commit()?)
    }
}

/// What a job is shown as: one that is claimed waits until whoever has it begins.
const STATE: &str =
    "(CASE WHEN state = 'running' AND started IS NULL THEN 'queued' ELSE state END)";
/// Which of them it can be so of, by an index, however many have ended.
const MAY_BE: &str = "state IN (?1, 'running')";
const COLUMNS: &str =
    "id, number, name, sha256, width, height, request, previews, created, started, ended, error";

fn one(
    connection: &Connection,
    which: &str,
    values: impl rusqlite::Params,
) -> Result<Option<Job>, ServiceError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {STATE} AS state, {COLUMNS} FROM jobs {which}"
    ))?;
    Ok(statement.query_row(values, job).optional()?)
}

fn unclaimed(connection: &Connection) -> Result<usize, ServiceError> {
    let mut statement = connection.prepare_cached("SELECT COUNT(*) FROM jobs WHERE state = ?1")?;
    Ok(statement.query_row(params![JobState::Queued], |row| row.get(0))?)
}

fn job(row: &Row) -> rusqlite::Result<Job> {
    let mut request: DecomposeRequest = from_json(&row.get::<_, String>("request")?)?;
    request.previews = row.get("previews")?;
    let error: Option<String> = row.get("error")?;
    let id: String = row.get("id")?;
    Ok(Job {
        id: id.parse().map_err(|_| FromSqlError::InvalidType)?,
        number: row.get("number")?,
        state: row.get("state")?,
        name: row.get("name")?,
        sha256: row.get("sha256")?,
        width: row.get("width")?,
        height: row.get("height")?,
        request,
        created: row.get("created")?,
        started: row.get("started")?,
        ended: row.get("ended")?,
        error: error.as_deref().map(from_json).transpose()?,
    })
}

/// What the engine has a text form for.
fn json(value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}

fn from_json<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, FromSqlError> {
    serde_json::from_str(text).map_err(FromSqlError::other)
}

impl JobState {
    const ALL: [(Self, &str); 5] = [
        (Self::Queued, "queued"),
        (Self::Running, "running"),
        (Self::Done, "done"),
        (Self::Failed, "failed"),
        (Self::Cancelled, "cancelled"),
    ];

    pub fn name(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(state, _)| *state == self);
        found.map_or("", |(_, name)| name)
    }

    pub fn is_ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

impl ToSql for JobState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for JobState {
    fn column_result(value: ValueRef) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        let found = Self::ALL.into_iter().find(|(_, known)| *known == name);
        found
            .map(|(state, _)| state)
            .ok_or(FromSqlError::InvalidType)
    }
}
