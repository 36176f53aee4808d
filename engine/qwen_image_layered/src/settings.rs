use std::path::PathBuf;

use crate::files::ModelSource;
use crate::gpus::{Gpus, SpreadWish};
use crate::pipeline::RunOptions;
use crate::placement::DeviceChoice;
use crate::plan::OffloadWish;
use crate::precision::Precision;

/// What the user sets for all jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    pub source: Option<ModelSource>,
    pub device: DeviceChoice,
    pub gpus: Gpus,
    pub spread: SpreadWish,
    pub precision: Precision,
    pub options: RunOptions,
    pub offload: OffloadWish,
    /// Bytes of the device to use at most.
    pub vram_budget: Option<u64>,
    /// A job that finds too little memory is run again with a smaller plan.
    pub retry: bool,
    /// Decode a look at the unfinished layers now and then.
    pub previews: bool,
    /// Write intermediate values here, see [`Dump`](crate::Dump).
    pub dump: Option<PathBuf>,
}
