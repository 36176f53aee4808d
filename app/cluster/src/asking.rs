//! The client: queues jobs, follows them, and waits for their results.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_nats::jetstream::message::PublishMessage;
use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use engine::{CancelToken, DecomposeRequest, Decomposition, EngineError, EventKind, png};
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use uuid::Uuid;

use crate::end::End;
use crate::job::{Job, text};
use crate::link::{Link, RetryPolicy};
use crate::{ClusterError, Need, Server};

const CANCEL_POLL: Duration = Duration::from_millis(50);
/// A cancel waits no longer than this.
const CANCEL_TIME: Duration = Duration::from_secs(3);
/// How long the list of what workers take is trusted: workers come and go.
const TAKEN_KNOWN: Duration = Duration::from_secs(5);
/// For what waits on the network; nothing is computed on it.
const THREADS: usize = 2;
/// A NATS server that hands jobs to workers. Clones share a connection, which is made anew wherever it breaks.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) link: Link,
    taken: Arc<Mutex<TakenNeeds>>,
}

/// What workers answered when they were asked last, and when that was.
#[derive(Default)]
struct TakenNeeds {
    asked: Option<Instant>,
    needs: Vec<Need>,
}

impl Cluster {
    /// Connects, and makes what is missing of streams and buckets.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or has no JetStream.
    pub fn connect(server: &Server) -> Result<Self, ClusterError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("nats")
            .enable_all()
            .build()
            .map_err(|error| ClusterError::System(error.to_string()))?;
        let link = runtime.block_on(server.connect())?;
        Ok(Self {
            runtime: Arc::new(runtime),
            link,
            taken: Arc::default(),
        })
    }

    /// Without passwords.
    pub fn url(&self) -> &str {
        &self.link.url
    }

    /// What the workers that are there take; asked anew every few seconds.
    pub fn taken(&self) -> Vec<Need> {
        let mut known = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = known
            .asked
            .is_some_and(|asked| asked.elapsed() < TAKEN_KNOWN);
        // "No worker" is not kept: it would refuse jobs while a worker starts.
        if !is_known || known.needs.is_empty() {
            known.needs = self.runtime.block_on(self.link.taken());
            known.asked = Some(Instant::now());
        }
        known.needs.clone()
    }

    /// Queues a job. The same id again is the same job.
    ///
    /// # Errors
    /// When the server is away for a minute.
    pub fn submit(
        &self,
        id: Uuid,
        need: Need,
        request: &DecomposeRequest,
    ) -> Result<(), EngineError> {
        self.submit_while(id, need, request, RetryPolicy::RESTART.goes_on)
    }

    fn submit_while(
        &self,
        id: Uuid,
        need: Need,
        request: &DecomposeRequest,
        goes_on: &(dyn Fn(&ClusterError) -> bool + Sync),
    ) -> Result<(), EngineError> {
        request.validate()?;
        let png = png(&request.source).map_err(|error| {
            EngineError::Backend(format!("the picture could not be sent: {error}"))
        })?;
        let job = Job {
            id,
            sha256: format!("{:x}", Sha256::digest(&png)),
            request: request.clone(),
            previews: request.previews,
        };
        let policy = RetryPolicy {
            goes_on,
            ..RetryPolicy::RESTART
        };
        let sent = self.runtime.block_on(self.link.retry(policy, || async {
            self.link.put_picture(&job.sha256, &png).await?;
            self.link.queue(need, &job, &id.to_string(), 0).await
        }));
        Ok(sent?)
    }

    /// What the job says from here on, after the latest of what it said before. Its last event is `Finished`, with all of the
    /// layers and a report without the picture.
    pub fn follow(&self, id: Uuid) -> Receiver<EventKind> {
        let (events, received) = unbounded();
        self.follow_with(id, move |event| events.send(event).is_ok());
        received
    }

    /// As [`Self::follow`], to a function that says whether it listens still. It must not block.
    pub fn follow_with(
        &self,
        id: Uuid,
        on_event: impl Fn(EventKind) -> bool + Send + Sync + 'static,
    ) {
        let link = self.link.clone();
        self.runtime
            .spawn(async move { link.follow(id, &on_event).await });
    }

    /// Ends the job as cancelled wherever it is, unless it has ended.
    ///
    /// # Errors
    /// When the server does not hear of it within seconds.
    pub fn cancel(&self, id: Uuid) -> Result<(), ClusterError> {
        let end = End::failed(EngineError::Cancelled);
        let written = self
            .link
            .retry(RetryPolicy::RESTART, || self.link.write_end(id, &end));
        let in_time = async { timeout(CANCEL_TIME, written).await };
        match self.runtime.block_on(in_time) {
            Ok(written) => written.map(drop),
            Err(_) => Err(self.link.away("no answer")),
        }
    }

    /// Removes the layers of a job whose results are written elsewhere.
    pub fn forget(&self, id: Uuid) {
        self.runtime.block_on(async {
            if let Ok(Some(End {
                result: Ok(done),
                run: Some(run),
            })) = self.link.end(id).await
            {
                self.link.remove_layers(&run, done.layers.len()).await;
            }
        });
    }

    /// Has the job done by whichever worker takes it, and waits for that; then nothing of it stays but its end.
    pub fn decompose(
        &self,
        need: Need,
        request: &DecomposeRequest,
        on_event: &mut dyn FnMut(EventKind),
        cancel: &CancelToken,
    ) -> Result<Decomposition, EngineError> {
        cancel.check()?;
        let id = Uuid::now_v7();
        self.submit_while(id, need, request, &|_| !cancel.is_cancelled())
            .map_err(|error| cancel.check().err().map_or(error, EngineError::from))?;
        let events = self.follow(id);
        loop {
            match events.recv_timeout(CANCEL_POLL) {
                Ok(EventKind::Finished(result)) => {
                    let mut decomposition = *result?;
                    self.forget(id);
                    decomposition.report.request = request.clone();
                    return Ok(decomposition);
                }
                Ok(event) => on_event(event),
                Err(RecvTimeoutError::Timeout) if !cancel.is_cancelled() => {}
                Err(RecvTimeoutError::Timeout) => {
                    // Where that cannot be told, the job ends by itself.
                    let _ = self.cancel(id);
                    return Err(EngineError::Cancelled);
                }
                Err(RecvTimeoutError::Disconnected) => return Err(EngineError::EngineGone),
            }
        }
    }
}

impl Link {
    /// The same message id again is the same message. `delivered` tells of times that the server does not count.
    pub async fn queue(
        &self,
        need: Need,
        job: &Job,
        message_id: &str,
        delivered: i64,
    ) -> Result<(), ClusterError> {
        let message = PublishMessage::build()
            .payload(text(job)?.into())
            .message_id(message_id)
            .header(DELIVERED, delivered.to_string().as_str());
        let sent = self.context.send_publish(need.subject(), message).await;
        let acknowledged = sent.map_err(|error| self.unsent(&error))?.await;
        acknowledged.map(drop).map_err(|error| self.unsent(&error))
    }
}

/// Times that a job was delivered before it was given back.
pub const DELIVERED: &str = "Lamina-Delivered";
