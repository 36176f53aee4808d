use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::transformer::Transformer;
use crate::{ModelError, Result};
use engine::Progress;

/// Ends all transformers' work when one fails.
#[derive(Default)]
pub(super) struct Abort {
    unwanted: AtomicBool,
    /// Whatever fails later does so because of it.
    cause: Mutex<Option<ModelError>>,
}

/// Also asks whether another transformer has failed.
pub(super) struct UntilAborted<'a> {
    pub progress: &'a dyn Progress,
    pub abort: &'a Abort,
}

impl Progress for UntilAborted<'_> {
    fn is_cancelled(&self) -> bool {
        self.abort.unwanted.load(Ordering::Relaxed) || self.progress.is_cancelled()
    }
}

impl Abort {
    /// What comes of a transformer's work; a failure ends the others'.
    pub fn note<T>(
        &self,
        transformer: &Transformer,
        work: impl FnOnce() -> Result<T>,
    ) -> Option<T> {
        let on_panic = OnPanic(self, transformer);
        let error = match work() {
            Ok(result) => return Some(result),
            Err(error) => error,
        };
        drop(on_panic);
        // All ranks leave off at the same block when cancelled, and stay fit for another run.
        let cancelled = matches!(error, ModelError::Cancelled);
        let mut cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        cause.get_or_insert(error);
        drop(cause);
        self.unwanted.store(true, Ordering::Relaxed);
        if !cancelled {
            transformer.give_up();
        }
        None
    }

    pub fn result(&self) -> Result<()> {
        let mut cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        cause.take().map_or(Ok(()), Err)
    }
}

/// Lets nobody wait for a thread that has panicked.
struct OnPanic<'a>(&'a Abort, &'a Transformer);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.unwanted.store(true, Ordering::Relaxed);
            self.1.give_up();
        }
    }
}
