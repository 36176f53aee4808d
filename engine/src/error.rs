/// Why a job gave no layers. Each message is one sentence for the user, with what to do where there is something.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    #[error("the job was cancelled")]
    Cancelled,
    /// A field of the request is out of range.
    #[error("{0}")]
    InvalidRequest(String),
    #[error("there is no backend named \"{0}\"; choose one of: {1}")]
    UnknownBackend(String, String),
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
