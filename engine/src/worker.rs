use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};

use crate::reporter::{Followed, Reporter};
use crate::run::guarded;
use crate::{
    Backend, BackendStatus, CancelToken, DecomposeRequest, EngineError, Estimators, Event,
    EventKind, Hardware, JobId, ModelCommand, ModelStatus, Progress, estimate, run,
};

/// Jobs that can wait. A person queues a few; a script should wait for its own.
const WAITING_JOBS: usize = 16;
/// Events that wait for a receiver before it gets no more of those that can be missed.
const WAITING_EVENTS: usize = 256;

/// The thread "engine" that owns the backends and their models. Jobs and commands run one after the other in the order
/// they were submitted. Beside it the thread "estimates" says what a job would take while another runs. Dropping it cancels
/// what runs and joins the threads.
pub struct Engine {
    shared: Arc<Mutex<Shared>>,
    /// `Some` until dropped, which ends the threads.
    queues: Option<Queues>,
    threads: Vec<JoinHandle<()>>,
}

struct Queues {
    work: Sender<Job>,
    /// Estimates alone.
    asked: Sender<Job>,
}

struct Job {
    id: JobId,
    kind: JobKind,
    cancel: CancelToken,
}

enum JobKind {
    Decompose(Box<DecomposeRequest>),
    /// Of the backend of this id.
    Model(String, ModelCommand),
    Estimate(Box<DecomposeRequest>),
    Guests(Vec<Box<dyn Backend>>),
}

#[derive(Default)]
struct Shared {
    submitted: u64,
    /// Jobs that wait or run.
    live: HashMap<JobId, CancelToken>,
    backends: Vec<BackendStatus>,
    receivers: Vec<Sender<Event>>,
}

