//! The second of a picture's three steps: from pixels to a backend's layers, here or wherever a worker takes the job.

use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Mutex, PoisonError};

use cluster::Cluster;
use engine::{
    Backend, CancelToken, DecomposeRequest, Decomposition, EngineError, EventKind, RawDecomposition,
};
use words::say;

use super::failure::Failure;
use super::open::OpenedPicture;
use super::write::Finished;
use super::{SkippedPicture, Step, Steps, thread};
use crate::queue;

/// Who decomposes.
pub enum Decomposers {
    /// One picture after the other, on the thread that has the backends.
    Backends(Vec<Box<dyn Backend>>),
    /// So many pictures at a time.
    Workers(Box<Cluster>, u16),
}

/// What they made.
pub enum Made {
    /// To be brought to the picture's size here.
    Layers(Box<engine::Made>),
    /// All is done.
    Whole(Box<Decomposition>),
}

/// From a request to layers, with events on the way.
type Make<'a> =
    dyn FnMut(&DecomposeRequest, &mut dyn FnMut(EventKind)) -> Result<Made, EngineError> + 'a;

impl Made {
    pub fn finish(
        self,
        on_event: &mut dyn FnMut(EventKind),
        cancel: &CancelToken,
    ) -> Result<Decomposition, EngineError> {
        match self {
            Self::Layers(made) => made.finish(on_event, cancel),
            Self::Whole(decomposition) => Ok(*decomposition),
        }
    }

    /// Workers keep them to themselves.
    pub fn into_raw(self) -> Result<RawDecomposition, EngineError> {
        match self {
            Self::Layers(made) => Ok(made.into_raw()),
            Self::Whole(_) => Err(EngineError::InvalidRequest(
                say!("batch-no-raw-layers").into(),
            )),
        }
    }
}

impl Steps<'_> {
    /// Until all are made.
    pub fn make(
        &self,
        opened: Receiver<Step<OpenedPicture>>,
        made: &SyncSender<Step<Finished>>,
        makers: &mut Decomposers,
    ) -> Result<(), Failure> {
        match makers {
            Decomposers::Backends(backends) => {
                let mut make = |request: &DecomposeRequest, on_event: &mut dyn FnMut(EventKind)| {
                    let made = engine::make(backends, request, on_event, self.cancel);
                    made.map(|made| Made::Layers(Box::new(made)))
                };
                for step in opened {
                    if made.send(self.made(step, &mut make)).is_err() {
                        break;
                    }
                }
                Ok(())
            }
            Decomposers::Workers(cluster, in_flight) => {
                let (cluster, opened) = (&**cluster, &Mutex::new(opened));
                std::thread::scope(|scope| {
                    for _ in 0..*in_flight {
                        thread(scope, "worker", move || self.ask(cluster, opened, made))?;
                    }
                    Ok(())
                })
            }
        }
    }

    /// One picture after the other, beside others that do the same.
    fn ask(
        &self,
        cluster: &Cluster,
        opened: &Mutex<Receiver<Step<OpenedPicture>>>,
        made: &SyncSender<Step<Finished>>,
    ) {
        let next = || opened.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let mut make = |request: &DecomposeRequest, on_event: &mut dyn FnMut(EventKind)| {
            let whole = queue::decompose(cluster, request, on_event, self.cancel);
            whole.map(|whole| Made::Whole(Box::new(whole)))
        };
        while let Ok(step) = next() {
            if made.send(self.made(step, &mut make)).is_err() {
                return;
            }
        }
    }

    fn made(&self, step: Step<OpenedPicture>, make: &mut Make) -> Step<Finished> {
        let opened = step?;
        let progress = self.progress.of(&opened.input, true);
        match make(&opened.request, &mut |event| progress.event(&event)) {
            Ok(made) => Ok(Finished { opened, made }),
            Err(error) => {
                let failure = Failure::engine(&opened.input, &error);
                Err(SkippedPicture::failed(opened.input, failure))
            }
        }
    }
}
