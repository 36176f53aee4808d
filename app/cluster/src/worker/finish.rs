//! What follows the backends' layers: rebuilding, storing, and the job's end.

use async_nats::Message;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::{Acker, PublishMessage};
use engine::{EngineError, EventKind, Made, png};
use uuid::Uuid;

use super::lease::{Lease, REST};
use super::{Worker, WorkerEvent};
use crate::ClusterError;
use crate::end::End;
use crate::job::{DeadJob, text};
use crate::layout::{DELIVERIES, dead_subject};

/// A job that the backends are done with.
pub struct Done {
    pub lease: Lease,
    pub made: Result<Made, EngineError>,
}

/// Whether the job would fail in the same way on every computer.
fn is_its_own(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::InvalidRequest(_) | EngineError::UnknownBackend { .. }
    )
}

impl Worker<'_> {
    pub fn finish(&self, Done { lease, made }: Done) {
        match made.and_then(|made| self.sent(&lease, made)) {
            Ok(end) => self.end(&lease, end),
            Err(EngineError::Cancelled) if self.options.stop.now.is_cancelled() => {
                self.give_back(&lease);
            }
            // The job has ended elsewhere, as when it was cancelled.
            Err(EngineError::Cancelled) => self.acknowledge(&lease),
            Err(error) if is_its_own(&error) => self.end(&lease, End::failed(error)),
            Err(error) if lease.deliveries >= DELIVERIES => self.give_up(&lease, error),
            Err(error) => {
                self.emit(WorkerEvent::Failed(lease.job.id, error.to_string()));
                // If this does not reach the server, the lease runs out.
                let _ = self.runtime.block_on(lease.refuse(self.link));
            }
        }
    }

    /// The end of a job whose layers are in the store.
    fn sent(&self, lease: &Lease, made: Made) -> Result<End, EngineError> {
        let mut on_event = |event: EventKind| {
            self.runtime
                .block_on(self.link.publish(lease.job.id, &event));
        };
        let mut decomposition = made.finish(&mut on_event, &lease.cancel)?;
        let run = Uuid::now_v7().to_string();
        for (n, layer) in decomposition.layers.iter_mut().enumerate() {
            lease.cancel.check()?;
            let png = png(&layer.image).map_err(|error| {
                EngineError::Backend(format!("a layer could not be sent: {error}"))
            })?;
            layer.image = Default::default();
            self.retry(|| self.link.put_layer(&run, n, &png))?;
        }
        decomposition.report.request.source = Default::default();
        Ok(End {
            result: Ok(Box::new(decomposition)),
            run: Some(run),
        })
    }

    /// The first end stands; the layers of a later one are removed.
    pub fn end(&self, lease: &Lease, end: End) {
        let id = lease.job.id;
        match self.retry(|| self.link.write_end(id, &end)) {
            Ok(is_this) => {
                if let (false, Some(run), Ok(done)) = (is_this, &end.run, &end.result) {
                    let removed = self.link.remove_layers(run, done.layers.len());
                    self.runtime.block_on(removed);
                }
                self.acknowledge(lease);
                self.emit(match end.result {
                    Ok(_) => WorkerEvent::Done(id),
                    Err(error) => WorkerEvent::Failed(id, error.to_string()),
                });
            }
            Err(error) => self.emit(WorkerEvent::Failed(id, error.to_string())),
        }
    }

    /// If the server does not get this, the job is delivered again and found to have ended.
    pub fn acknowledge(&self, lease: &Lease) {
        let _ = self.runtime.block_on(lease.acknowledge(self.link));
    }

    /// Ends the job as failed and puts it among the dead letters.
    pub fn give_up(&self, lease: &Lease, error: EngineError) {
        let dead = DeadJob {
            job: lease.job.clone(),
            error: error.to_string(),
            deliveries: lease.deliveries.min(DELIVERIES),
        };
        match self.retry(|| async { self.write_dead(dead.job.id, text(&dead)?).await }) {
            Ok(()) => self.end(lease, End::failed(error)),
            Err(away) => self.emit(WorkerEvent::Failed(lease.job.id, away.to_string())),
        }
    }

    /// Another version of the program may be able to read this job; after three tries it goes to the dead letters unread.
    pub fn pass_on(&self, message: &Message, acker: &Acker, deliveries: i64, error: &ClusterError) {
        self.emit(WorkerEvent::Away(error.to_string()));
        let kind = match deliveries < DELIVERIES {
            true => AckKind::Nak(Some(REST)),
            false => {
                // The job's own id, where whoever sent it said so.
                let id = message
                    .headers
                    .as_ref()
                    .and_then(|all| all.get(NATS_MESSAGE_ID));
                let id = id.and_then(|id| id.as_str().parse().ok());
                let id = id.unwrap_or_else(Uuid::now_v7);
                let payload = message.payload.clone();
                let end = End::failed(error.clone().into());
                let written = self.retry(|| async {
                    self.write_dead(id, payload.to_vec()).await?;
                    self.link.write_end(id, &end).await
                });
                if written.is_err() {
                    return;
                }
                AckKind::Term
            }
        };
        // If this does not reach the server, the message is delivered again.
        let _ = self.runtime.block_on(acker.ack_with(kind));
    }

    async fn write_dead(&self, job: Uuid, payload: Vec<u8>) -> Result<(), ClusterError> {
        let message = PublishMessage::build().payload(payload.into());
        let written = self.link.write_once(dead_subject(job), message).await;
        // An earlier try may have written it already.
        written.map(drop)
    }

    /// Queues the job again, without counting this delivery, and only then acknowledges it.
    fn give_back(&self, lease: &Lease) {
        let (job, before) = (&lease.job, lease.deliveries - 1);
        let message = format!("{} again {}", job.id, Uuid::now_v7());
        match self.retry(|| self.link.queue(lease.need, job, &message, before)) {
            Ok(()) => {
                self.acknowledge(lease);
                self.emit(WorkerEvent::GaveBack(lease.job.id));
            }
            Err(error) => self.emit(WorkerEvent::Failed(lease.job.id, error.to_string())),
        }
    }
}
