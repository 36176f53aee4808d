use serde::{Deserialize, Serialize};

use crate::Cancelled;

/// Why a job gave no layers. Each message is one sentence for the user, with what to do where there is something. Its text
/// form is the variant's name with its fields; [`crate::Versioned`] gives that a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum EngineError {
    #[error("the job was cancelled")]
    Cancelled,
    /// A field of the request is out of range.
    #[error("{0}")]
    InvalidRequest(String),
    /// `known`: the ids that there are.
    #[error("there is no backend named \"{asked}\"; choose one of: {known}")]
    UnknownBackend { asked: String, known: String },
    #[error("the {backend} backend cannot run here: {reason}")]
    Unavailable { backend: String, reason: String },
    /// The files of a model, or the device it should run on; says which and what to do.
    #[error("{0}")]
    UnusableModel(String),
    /// `BackendChoice::Auto` found none that is ready; each one's reason.
    #[error("no backend can run here: {0}")]
    NoBackend(String),
    #[error("not enough memory for {what}; {advice}")]
    OutOfMemory { what: String, advice: String },
    /// The backend itself failed.
    #[error("{0}")]
    Backend(String),
    #[error("the engine thread has ended; restart the program")]
    EngineGone,
    #[error("too many jobs are waiting; wait for one to finish")]
    QueueFull,
}

impl From<Cancelled> for EngineError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
