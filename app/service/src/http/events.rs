//! A job's events as they come (server-sent), from wherever a reader was cut off.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use engine::{Decomposition, EngineError, EventKind, Versioned};
use futures_util::{Stream, StreamExt, future, stream};
use tokio::sync::watch;

use super::Api;
use super::problem::{Problem, ProblemDetails};
use crate::feed::{Feed, ServerSentEvent, name};
use crate::jobs::DECOMPOSITION;
use crate::store::Job;

/// Follow a job
///
/// Each event's `data` is `{"format":1,"value":…}` with what the engine says: `started`, `planned`, `caption`, `progress`
/// (stage, step of steps, time left), `note`, `preview`, and last `finished` with the layers and the report, or why there are
/// none. Of what can be missed a late reader gets the latest. `Last-Event-ID` goes on after that event.
#[utoipa::path(
    get, path = "/v1/decompositions/{id}/events", tag = "decompositions",
    params(("id" = String, Path), ("Last-Event-ID" = Option<u64>, Header)),
    responses(
        (status = 200, description = "Text", content_type = "text/event-stream", body = String),
        (status = 404, description = "There is no such thing", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn events(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let last = headers.get("last-event-id");
    let last = last.and_then(|id| id.to_str().ok()?.parse().ok());
    let last = last.unwrap_or(0);
    let said = match api.feed(&id).await? {
        Ok(feed) => {
            // A number from before the server was started anew says nothing.
            let said = *feed.changes().borrow();
            let last = if last > said { 0 } else { last };
            follow(feed, last, api.stop.clone()).boxed()
        }
        Err(job) => {
            let end = api.last_event(job).await?;
            let said = server_sent(last.saturating_add(1), &end);
            stream::iter(said).boxed()
        }
    };
    let events = said.map(|said| {
        let event = Event::default().id(said.id.to_string()).event(said.name);
        Ok(event.data(&*said.data))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

impl Api {
    /// What a job says, or the job where it has said all.
    async fn feed(&self, id: &str) -> Result<Result<Arc<Feed>, Job>, Problem> {
        let job = self.job(id).await?;
        if job.state.is_ended() {
            return Ok(Err(job));
        }
        let feed = self.feeds().open(job.id);
        // It may have ended before the feed was opened.
        let job = self.job(id).await?;
        if !job.state.is_ended() {
            return Ok(Ok(feed));
        }
        self.feeds().close_unfollowed(job.id, feed);
        Ok(Err(job))
    }

    /// The job once it has ended.
    pub async fn ended(&self, id: &str) -> Result<Job, Problem> {
        match self.feed(id).await? {
            Err(job) => Ok(job),
            Ok(feed) => {
                follow(feed, 0, self.stop.clone())
                    .for_each(|_| async {})
                    .await;
                let job = self.job(id).await?;
                match job.state.is_ended() {
                    true => Ok(job),
                    false => Err(Problem::later(
                        "ending",
                        "the server ends, and the job goes on when it is started again",
                        10,
                    )),
                }
            }
        }
    }

    async fn last_event(&self, job: Job) -> Result<EventKind, Problem> {
        if let Some(error) = job.error {
            return Ok(EventKind::Finished(Err(error)));
        }
        let path = self.shared.store.results(job.id).join(DECOMPOSITION);
        let read = move || -> Result<Decomposition, EngineError> {
            let lost = |error: &dyn std::fmt::Display| {
                EngineError::Backend(format!(
                    "the results are gone ({error}); queue the picture again"
                ))
            };
            let text = std::fs::read(path).map_err(|error| lost(&error))?;
            let read: Versioned<Decomposition> =
                serde_json::from_slice(&text).map_err(|error| lost(&error))?;
            Ok(read.value)
        };
        let decomposition = self.blocking(read).await?;
        Ok(EventKind::Finished(decomposition.map(Box::new)))
    }
}

fn server_sent(id: u64, event: &EventKind) -> Option<ServerSentEvent> {
    let data = serde_json::to_string(&Versioned::new(event)).ok()?;
    Some(ServerSentEvent {
        id,
        name: name(event).to_owned(),
        data: data.into(),
    })
}

struct Follower {
    feed: Arc<Feed>,
    changes: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    last: u64,
    pending: VecDeque<ServerSentEvent>,
    has_ended: bool,
}

/// Until the job has said all, or the server ends.
fn follow(
    feed: Arc<Feed>,
    last: u64,
    stop: watch::Receiver<bool>,
) -> impl Stream<Item = ServerSentEvent> {
    let follower = Follower {
        changes: feed.changes(),
        feed,
        stop,
        last,
        pending: VecDeque::new(),
        has_ended: false,
    };
    stream::unfold(follower, |mut follower| async move {
        loop {
            if let Some(said) = follower.pending.pop_front() {
                follower.last = said.id;
                return Some((said, follower));
            }
            if follower.has_ended {
                return None;
            }
            follower.changes.mark_unchanged();
            let (new, has_ended) = follower.feed.after(follower.last);
            (follower.pending, follower.has_ended) = (new.into(), has_ended);
            if follower.pending.is_empty() && !has_ended {
                let changed = std::pin::pin!(follower.changes.changed());
                let stopped = std::pin::pin!(follower.stop.wait_for(|stop| *stop));
                if let future::Either::Right(_) = future::select(changed, stopped).await {
                    return None;
                }
            }
        }
    })
}
