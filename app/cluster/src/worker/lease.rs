//! A job that a worker has: the server hears that it lives, and the worker hears when the job ends elsewhere.

use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::Acker;
use engine::CancelToken;
use futures_util::StreamExt;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::Stop;
use crate::ClusterError;
use crate::end::END;
use crate::job::Job;
use crate::layout::{Need, event_subject};
use crate::link::Link;

/// How often a lease looks whether its worker is stopped.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often the lease is renewed within the time after which it runs out.
const SIGNS: u32 = 3;
/// Wait before a failed job is delivered again.
pub const REST: Duration = Duration::from_secs(1);

pub struct Lease {
    pub job: Job,
    pub need: Need,
    /// How often the job was delivered, this time included.
    pub deliveries: i64,
    /// Set when the job has ended elsewhere, or the worker gives it back.
    pub cancel: CancelToken,
    acker: std::sync::Arc<Acker>,
    keeper: JoinHandle<()>,
}

impl Lease {
    pub fn new(
        link: &Link,
        runtime: &Handle,
        stop: &Stop,
        (job, need, deliveries): (Job, Need, i64),
        acker: Acker,
    ) -> Self {
        let (cancel, acker) = (CancelToken::default(), std::sync::Arc::new(acker));
        let keeper = LeaseRenewal {
            link: link.clone(),
            ended: event_subject(job.id, END),
            stop: stop.now.clone(),
            cancel: cancel.clone(),
            acker: acker.clone(),
        };
        Self {
            job,
            need,
            deliveries,
            cancel,
            acker,
            keeper: runtime.spawn(keeper.keep()),
        }
    }

    /// The job leaves the queue.
    pub async fn acknowledge(&self, link: &Link) -> Result<(), ClusterError> {
        self.keeper.abort();
        let acknowledged = self.acker.double_ack().await;
        acknowledged.map_err(|error| link.away(error))
    }

    /// The job is delivered again, and this delivery counts.
    pub async fn refuse(&self, link: &Link) -> Result<(), ClusterError> {
        self.keeper.abort();
        let refused = self.acker.ack_with(AckKind::Nak(Some(REST))).await;
        refused.map_err(|error| link.away(error))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

struct LeaseRenewal {
    link: Link,
    /// Subject of the job's end.
    ended: String,
    stop: CancelToken,
    cancel: CancelToken,
    acker: std::sync::Arc<Acker>,
}

impl LeaseRenewal {
    async fn keep(self) {
        let Ok(mut ended) = self.link.client.subscribe(self.ended.clone()).await else {
            return;
        };
        let every = self.link.silence / SIGNS;
        let mut next = Instant::now() + every;
        loop {
            tokio::select! {
                // If this message is lost, the second end is refused all the same.
                _ = ended.next() => self.cancel.cancel(),
                () = sleep(LOOK_EVERY) => {}
            }
            if self.stop.is_cancelled() {
                self.cancel.cancel();
            }
            if self.cancel.is_cancelled() {
                return self.live_on(next, every).await;
            }
            next = self.sign(next, every).await;
        }
    }

    /// A cancelled backend may take a moment to stop.
    async fn live_on(&self, mut next: Instant, every: Duration) {
        loop {
            sleep(LOOK_EVERY).await;
            next = self.sign(next, every).await;
        }
    }

    async fn sign(&self, next: Instant, every: Duration) -> Instant {
        if Instant::now() < next {
            return next;
        }
        if self.link.is_connected() {
            let _ = self.acker.ack_with(AckKind::Progress).await;
        }
        Instant::now() + every
    }
}
