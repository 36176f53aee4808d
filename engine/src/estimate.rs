use serde::{Deserialize, Serialize};

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
