//! Jobs: one, all, and their end before its time.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use engine::EngineError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::problem::{Problem, ProblemDetails};
use super::view::JobView;
use crate::jobs::Command;
use crate::store::JobState;

const PAGE: u32 = 50;
const LONGEST_PAGE: u32 = 500;

/// One job
#[utoipa::path(
    get, path = "/v1/decompositions/{id}", tag = "decompositions",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The job", body = JobView),
        (status = 404, description = "There is no such thing", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn one(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<JobView>, Problem> {
    let job = api.job(&id).await?;
    Ok(Json(api.view(job).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only jobs in this state
    state: Option<JobState>,
    /// The `next` of the page before
    before: Option<i64>,
    /// Jobs at most, 1 to 500; 50 by default
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct Page {
    /// The newest first.
    jobs: Vec<JobView>,
    /// Where the next page begins; `null` after the last.
    next: Option<i64>,
}

/// All jobs, the newest first
#[utoipa::path(
    get, path = "/v1/decompositions", tag = "decompositions",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of jobs", body = Page),
        (status = 400, description = "Malformed", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn all(
    State(api): State<Api>,
    which: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Page>, Problem> {
    let Query(which) = which.map_err(|error| Problem::bad_request(error.body_text()))?;
    let limit = which.limit.unwrap_or(PAGE);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        let detail = format!("a page has 1 to {LONGEST_PAGE} jobs");
        return Err(Problem::bad_request(detail));
    }
    let store = Arc::clone(&api.shared.store);
    let jobs = api
        .blocking(move || store.jobs(which.state, which.before, limit))
        .await??;
    let is_full = jobs.len() == limit as usize;
    let next = jobs.last().map(|job| job.number).filter(|_| is_full);
    let jobs = api.views(jobs).await?;
    Ok(Json(Page { jobs, next }))
}

/// Cancel a job
///
/// One that waits is cancelled when this answers; one that runs, soon after. One that has ended stays as it is.
#[utoipa::path(
    delete, path = "/v1/decompositions/{id}", tag = "decompositions",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The job", body = JobView),
        (status = 404, description = "There is no such thing", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn cancel(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<JobView>, Problem> {
    let job = api.job(&id).await?.id;
    let store = Arc::clone(&api.shared.store);
    if api.blocking(move || store.cancel_waiting(job)).await?? {
        api.shared.say_last(job, Err(EngineError::Cancelled));
    }
    // The engine has it if it runs, and may where it waited.
    api.jobs.send(Command::Cancel(job));
    one(State(api), Path(id)).await
}
