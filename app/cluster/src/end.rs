//! How a job ended. The server lets only the first end of a job in, whoever sends it: a worker, a second one that had the job
//! again, or whoever cancels it.

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::DirectGetErrorKind;
use async_nats::{HeaderMap, Message};
use engine::{Decomposition, EngineError, EventKind};
use uuid::Uuid;

use crate::ClusterError;
use crate::job::{read, text};
use crate::layout::event_subject;
use crate::link::Link;

/// The event kind that ends a job.
pub const END: &str = "finished";
/// Header: the run whose layers belong to this end.
const RUN: &str = "Lamina-Run";

pub struct End {
    /// Without the layers' pixels.
    pub result: Result<Box<Decomposition>, EngineError>,
    /// The run whose layers are in the object store.
    pub run: Option<String>,
}

impl End {
    pub fn failed(error: EngineError) -> Self {
        Self {
            result: Err(error),
            run: None,
        }
    }

    pub fn read(payload: &[u8], headers: Option<&HeaderMap>) -> Result<Self, ClusterError> {
        let EventKind::Finished(result) = read(payload)? else {
            return Err(ClusterError::Strange("an end that is none".into()));
        };
        let run = headers.and_then(|headers| headers.get(RUN));
        let run = run.map(|run| run.as_str().to_owned());
        Ok(Self { result, run })
    }

    pub fn of(message: &Message) -> Result<Self, ClusterError> {
        Self::read(&message.payload, message.headers.as_ref())
    }
}

impl Link {
    /// Writes the end unless there is one, and says whether it is this one.
    pub async fn write_end(&self, job: Uuid, end: &End) -> Result<bool, ClusterError> {
        let payload = text(&EventKind::Finished(end.result.clone()))?;
        let mut message = PublishMessage::build().payload(payload.into());
        if let Some(run) = &end.run {
            message = message.header(RUN, run.as_str());
        }
        if self.write_once(event_subject(job, END), message).await? {
            return Ok(true);
        }
        // The end that is there may be ours: an earlier try whose answer was lost.
        let known = self.end(job).await?;
        Ok(known.is_some_and(|known| known.run.is_some() && known.run == end.run))
    }

    /// The job's end, if it has one.
    pub async fn end(&self, job: Uuid) -> Result<Option<End>, ClusterError> {
        let last = self.last_event(job, END).await?;
        last.map(|(payload, headers)| End::read(&payload, Some(&headers)))
            .transpose()
    }

    /// The latest event of a kind.
    pub async fn last_event(
        &self,
        job: Uuid,
        kind: &str,
    ) -> Result<Option<(Vec<u8>, HeaderMap)>, ClusterError> {
        let subject = event_subject(job, kind);
        match self.events.direct_get_last_for_subject(subject).await {
            Ok(message) => Ok(Some((message.payload.to_vec(), message.headers))),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.away(error)),
        }
    }
}
