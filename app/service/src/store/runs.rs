//! The record of every run: what it took, beside what it was expected to take.

use std::time::{Duration, SystemTime};

use engine::{DecomposeRequest, Decomposition, EngineError, RunPlan, StageTime};
use rusqlite::types::FromSqlError;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::{Store, milliseconds, now, time_text};
use crate::ServiceError;

/// A job that ended, wherever it was asked for.
#[derive(Debug, Clone)]
pub struct Run {
    /// Milliseconds since 1970.
    pub ended: i64,
    /// "done", or the kind of the error.
    pub outcome: String,
    /// The id of what ran; `None` where nothing did.
    pub backend: Option<String>,
    /// Of the picture.
    pub width: u32,
    pub height: u32,
    pub layers: Option<u32>,
    /// From the backend's start to named layers.
    pub seconds: f64,
    pub stages: Vec<StageTime>,
    /// With the forecast, of a backend that plans.
    pub plan: Option<RunPlan>,
    /// Without the picture.
    pub request: DecomposeRequest,
}

impl Run {
    const DONE: &str = "done";

    /// Of a job on `request` that took so long; a cancelled one is no record of anything.
    pub fn of(
        request: &DecomposeRequest,
        result: Result<&Decomposition, &EngineError>,
        seconds: f64,
    ) -> Option<Self> {
        let report = result.ok().map(|done| &done.report);
        let outcome = match result {
            Ok(_) => Self::DONE.to_owned(),
            Err(EngineError::Cancelled) => return None,
            Err(error) => kind(error),
        };
        Some(Self {
            ended: now(),
            outcome,
            backend: report.map(|report| report.resolved.backend.id.to_string()),
            width: request.source.width(),
            height: request.source.height(),
            layers: result.ok().map(|done| done.layers.len() as u32),
            seconds,
            stages: report
                .map(|report| report.stages.clone())
                .unwrap_or_default(),
            plan: report.and_then(|report| report.resolved.plan.clone()),
            request: request.clone(),
        })
    }

    pub fn is_done(&self) -> bool {
        self.outcome == Self::DONE
    }

    /// RFC 3339, in UTC.
    pub fn ended_text(&self) -> String {
        time_text(self.ended)
    }

    /// The devices that it ran on, or `None` for a backend that does not plan.
    pub fn gpu(&self) -> Option<String> {
        self.plan.as_ref().map(|plan| plan.devices.join(", "))
    }
}

/// The name of an error's variant, as its text form has it.
pub fn kind(error: &EngineError) -> String {
    match serde_json::to_value(error) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

impl Store {
    pub fn record(&self, run: &Run) -> Result<(), ServiceError> {
        let forecast = run.plan.as_ref().map(|plan| plan.forecast);
        self.writer().execute(
            "INSERT INTO runs (ended, outcome, backend, resolution, gpu, width, height, layers, seconds, stages,
                               forecast_seconds, forecast_bytes, plan, request)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                run.ended,
                run.outcome,
                run.backend,
                run.request.diffusion.resolution.to_string(),
                run.gpu(),
                run.width,
                run.height,
                run.layers,
                run.seconds,
                text(&run.stages)?,
                forecast.map(|forecast| forecast.seconds),
                forecast.map(|forecast| forecast.device_bytes),
                run.plan.as_ref().map(text).transpose()?,
                text(&run.request)?,
            ],
        )?;
        Ok(())
    }

    /// What a job takes, by the latest.
    pub fn mean_seconds(&self) -> Result<Option<f64>, ServiceError> {
        let latest =
            "SELECT AVG(seconds) FROM (SELECT seconds FROM runs ORDER BY number DESC LIMIT 20)";
        let reader = self.reader();
        let mut statement = reader.prepare_cached(latest)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// That ended within this time, or all; the oldest first.
    pub fn runs(&self, within: Option<Duration>) -> Result<Vec<Run>, ServiceError> {
        let since = within.and_then(|within| SystemTime::now().checked_sub(within));
        let since = since.map_or(0, milliseconds);
        let reader = self.reader();
        let mut statement = reader.prepare_cached(
            "SELECT ended, outcome, backend, width, height, layers, seconds, stages, plan, request
             FROM runs WHERE ended >= ?1 ORDER BY ended",
        )?;
        let runs = statement.query_map(params![since], run)?;
        Ok(runs.collect::<Result<_, _>>()?)
    }
}

fn run(row: &Row) -> rusqlite::Result<Run> {
    let plan: Option<String> = row.get("plan")?;
    Ok(Run {
        ended: row.get("ended")?,
        outcome: row.get("outcome")?,
        backend: row.get("backend")?,
        width: row.get("width")?,
        height: row.get("height")?,
        layers: row.get("layers")?,
        seconds: row.get("seconds")?,
        stages: read(&row.get::<_, String>("stages")?)?,
        plan: plan.as_deref().map(read).transpose()?,
        request: read(&row.get::<_, String>("request")?)?,
    })
}

fn text(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, FromSqlError> {
    serde_json::from_str(text).map_err(FromSqlError::other)
}
