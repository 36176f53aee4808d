/// Why a network gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    #[error("the job was cancelled")]
    Cancelled,
    #[error("the embedded {network} network cannot be read: {reason}")]
    Unreadable {
        network: &'static str,
        reason: String,
    },
    #[error("the {network} network failed: {reason}")]
    Failed {
        network: &'static str,
        reason: String,
    },
}
