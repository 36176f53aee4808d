use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Progress;

/// Stops a job. Clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

/// What a job that was stopped returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the job was cancelled")]
pub struct Cancelled;

impl CancelToken {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// For the `?` of a long loop.
    pub fn check(&self) -> Result<(), Cancelled> {
        Progress::check(self)
    }
}

/// Of work that can be stopped and tells nothing.
impl Progress for CancelToken {
    fn is_cancelled(&self) -> bool {
        self.is_cancelled()
    }
}
