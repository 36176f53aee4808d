use crate::device::memory::tells_of_no_memory;

/// `cudnnStatus_t`; 0 is success.
pub(super) type Status = u32;

pub(super) type Result<T, E = CudnnError> = std::result::Result<T, E>;

/// What keeps cuDNN from being used.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum CudnnError {
    #[error("cuDNN 9 was not found ({0})")]
    NotFound(String),
    #[error("cuDNN {found} is too old, {needed} or newer is needed")]
    TooOld { found: String, needed: String },
    #[error("cuDNN's {call} failed: {reason} ({status})")]
    Call {
        call: &'static str,
        status: Status,
        reason: String,
    },
    /// No engine serves this operation at this size on this device.
    #[error("cuDNN does not support this operation here")]
    Unsupported,
}

impl CudnnError {
    /// Whether the device had no room, which may be otherwise next time.
    pub fn is_of_memory(&self) -> bool {
        tells_of_no_memory(&self.to_string())
    }
}

/// Of a function that the library lacks.
impl From<String> for CudnnError {
    fn from(reason: String) -> Self {
        Self::NotFound(reason)
    }
}

impl From<CudnnError> for candle_core::Error {
    fn from(error: CudnnError) -> Self {
        Self::wrap(error)
    }
}
