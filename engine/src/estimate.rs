use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::{Backend, DecomposeRequest, EngineError, estimate};

/// What a backend expects a job to take, before it is begun and without loading anything for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Without bringing the layers to the picture's size and reading them.
    pub seconds: f64,
    pub devices: Vec<DeviceEstimate>,
    /// Bytes of the computer's memory that weights stream from.
    pub host_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceEstimate {
    /// "NVIDIA H100 80GB HBM3", or "processor".
    pub device: String,
    /// At most.
    pub bytes: u64,
}

/// As memory is told to people.
pub fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

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
