use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};

use crate::{
    Backend, BackendStatus, CancelToken, DecomposeRequest, EngineError, Event, EventKind, Hardware,
    JobId, run,
};

/// Jobs that can wait. A person queues a few; a script should wait for its own.
const WAITING_JOBS: usize = 16;
/// Events that can wait for the reader.
const WAITING_EVENTS: usize = 256;
/// The last places are kept for `Started` and `Finished`, so that a slow reader seldom holds up the engine for them.
const WAITING_PROGRESS: usize = WAITING_EVENTS - 2 * (WAITING_JOBS + 1);

/// The thread "engine" that owns the backends. Jobs run one after the other in the order they were submitted. Dropping
/// it cancels what runs and joins the thread.
pub struct Engine {
    shared: Arc<Mutex<Shared>>,
    events: Receiver<Event>,
    /// `Some` until dropped. Dropping the senders ends the thread.
    link: Option<Link>,
    thread: Option<JoinHandle<()>>,
}

struct Link {
    work: Sender<Work>,
    /// Nothing is sent; its end frees a thread that waits for a reader.
    _open: Sender<()>,
}

enum Work {
    Job(Box<Job>),
    /// Ask the backends what they say of themselves now.
    Refresh,
}

struct Job {
    id: JobId,
    request: DecomposeRequest,
    cancel: CancelToken,
}

#[derive(Default)]
struct Shared {
    submitted: u64,
    /// Jobs that wait or run.
    live: HashMap<JobId, CancelToken>,
    backends: Vec<BackendStatus>,
    /// `backends` was asked anew since [`Engine::changed_backends`].
    asked_anew: bool,
}

impl Engine {
    /// `backends` in order of preference for `BackendChoice::Auto`. `wake` is called after each event was sent, from the
    /// engine's thread (the editor passes `request_repaint`). Fails when the system gives no thread.
    pub fn spawn(
        backends: Vec<Box<dyn Backend>>,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Self, EngineError> {
        let (work_sender, work) = bounded(WAITING_JOBS);
        let (event_sender, events) = bounded(WAITING_EVENTS);
        let (open, closed) = bounded(0);
        let shared = Arc::new(Mutex::new(Shared {
            backends: statuses(&backends),
            ..Shared::default()
        }));
        let worker = Worker {
            backends,
            shared: Arc::clone(&shared),
            outbox: Outbox {
                events: event_sender,
                closed,
                wake: Box::new(wake),
            },
        };
        let thread = thread::Builder::new()
            .name("engine".into())
            .spawn(move || worker.serve(&work))
            .map_err(|error| {
                EngineError::Backend(format!("the engine thread could not start: {error}"))
            })?;
        Ok(Self {
            shared,
            events,
            link: Some(Link {
                work: work_sender,
                _open: open,
            }),
            thread: Some(thread),
        })
    }

    /// As they were when the engine started, the last job ended, or the last [`Self::refresh`] was heeded.
    pub fn backends(&self) -> Vec<BackendStatus> {
        lock(&self.shared).backends.clone()
    }

    /// The same, when they were asked anew since this was called last.
    pub fn changed_backends(&self) -> Option<Vec<BackendStatus>> {
        let mut shared = lock(&self.shared);
        std::mem::take(&mut shared.asked_anew).then(|| shared.backends.clone())
    }

    /// Has the backends asked anew what they say of themselves, after the jobs that wait; `wake` is called then.
    pub fn refresh(&self) {
        if let Some(link) = &self.link {
            // Refused only behind waiting jobs, whose ends do the same.
            let _ = link.work.try_send(Work::Refresh);
        }
    }

    /// Never blocks. A request that is out of range is refused here.
    pub fn submit(&self, request: DecomposeRequest) -> Result<JobId, EngineError> {
        request.validate()?;
        let link = self.link.as_ref().ok_or(EngineError::EngineGone)?;
        let mut shared = lock(&self.shared);
        let id = JobId(shared.submitted);
        let cancel = CancelToken::default();
        link.work
            .try_send(Work::Job(Box::new(Job {
                id,
                request,
                cancel: cancel.clone(),
            })))
            .map_err(|error| match error {
                TrySendError::Full(_) => EngineError::QueueFull,
                TrySendError::Disconnected(_) => EngineError::EngineGone,
            })?;
        shared.submitted += 1;
        shared.live.insert(id, cancel);
        Ok(id)
    }

    /// Stops the job whether it runs or waits; its last event is `Finished(Err(Cancelled))`, which a waiting job gets
    /// when its turn comes. A finished job is left alone.
    pub fn cancel(&self, job: JobId) {
        if let Some(token) = lock(&self.shared).live.get(&job) {
            token.cancel();
        }
    }

    /// Bounded; a slow reader loses progress, previews and unfinished captions but never `Started` or `Finished`.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for token in lock(&self.shared).live.values() {
            token.cancel();
        }
        self.link = None;
        if let Some(thread) = self.thread.take() {
            // A panic outside a job was already printed by the thread; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// What lives on the engine's thread.
struct Worker {
    backends: Vec<Box<dyn Backend>>,
    shared: Arc<Mutex<Shared>>,
    outbox: Outbox,
}

impl Worker {
    /// Until the engine is dropped; jobs that still wait then are cancelled.
    fn serve(mut self, work: &Receiver<Work>) {
        for work in work {
            let job = match work {
                Work::Job(job) => job,
                Work::Refresh => {
                    self.refresh();
                    (self.outbox.wake)();
                    continue;
                }
            };
            let result = self.run(&job);
            lock(&self.shared).live.remove(&job.id);
            self.refresh();
            self.outbox.send(Event {
                job: job.id,
                kind: EventKind::Finished(result.map(Box::new)),
            });
        }
    }

    fn refresh(&self) {
        let backends = statuses(&self.backends);
        let mut shared = lock(&self.shared);
        shared.backends = backends;
        shared.asked_anew = true;
    }

    fn run(&mut self, job: &Job) -> Result<crate::Decomposition, EngineError> {
        let Self {
            backends, outbox, ..
        } = self;
        let mut on_event = |kind| outbox.send(Event { job: job.id, kind });
        run(backends, &job.request, &mut on_event, &job.cancel)
    }
}

struct Outbox {
    events: Sender<Event>,
    closed: Receiver<()>,
    wake: Box<dyn Fn() + Send>,
}

impl Outbox {
    fn send(&self, event: Event) {
        let can_be_missed = matches!(
            event.kind,
            EventKind::Progress { .. } | EventKind::Preview(_) | EventKind::Caption(_)
        );
        if can_be_missed && self.events.len() >= WAITING_PROGRESS {
            return;
        }
        select! {
            send(self.events, event) -> _ => (self.wake)(),
            recv(self.closed) -> _ => {}
        }
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