impl Engine {
    /// `backends` in order of preference for `BackendChoice::Auto`. `wake` is called after each event was sent, from the
    /// engine's threads (the editor passes `request_repaint`). Fails when the system gives no thread.
    pub fn spawn(
        backends: Vec<Box<dyn Backend>>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self, EngineError> {
        let (work, jobs) = bounded(WAITING_JOBS);
        let (asked, questions) = bounded(WAITING_JOBS);
        let shared = Arc::new(Mutex::new(Shared {
            backends: statuses(&backends),
            ..Shared::default()
        }));
        let outbox = Outbox {
            shared: Arc::clone(&shared),
            wake: Arc::new(wake),
        };
        let asker = Asker {
            estimators: Estimators::of(&backends),
            outbox: outbox.clone(),
        };
        let worker = Worker {
            own: backends.len(),
            backends,
            estimators: asker.estimators.clone(),
            outbox,
        };
        let threads = vec![
            thread("engine", move || worker.serve(&jobs))?,
            thread("estimates", move || asker.serve(&questions))?,
        ];
        Ok(Self {
            shared,
            queues: Some(Queues { work, asked }),
            threads,
        })
    }

    /// As they were when the engine started, or before the last event of the last job or command.
    pub fn backends(&self) -> Vec<BackendStatus> {
        lock(&self.shared).backends.clone()
    }

    /// All events from here on, of every job. Any number of receivers may follow; one that is dropped is forgotten. Nobody
    /// waits for a slow one: it misses progress, previews and unfinished captions, but no other event.
    pub fn subscribe(&self) -> Receiver<Event> {
        let (sender, receiver) = unbounded();
        lock(&self.shared).receivers.push(sender);
        receiver
    }

    /// Never blocks. A request that is out of range is refused here. The job's last event is `Finished`.
    pub fn submit(&self, request: DecomposeRequest) -> Result<JobId, EngineError> {
        request.validate()?;
        self.queue(JobKind::Decompose(Box::new(request)))
    }

    /// Has the model of the backend of that id chosen, loaded or freed after the jobs that wait. Never blocks. The
    /// command's last event is `Model`.
    pub fn command(&self, backend: &str, command: ModelCommand) -> Result<JobId, EngineError> {
        if let ModelCommand::Load(request) = &command {
            request.validate()?;
        }
        self.queue(JobKind::Model(backend.to_owned(), command))
    }

    /// Asks what a job on the request would take: the backends, which know what they have loaded, or their estimators while
    /// the backends have something to do. Never blocks. The last event is `Estimated`.
    pub fn estimate(&self, request: DecomposeRequest) -> Result<JobId, EngineError> {
        request.validate()?;
        self.queue(JobKind::Estimate(Box::new(request)))
    }

    /// Has these backends follow those that the engine began with, in place of earlier guests, after the jobs that wait.
    /// Never blocks. The last event is `Joined`.
    pub fn invite(&self, guests: Vec<Box<dyn Backend>>) -> Result<JobId, EngineError> {
        self.queue(JobKind::Guests(guests))
    }

    fn queue(&self, kind: JobKind) -> Result<JobId, EngineError> {
        let queues = self.queues.as_ref().ok_or(EngineError::EngineGone)?;
        let mut shared = lock(&self.shared);
        let sender = match kind {
            JobKind::Estimate(_) if !shared.live.is_empty() => &queues.asked,
            _ => &queues.work,
        };
        let id = JobId(shared.submitted);
        let cancel = CancelToken::default();
        sender
            .try_send(Job {
                id,
                kind,
                cancel: cancel.clone(),
            })
            .map_err(|error| match error {
                TrySendError::Full(_) => EngineError::QueueFull,
                TrySendError::Disconnected(_) => EngineError::EngineGone,
            })?;
        shared.submitted += 1;
        shared.live.insert(id, cancel);
        Ok(id)
    }

    /// Stops the job or command whether it runs or waits; its last event says `Cancelled`, which one that waits gets when
    /// its turn comes. A finished one is left alone.
    pub fn cancel(&self, job: JobId) {
        if let Some(token) = lock(&self.shared).live.get(&job) {
            token.cancel();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for token in lock(&self.shared).live.values() {
            token.cancel();
        }
        self.queues = None;
        for thread in self.threads.drain(..) {
            // A panic outside a job was already printed by the thread; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, EngineError> {
    let started = thread::Builder::new().name(name.into()).spawn(work);
    started.map_err(|error| {
        EngineError::Backend(format!("the thread \"{name}\" could not start: {error}"))
    })
}

/// What lives on the thread "estimates".
struct Asker {
    estimators: Estimators,
    outbox: Outbox,
}

impl Asker {
    /// Until the engine is dropped.
    fn serve(self, questions: &Receiver<Job>) {
        for Job { id, kind, cancel } in questions {
            if let JobKind::Estimate(request) = kind {
                let told = cancel.check().map_err(EngineError::from);
                let told = told.and_then(|()| self.estimators.estimate(&request));
                lock(&self.outbox.shared).live.remove(&id);
                self.outbox.send(id, EventKind::Estimated(told));
            }
        }
    }
}

/// What lives on the engine's thread.
struct Worker {
    backends: Vec<Box<dyn Backend>>,
    /// How many of them are no guests.
    own: usize,
    estimators: Estimators,
    outbox: Outbox,
}

impl Worker {
    /// Until the engine is dropped; jobs that still wait then are cancelled.
    fn serve(mut self, jobs: &Receiver<Job>) {
        for Job { id, kind, cancel } in jobs {
            let is_other = matches!(kind, JobKind::Model(..) | JobKind::Guests(_));
            let last = self.run(id, kind, &cancel);
            if is_other {
                self.estimators.renew(&self.backends);
            }
            let backends = statuses(&self.backends);
            let mut shared = lock(&self.outbox.shared);
            shared.live.remove(&id);
            shared.backends = backends;
            drop(shared);
            self.outbox.send(id, last);
        }
    }

    /// Returns the last event.
    fn run(&mut self, job: JobId, kind: JobKind, cancel: &CancelToken) -> EventKind {
        let Self {
            backends,
            own,
            outbox,
            ..
        } = self;
        let mut on_event = |kind| outbox.send(job, kind);
        match kind {
            JobKind::Decompose(request) => {
                let result = run(backends, &request, &mut on_event, cancel);
                EventKind::Finished(result.map(Box::new))
            }
            JobKind::Model(backend, command) => {
                let progress = Reporter::new(Followed::new(), &mut on_event, cancel);
                let work = || carry_out(backends, &backend, command, &progress);
                EventKind::Model(guarded(work))
            }
            JobKind::Estimate(request) => {
                let told = cancel.check().map_err(EngineError::from);
                EventKind::Estimated(told.and_then(|()| estimate(backends, &request)))
            }
            JobKind::Guests(guests) => {
                backends.truncate(*own);
                backends.extend(guests);
                EventKind::Joined
            }
        }
    }
}

fn carry_out(
    backends: &mut [Box<dyn Backend>],
    id: &str,
    command: ModelCommand,
    progress: &Reporter,
) -> Result<ModelStatus, EngineError> {
    progress.check()?;
    let found = backends.iter_mut().find(|backend| backend.id().id == id);
    let model = found.and_then(|backend| backend.model());
    let model = model.ok_or_else(|| {
        EngineError::InvalidRequest(format!(
            "no backend \"{id}\" has a model; choose one that has"
        ))
    })?;
    command.carry_out(model, progress)
}

#[derive(Clone)]
struct Outbox {
    shared: Arc<Mutex<Shared>>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    fn send(&self, job: JobId, kind: EventKind) {
        let can_be_missed = matches!(
            kind,
            EventKind::Progress { .. } | EventKind::Preview { .. } | EventKind::Caption(_)
        );
        let event = Event { job, kind };
        lock(&self.shared).receivers.retain(|receiver| {
            let is_missed = can_be_missed && receiver.len() >= WAITING_EVENTS;
            is_missed || receiver.send(event.clone()).is_ok()
        });
        (self.wake)();
    }
}

/// On whatever hardware each would choose.
fn statuses(backends: &[Box<dyn Backend>]) -> Vec<BackendStatus> {
    let hardware = Hardware::default();
    backends
        .iter()
        .map(|backend| backend.status(&hardware))
        .collect()
}

/// What the lock guards is valid after each statement, so a panic elsewhere does not spoil it.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
