use std::sync::Arc;

use engine::{Decomposition, EngineError, EventKind};
use import::{Picture, PictureFile};
use uuid::Uuid;

use crate::feed::Feeds;
use crate::metrics::Metrics;
use crate::store::{Job, Store};
use crate::{Limits, ServiceError};

/// What the threads and the server share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub store: Arc<Store>,
    pub feeds: Arc<Feeds>,
    pub metrics: Arc<Metrics>,
    pub limits: Arc<Limits>,
}

impl Shared {
    pub fn picture(&self, job: &Job) -> Result<Picture, EngineError> {
        PictureFile::read(&self.store.picture(&job.sha256))
            .and_then(|file| file.decode())
            .map_err(|error| EngineError::InvalidRequest(error.to_string()))
    }

    /// Unless it has ended before, as the next.
    pub fn end(&self, id: Uuid, decomposition: Box<Decomposition>) {
        let bytes = crate::store::bytes_below(&self.store.results(id));
        if self.log_error(self.store.done(id, bytes)) != Some(false) {
            self.say_last(id, Ok(decomposition));
        }
    }

    pub fn fail(&self, id: Uuid, error: &EngineError) {
        if self.log_error(self.store.failed(id, error)) != Some(false) {
            self.say_last(id, Err(error.clone()));
        }
    }

    /// Called once the end is in the database, so that a client that gets the event finds it there.
    pub fn say_last(&self, id: Uuid, result: Result<Box<Decomposition>, EngineError>) {
        self.metrics.ended(&result);
        self.feeds.open(id).push(&EventKind::Finished(result));
        self.feeds.close(id);
    }

    pub fn clean(&self) {
        self.log_error(self.store.remove_old(&self.limits));
    }

    /// What fails on a thread without a client is printed for whoever runs the server.
    pub fn log_error<T>(&self, result: Result<T, ServiceError>) -> Option<T> {
        result
            .inspect_err(|error| eprintln!("lamina: {error}"))
            .ok()
    }
}
