use crossbeam_channel::Receiver;

use crate::{Backend, BackendStatus, DecomposeRequest, EngineError, Event, JobId};

/// The thread "engine" that owns the backends. Jobs run one after the other in the order they were submitted. Dropping
/// it cancels what runs and joins the thread.
pub struct Engine {}

impl Engine {
    /// `backends` in order of preference for `BackendChoice::Auto`. `wake` is called after each event was sent, from the
    /// engine's thread (the editor passes `request_repaint`).
    pub fn spawn(backends: Vec<Box<dyn Backend>>, wake: impl Fn() + Send + 'static) -> Result<Self, EngineError> {
        todo!()
    }

    /// As they were when the engine started or the last job ended.
    pub fn backends(&self) -> Vec<BackendStatus> {
        todo!()
    }

    /// Never blocks. A request that is out of range is refused here.
    pub fn submit(&self, request: DecomposeRequest) -> Result<JobId, EngineError> {
        todo!()
    }

    /// Stops the job whether it runs or waits; its last event is `Finished(Err(Cancelled))`. A finished job is left alone.
    pub fn cancel(&self, job: JobId) {
        todo!()
    }

    /// Bounded; a slow reader loses progress and previews but never `Started` or `Finished`.
    pub fn events(&self) -> &Receiver<Event> {
        todo!()
    }
}
