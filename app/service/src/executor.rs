//! What runs the jobs: the engine of this process, or workers that take them from a queue of their own.

use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, unbounded};
use engine::{
    Backend, BackendStatus, DecomposeRequest, Engine, EngineError, Estimate, Estimators, Event,
    EventKind, JobId,
};
use uuid::Uuid;

use crate::Limits;

/// Jobs that the engine or the results' thread has: the next is decoded while one runs and another is written.
const IN_HAND: usize = 3;

/// Hears what a job says, last its end, and says whether it listens still.
pub type Listener = Box<dyn Fn(EventKind) -> bool + Send + Sync>;

/// Workers on other computers, with a queue that outlives this server. Nothing here may be called where blocking is not allowed.
pub trait Workers: Send + Sync {
    /// What they decompose with.
    fn backends(&self) -> Vec<BackendStatus>;

    /// What the job would take at a worker that can run it. Takes some seconds at most.
    fn estimate(&self, request: &DecomposeRequest) -> Result<Estimate, EngineError>;

    /// Queues the job. The same id again is the same job, wherever it is by then.
    ///
    /// # Errors
    /// [`EngineError::Backend`] where the queue is away, and another try may do.
    fn submit(&self, id: Uuid, request: &DecomposeRequest) -> Result<(), EngineError>;

    /// Tells what the job says.
    fn follow(&self, id: Uuid, listener: Listener);

    fn cancel(&self, id: Uuid);

    /// The job's results are written here.
    fn forget(&self, id: Uuid);
}

pub(crate) enum Executor {
    Engine {
        engine: Engine,
        estimators: Estimators,
    },
    Workers {
        workers: Box<dyn Workers>,
        events: (Sender<Event>, Receiver<Event>),
        submitted: AtomicU64,
    },
}

impl Executor {
    pub fn engine(backends: Vec<Box<dyn Backend>>) -> Result<Self, EngineError> {
        Ok(Self::Engine {
            estimators: Estimators::of(&backends),
            engine: Engine::spawn(backends, || {})?,
        })
    }

    pub fn workers(workers: Box<dyn Workers>) -> Self {
        Self::Workers {
            workers,
            events: unbounded(),
            submitted: AtomicU64::new(0),
        }
    }

    pub fn backends(&self) -> Vec<BackendStatus> {
        match self {
            Self::Engine { engine, .. } => engine.backends(),
            Self::Workers { workers, .. } => workers.backends(),
        }
    }

    /// Of all jobs. Workers' go to one subscriber.
    pub fn subscribe(&self) -> Receiver<Event> {
        match self {
            Self::Engine { engine, .. } => engine.subscribe(),
            Self::Workers { events, .. } => events.1.clone(),
        }
    }

    /// Jobs that may be taken from the server's own queue at a time.
    pub fn in_hand(&self, limits: &Limits) -> usize {
        match self {
            Self::Engine { .. } => IN_HAND,
            Self::Workers { .. } => limits.queue,
        }
    }

    /// Whether jobs go on when this server ends.
    pub fn outlives(&self) -> bool {
        matches!(self, Self::Workers { .. })
    }

    pub fn submit(&self, id: Uuid, request: DecomposeRequest) -> Result<JobId, EngineError> {
        match self {
            Self::Engine { engine, .. } => engine.submit(request),
            Self::Workers {
                workers,
                events,
                submitted,
            } => {
                workers.submit(id, &request)?;
                let job = JobId(submitted.fetch_add(1, Ordering::Relaxed));
                let events = events.0.clone();
                let on_event = move |kind| events.send(Event { job, kind }).is_ok();
                workers.follow(id, Box::new(on_event));
                Ok(job)
            }
        }
    }

    pub fn cancel(&self, job: JobId, id: Uuid) {
        match self {
            Self::Engine { engine, .. } => engine.cancel(job),
            Self::Workers { workers, .. } => workers.cancel(id),
        }
    }

    /// Blocks, though for no job.
    pub fn estimate(&self, request: &DecomposeRequest) -> Result<Estimate, EngineError> {
        match self {
            Self::Engine { estimators, .. } => estimators.estimate(request),
            Self::Workers { workers, .. } => workers.estimate(request),
        }
    }

    /// The job's results are written.
    pub fn forget(&self, id: Uuid) {
        if let Self::Workers { workers, .. } = self {
            workers.forget(id);
        }
    }
}
