use std::sync::{Arc, Mutex, PoisonError};

use crate::{Backend, DecomposeRequest, EngineError, Estimate, estimate};

/// Beside backends that have jobs, what says meanwhile what others would take. Clones are the same.
#[derive(Clone)]
pub struct Estimators(Arc<Mutex<Vec<Box<dyn Backend>>>>);

impl Estimators {
    pub fn of(backends: &[Box<dyn Backend>]) -> Self {
        Self(Arc::new(Mutex::new(beside(backends))))
    }

    /// After a model was chosen, or other backends came.
    pub(crate) fn renew(&self, backends: &[Box<dyn Backend>]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = beside(backends);
    }

    /// Blocks, though for no job.
    pub fn estimate(&self, request: &DecomposeRequest) -> Result<Estimate, EngineError> {
        // A panic in one of them left it as it was.
        let mut estimators = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        estimate(&mut estimators, request)
    }
}

fn beside(backends: &[Box<dyn Backend>]) -> Vec<Box<dyn Backend>> {
    backends.iter().map(|backend| backend.estimator()).collect()
}
