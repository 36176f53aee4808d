//! The worker. One job is with the backends at a time; the next is taken when they are free, so that no job
//! waits behind another while a worker elsewhere idles, and the last is rebuilt and sent meanwhile.

mod finish;
mod lease;
mod take;

use std::sync::mpsc::sync_channel;
use std::thread;

use engine::{Backend, CancelToken, DecomposeRequest, Estimators, EventKind, Hardware};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::link::{Link, RetryPolicy};
use crate::{Cluster, ClusterError, Need};
use finish::Done;
use take::{LeasedJob, Taker};

/// What a worker does, and who follows it.
pub struct WorkerOptions<'a> {
    /// What its backends can run, in the order in which jobs are looked for.
    pub needs: &'a [Need],
    /// The hardware of jobs that name none.
    pub hardware: &'a Hardware,
    pub stop: &'a Stop,
    pub on_event: &'a (dyn Fn(WorkerEvent) + Sync),
}

/// The two ways to stop a worker.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// It finishes the job that it has and takes no other.
    pub last: CancelToken,
    /// It gives its job back to the queue.
    pub now: CancelToken,
}

/// What a worker reports to its user.
#[derive(Debug, Clone)]
pub enum WorkerEvent {
    /// The queue is empty.
    Waits,
    Took(Uuid),
    /// From the job that the backends work on.
    Event(EventKind),
    Done(Uuid),
    /// With a sentence; the job will be tried again, or not.
    Failed(Uuid, String),
    GaveBack(Uuid),
    /// The server cannot be reached or refuses; the worker tries again.
    Away(String),
}

impl Cluster {
    /// Takes jobs until it is stopped.
    ///
    /// # Errors
    /// When the system gives no thread, or the server fails for good.
    pub fn work(
        &self,
        backends: &mut [Box<dyn Backend>],
        options: &WorkerOptions,
    ) -> Result<(), ClusterError> {
        let link = self.link.clone();
        let (needs, hardware) = (options.needs.to_vec(), options.hardware.clone());
        let estimators = Estimators::of(backends);
        let present = self.runtime.spawn(async move {
            let answers = link.answer_estimates(&needs, &hardware, &estimators);
            tokio::join!(link.be_present(&needs), answers)
        });
        let worker = Worker {
            link: &self.link,
            runtime: self.runtime.handle().clone(),
            options,
        };
        let ended = worker.run(backends);
        present.abort();
        // The last acknowledgement may still be in the client's buffer.
        let _ = self.runtime.block_on(self.link.client.flush());
        ended
    }
}

pub struct Worker<'a> {
    link: &'a Link,
    runtime: Handle,
    options: &'a WorkerOptions<'a>,
}

impl Worker<'_> {
    fn run(&self, backends: &mut [Box<dyn Backend>]) -> Result<(), ClusterError> {
        let (finish, made) = sync_channel::<Done>(0);
        thread::scope(|scope| {
            let finisher = thread::Builder::new().name("results".into());
            let finisher = finisher.spawn_scoped(scope, move || {
                for done in made {
                    self.finish(done);
                }
            });
            finisher.map_err(|error| ClusterError::System(error.to_string()))?;
            let mut taker = Taker::new(self);
            while !self.is_last() {
                if let Some(taken) = taker.next()? {
                    let done = self.make(taken, backends);
                    if finish.send(done).is_err() {
                        break;
                    }
                }
            }
            drop(finish);
            Ok(())
        })
    }

    fn make(&self, taken: LeasedJob, backends: &mut [Box<dyn Backend>]) -> Done {
        let LeasedJob { lease, source } = taken;
        self.emit(WorkerEvent::Took(lease.job.id));
        let asked = &lease.job.request;
        let hardware = match asked.hardware == Hardware::default() {
            true => self.options.hardware,
            false => &asked.hardware,
        };
        let request = DecomposeRequest {
            source,
            hardware: hardware.clone(),
            previews: lease.job.previews,
            ..asked.clone()
        };
        let mut on_event = |event: EventKind| {
            self.runtime
                .block_on(self.link.publish(lease.job.id, &event));
            self.emit(WorkerEvent::Event(event));
        };
        let made = engine::make(backends, &request, &mut on_event, &lease.cancel);
        Done { lease, made }
    }

    fn is_last(&self) -> bool {
        self.options.stop.last.is_cancelled() || self.options.stop.now.is_cancelled()
    }

    fn emit(&self, event: WorkerEvent) {
        (self.options.on_event)(event);
    }

    /// Tries until it succeeds or fails for good, or until the worker is stopped at once.
    fn retry<T, F: Future<Output = Result<T, ClusterError>>>(
        &self,
        attempt: impl Fn() -> F,
    ) -> Result<T, ClusterError> {
        let goes_on = |error: &ClusterError| {
            self.emit(WorkerEvent::Away(error.to_string()));
            !self.options.stop.now.is_cancelled()
        };
        let policy = RetryPolicy {
            limit: None,
            goes_on: &goes_on,
        };
        self.runtime.block_on(self.link.retry(policy, attempt))
    }
}
