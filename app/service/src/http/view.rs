//! A job as clients see it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::problem::Problem;
use crate::ServiceError;
use crate::feed::Feeds;
use crate::store::{Job, JobState, Store, kind, time_text};

#[derive(Serialize, ToSchema)]
pub struct JobView {
    pub id: String,
    pub state: JobState,
    /// Jobs that wait before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ahead: Option<usize>,
    /// The picture file's.
    pub name: String,
    /// Of the picture file's bytes, in hexadecimal.
    pub sha256: String,
    /// Of the picture, in pixels.
    pub width: u32,
    pub height: u32,
    /// All settings, in the form of a report's.
    #[schema(value_type = Object)]
    pub request: Value,
    /// RFC 3339, as the next two.
    pub created: String,
    pub started: Option<String>,
    pub ended: Option<String>,
    /// Why there are no layers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorView>,
    pub links: Links,
}

#[derive(Serialize, ToSchema)]
pub struct ErrorView {
    /// "out_of_memory"
    pub kind: String,
    /// One sentence, with what to do.
    pub message: String,
}

/// Where the rest is; the last three once the job is done.
#[derive(Serialize, ToSchema)]
pub struct Links {
    #[serde(rename = "self")]
    pub own: String,
    pub events: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// With the layer's number, bottom first from 0, in place of `{n}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
}

impl JobView {
    fn new(job: Job, store: &Store) -> Result<Self, ServiceError> {
        let own = format!("/v1/decompositions/{}", job.id);
        let done = |part: &str| (job.state == JobState::Done).then(|| format!("{own}/{part}"));
        let ahead = match job.state {
            JobState::Queued => Some(store.ahead_of(job.number)?),
            _ => None,
        };
        Ok(Self {
            id: job.id.to_string(),
            state: job.state,
            ahead,
            name: job.name,
            sha256: job.sha256,
            width: job.width,
            height: job.height,
            request: serde_json::to_value(&job.request).unwrap_or_default(),
            created: time_text(job.created),
            started: job.started.map(time_text),
            ended: job.ended.map(time_text),
            error: job.error.map(|error| ErrorView {
                kind: kind(&error),
                message: error.to_string(),
            }),
            links: Links {
                events: format!("{own}/events"),
                report: done("report"),
                document: done("document.psd"),
                layer: done("layers/{n}.png"),
                own,
            },
        })
    }
}

impl Api {
    pub async fn view(&self, job: Job) -> Result<JobView, Problem> {
        let store = Arc::clone(&self.shared.store);
        Ok(self.blocking(move || JobView::new(job, &store)).await??)
    }

    pub async fn views(&self, jobs: Vec<Job>) -> Result<Vec<JobView>, Problem> {
        let store = Arc::clone(&self.shared.store);
        let view = move || {
            jobs.into_iter()
                .map(|job| JobView::new(job, &store))
                .collect()
        };
        Ok(self.blocking::<Result<_, ServiceError>>(view).await??)
    }

    /// The job of a path's id.
    pub async fn job(&self, id: &str) -> Result<Job, Problem> {
        let nowhere = || Problem::not_found("there is no job of that id; old ones are removed");
        let id: Uuid = id.parse().map_err(|_| nowhere())?;
        let store = Arc::clone(&self.shared.store);
        let found = self.blocking(move || store.job(id)).await??;
        found.ok_or_else(nowhere)
    }

    pub fn feeds(&self) -> &Feeds {
        &self.shared.feeds
    }
}
