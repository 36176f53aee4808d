/// Why a picture was not read. Each message is one sentence for the user.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OcrError {
    #[error("reading was cancelled")]
    Cancelled,
    /// The network could not be loaded or run.
    #[error("the text could not be read: {0}")]
    Network(String),
}
