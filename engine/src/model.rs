use std::path::PathBuf;

use crate::{BackendId, EngineError};

/// A backend's model as a user interface reaches it while the engine's thread owns the backend. Clones of one control
/// share one state; nothing here waits for a running job.
pub trait ModelControl: Send + Sync {
    /// The backend whose model it is.
    fn backend(&self) -> BackendId;

    /// The folder of the model, or `None` where none is chosen.
    fn folder(&self) -> Option<PathBuf>;

    /// Heeded by the next job. Fails when the folder holds no complete model, and then changes nothing.
    fn choose_folder(&self, folder: PathBuf) -> Result<(), EngineError>;

    /// Whether a model is in memory.
    fn is_loaded(&self) -> bool;

    /// Gives the model's memory back; `false` while a job runs.
    fn free(&self) -> bool;
}
