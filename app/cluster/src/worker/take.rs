//! Taking a job from the queue, with its picture.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::message::Acker;
use async_nats::{Message, Subscriber};
use engine::EngineError;
use futures_util::StreamExt;
use image::RgbaImage;
use tokio::time::{sleep, timeout};

use super::lease::Lease;
use super::{Worker, WorkerEvent};
use crate::ClusterError;
use crate::asking::DELIVERED;
use crate::end::End;
use crate::job::{Job, picture, read};
use crate::layout::{ALL_JOBS, DELIVERIES, Need};

/// How often an idle worker looks into the queue; it also looks when it is notified of a job.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long the server may take to say whether there is a job.
const ANSWER_TIME: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_millis(500);

/// A job that is this worker's, and its picture.
pub struct LeasedJob {
    pub lease: Lease,
    pub source: Arc<RgbaImage>,
}

/// Takes one job at a time: a job that waits inside a worker is lost to idle ones.
pub struct Taker<'a> {
    worker: &'a Worker<'a>,
    consumers: Vec<(Need, PullConsumer)>,
    hints: Option<Subscriber>,
}

impl<'a> Taker<'a> {
    pub fn new(worker: &'a Worker<'a>) -> Self {
        Self {
            worker,
            consumers: Vec::new(),
            hints: None,
        }
    }

    /// `None` where the queue stayed empty for a while, or the job needs nothing any more.
    pub fn next(&mut self) -> Result<Option<LeasedJob>, ClusterError> {
        let worker = self.worker;
        match worker.runtime.block_on(self.fetch()) {
            Ok(Some((need, message, acker, deliveries))) => {
                // Notifications that came while a job ran are stale.
                self.hints = None;
                worker.accept(need, &message, acker, deliveries)
            }
            Ok(None) => {
                worker.emit(WorkerEvent::Waits);
                worker.runtime.block_on(self.wait());
                Ok(None)
            }
            Err(error) if error.may_pass() => {
                self.consumers.clear();
                worker.emit(WorkerEvent::Away(error.to_string()));
                worker.runtime.block_on(async { sleep(REST).await });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch(&mut self) -> Result<Option<(Need, Message, Acker, i64)>, ClusterError> {
        let link = self.worker.link;
        if !link.is_connected() {
            return Err(link.away("the connection is lost"));
        }
        if self.consumers.is_empty() {
            for need in self.worker.options.needs {
                let config = need.consumer(link.silence);
                let found = link
                    .jobs
                    .get_or_create_consumer::<pull::Config>(need.name(), config);
                let found = found.await.map_err(|error| link.away(error))?;
                self.consumers.push((*need, found));
            }
        }
        for (need, consumer) in &self.consumers {
            let asked = consumer.fetch().max_messages(1).messages();
            let mut messages = asked.await.map_err(|error| link.away(error))?;
            let first = timeout(ANSWER_TIME, messages.next()).await;
            let Some(message) = first.map_err(|_| link.away("no answer"))? else {
                continue;
            };
            let message = message.map_err(|error| link.away(error))?;
            let delivered = message.info().map_err(|error| link.away(error))?.delivered;
            let (message, acker) = message.split();
            let before = message.headers.as_ref().and_then(|all| all.get(DELIVERED));
            let before: i64 = before.and_then(|n| n.as_str().parse().ok()).unwrap_or(0);
            return Ok(Some((*need, message, acker, before + delivered)));
        }
        Ok(None)
    }

    /// Waits until there may be a job. Redelivered jobs are not notified.
    async fn wait(&mut self) {
        if self.hints.is_none() {
            self.hints = self.worker.link.client.subscribe(ALL_JOBS).await.ok();
        }
        match &mut self.hints {
            Some(hints) => drop(timeout(LOOK_EVERY, hints.next()).await),
            None => sleep(LOOK_EVERY).await,
        }
    }
}

impl Worker<'_> {
    /// The job with its picture; `None` where nothing is left to do.
    fn accept(
        &self,
        need: Need,
        message: &Message,
        acker: Acker,
        deliveries: i64,
    ) -> Result<Option<LeasedJob>, ClusterError> {
        let job: Job = match read(&message.payload) {
            Ok(job) => job,
            Err(error) => {
                self.pass_on(message, &acker, deliveries, &error);
                return Ok(None);
            }
        };
        let stop = self.options.stop;
        let lease = Lease::new(
            self.link,
            &self.runtime,
            stop,
            (job, need, deliveries),
            acker,
        );
        if deliveries > DELIVERIES {
            let error = EngineError::Backend(format!(
                "{DELIVERIES} workers ended while they ran this job; try a smaller picture or other settings"
            ));
            self.give_up(&lease, error);
            return Ok(None);
        }
        match self.source(&lease) {
            Ok(Source::There(source)) => Ok(Some(LeasedJob { lease, source })),
            Ok(Source::Refused(sentence)) => {
                let error = EngineError::InvalidRequest(sentence);
                self.end(&lease, End::failed(error));
                Ok(None)
            }
            Ok(Source::Ended) => {
                self.acknowledge(&lease);
                Ok(None)
            }
            // The lease runs out, and another worker gets the job.
            Err(error) if error.may_pass() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn source(&self, lease: &Lease) -> Result<Source, ClusterError> {
        let job = &lease.job;
        let found = self.retry(|| async {
            match self.link.end(job.id).await? {
                Some(_) => Ok(None),
                None => Ok(Some(self.link.picture(&job.sha256).await?)),
            }
        });
        let Some(png) = found? else {
            return Ok(Source::Ended);
        };
        let refused = |sentence: String| Ok(Source::Refused(sentence));
        if !job.request.diffusion.loras.is_empty() {
            return refused("a worker opens no files that a job names; leave out the LoRAs".into());
        }
        let Some(png) = png else {
            return refused("the picture is gone from the NATS server; submit it again".into());
        };
        match picture(png) {
            Ok(source) => Ok(Source::There(Arc::new(source))),
            Err(error) => refused(format!(
                "the picture cannot be read ({error}); give another file"
            )),
        }
    }
}

/// A job's picture, or why there is none.
enum Source {
    There(Arc<RgbaImage>),
    /// The job has ended, so that its picture is gone.
    Ended,
    /// With a sentence.
    Refused(String),
}
