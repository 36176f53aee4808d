//! The side of whoever has cards. One job is with the backends at a time; the next is taken when they are free, so that no job
//! waits behind another while a worker elsewhere idles, and the last is rebuilt and sent meanwhile.

mod finish;
mod lease;
mod take;

use std::sync::mpsc::sync_channel;
use std::thread;

use engine::{Backend, CancelToken, DecomposeRequest, Estimators, EventKind, Hardware};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::link::{Link, Patience};
use crate::{Cluster, ClusterError, Need};
use finish::Done;
use take::{Taken, Taker};

/// What a worker does, and who follows it.
pub struct Work<'a> {
    /// What its backends can run, in the order in which jobs are looked for.
    pub needs: &'a [Need],
    /// Where jobs run that do not say.
    pub hardware: &'a Hardware,
    pub stop: &'a Stop,
    pub say: &'a (dyn Fn(Said) + Sync),
}

/// How a worker is ended.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// It ends what it has, and takes no more.
    pub last: CancelToken,
    /// It gives back what it has.
    pub now: CancelToken,
}

/// What a worker says for whoever watches it.
#[derive(Debug, Clone)]
pub enum Said {
    /// There is nothing to do.
    Waits,
    Took(Uuid),
    /// Of the job that the backends have.
    Event(EventKind),
    Done(Uuid),
    /// With a sentence; the job will be tried again, or not.
    Failed(Uuid, String),
    GaveBack(Uuid),
    /// The server does not do as it is asked now, which is tried again.
    Away(String),
}

impl Cluster {
    /// Takes jobs until it is stopped.
    ///
    /// # Errors
    /// When the system gives no thread, or the server fails for good.
    pub fn work(&self, backends: &mut [Box<dyn Backend>], work: &Work) -> Result<(), ClusterError> {
        let link = self.link.clone();
        let (needs, hardware) = (work.needs.to_vec(), work.hardware.clone());
        let estimators = Estimators::of(backends);
        let present = self.runtime.spawn(async move {
            let answers = link.answer_estimates(&needs, &hardware, &estimators);
            tokio::join!(link.be_present(&needs), answers)
        });
        let worker = Worker {
            link: &self.link,
            runtime: self.runtime.handle().clone(),
            work,
        };
        let ended = worker.run(backends);
        present.abort();
        // What was acknowledged last is still to be sent.
        let _ = self.runtime.block_on(self.link.client.flush());
        ended
    }
}

pub struct Worker<'a> {
    link: &'a Link,
    runtime: Handle,
    work: &'a Work<'a>,
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

    fn make(&self, taken: Taken, backends: &mut [Box<dyn Backend>]) -> Done {
        let Taken { lease, source } = taken;
        self.say(Said::Took(lease.job.id));
        let asked = &lease.job.request;
        let hardware = match asked.hardware == Hardware::default() {
            true => self.work.hardware,
            false => &asked.hardware,
        };
        let request = DecomposeRequest {
            source,
            hardware: hardware.clone(),
            previews: lease.job.previews,
            ..asked.clone()
        };
        let mut on_event = |event: EventKind| {
            self.runtime.block_on(self.link.say(lease.job.id, &event));
            self.say(Said::Event(event));
        };
        let made = engine::make(backends, &request, &mut on_event, &lease.cancel);
        Done { lease, made }
    }

    fn is_last(&self) -> bool {
        self.work.stop.last.is_cancelled() || self.work.stop.now.is_cancelled()
    }

    fn say(&self, said: Said) {
        (self.work.say)(said);
    }

    /// As long as it must take, unless the worker is to give back what it has.
    fn insist<T, F: Future<Output = Result<T, ClusterError>>>(
        &self,
        attempt: impl Fn() -> F,
    ) -> Result<T, ClusterError> {
        let goes_on = |error: &ClusterError| {
            self.say(Said::Away(error.to_string()));
            !self.work.stop.now.is_cancelled()
        };
        let patience = Patience {
            limit: None,
            goes_on: &goes_on,
        };
        self.runtime.block_on(self.link.insist(patience, attempt))
    }
}
