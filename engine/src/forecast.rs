//! How a job will run, and what it is expected to take.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{OffloadChoice, Precision, Tiling};

/// How a backend runs a job, decided before anything is loaded, and what it expects that to take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// "cuda:0 (NVIDIA H100 80GB HBM3)", or "cpu".
    pub devices: Vec<String>,
    pub precision: Precision,
    /// Where weights are while nothing computes with them.
    pub offload: String,
    /// Which way of them that is; `Auto` in what an earlier version wrote.
    #[serde(default)]
    pub offload_way: OffloadChoice,
    /// How several devices share the job.
    pub spread: String,
    pub tiling: Tiling,
    pub forecast: Forecast,
    /// All of it in one line, for people.
    pub summary: String,
}

/// What a job is expected to take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    pub seconds: f64,
    /// Bytes of the device at most, of several of the fullest.
    pub device_bytes: u64,
    /// Bytes of the computer's memory that weights stream from.
    pub host_bytes: u64,
}

impl fmt::Display for RunPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)
    }
}

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
