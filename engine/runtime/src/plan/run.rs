use std::fmt;

use engine::{DeviceEstimate, Estimate, Forecast, OffloadChoice, Precision, RunPlan, Tiling, gib};

use super::several_gpus::peaks;
use super::sizes::Sizes;
use super::task::Task;
use crate::offload::Offload;
use crate::placement::{Placement, device_name};
use crate::spread::Spread;

/// How a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub precision: Precision,
    pub offload: Offload,
    pub tiling: Tiling,
    /// By fused kernels, which keep less in memory than candle's operations.
    pub fused: bool,
}

/// How a job runs, and what it will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub run: Run,
    pub spread: Spread,
    /// Bytes of the device at most, of several of the fullest.
    pub peak: u64,
    /// Bytes of the computer's memory that weights stream from.
    pub host: u64,
    pub seconds: f64,
}

/// No plan fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooSmall {
    Device {
        /// Bytes that the smallest plan takes, and those there are.
        needed: u64,
        free: u64,
        alternative: Option<Alternative>,
    },
    /// The way that was asked for to use several devices; a sentence that says why not.
    Spread(&'static str),
    /// The computer's memory has no room for the weights that stream to the device, or for all of the model on a processor.
    Host { needed: u64, free: u64 },
}

/// What would fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// The same job without a caption.
    Prompt,
    /// So many layers at 640.
    Layers(u32),
}

impl Plan {
    pub(super) fn streams(&self) -> bool {
        matches!(self.run.offload, Offload::Block(_))
    }

    /// Where everything lives as this plan has it.
    pub fn placed(&self, placement: Placement) -> Placement {
        placement
            .with_offload(self.run.offload)
            .with_spread(self.spread.clone())
            .with_fp8(self.run.precision.fp8())
    }

    /// For whoever asks before the job is begun.
    pub fn estimate(&self, placement: &Placement, sizes: &Sizes, task: &Task) -> Estimate {
        let peaks = peaks(sizes, task, self.run, &self.spread);
        let devices = placement.devices().into_iter().zip(peaks);
        let devices = devices.map(|(device, bytes)| DeviceEstimate {
            device: device_name(&device),
            bytes,
        });
        Estimate {
            seconds: self.seconds,
            devices: devices.collect(),
            host_bytes: self.host,
        }
    }

    /// As a job's report and its events have it.
    pub fn told(&self, placement: &Placement) -> RunPlan {
        RunPlan {
            devices: placement.devices().iter().map(device_name).collect(),
            precision: self.run.precision,
            offload: self.run.offload.to_string(),
            offload_way: match self.run.offload {
                Offload::None => OffloadChoice::None,
                Offload::Component => OffloadChoice::Component,
                Offload::Block(_) => OffloadChoice::Block,
            },
            spread: self.spread.to_string(),
            tiling: self.run.tiling,
            forecast: Forecast {
                seconds: self.seconds,
                device_bytes: self.peak,
                host_bytes: self.host,
            },
            summary: self.to_string(),
        }
    }
}

impl fmt::Display for Plan {
    /// "bf16, everything stays on the device; at most 47.1 GiB, about 1 min 5 s", and where weights stream "at most 9.1 GiB
    /// and 15.1 GiB of the computer's memory".
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}, ", self.run.precision)?;
        match self.run.offload {
            Offload::None => f.write_str("everything stays on the device")?,
            Offload::Component => {
                f.write_str("the text encoder and the transformer take turns on the device")?;
            }
            Offload::Block(resident) => write!(
                f,
                "{} of the transformer's blocks stay on the device and the others stream through it",
                resident.blocks
            )?,
        }
        if self.run.tiling == Tiling::On {
            f.write_str(", pictures are encoded and decoded in tiles")?;
        }
        if self.spread != Spread::One {
            write!(f, ", {}", self.spread)?;
        }
        let seconds = self.seconds.round() as u64;
        let (minutes, hours) = (seconds / 60, seconds / 3600);
        write!(f, "; at most {:.1} GiB", gib(self.peak))?;
        if self.host > 0 {
            write!(f, " and {:.1} GiB of the computer's memory", gib(self.host))?;
        }
        f.write_str(", about ")?;
        match (minutes, hours) {
            (0, _) => write!(f, "{seconds} s"),
            (_, 0) => write!(f, "{minutes} min {} s", seconds % 60),
            (_, 1..48) => write!(f, "{hours} h {} min", minutes % 60),
            _ => write!(f, "{} days", hours / 24),
        }
    }
}

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            Self::Device {
                needed,
                free,
                alternative,
            } => {
                let (needed, free) = (gib(needed), gib(free));
                write!(
                    f,
                    "the device has {free:.1} GiB free and this job needs {needed:.1} GiB"
                )?;
                match alternative {
                    Some(Alternative::Prompt) => f.write_str(
                        "; it would fit with a prompt, for then the model has no caption to write",
                    ),
                    Some(Alternative::Layers(1)) => f.write_str("; 1 layer at 640 would fit"),
                    Some(Alternative::Layers(layers)) => {
                        write!(f, "; {layers} layers at 640 would fit")
                    }
                    None => f.write_str("; close what else uses the device, or choose another one"),
                }
            }
            Self::Spread(reason) => f.write_str(reason),
            Self::Host { needed, free } => write!(
                f,
                "the computer has {:.1} GiB of memory free and this job keeps {:.1} GiB there; close other programs or add memory",
                gib(free),
                gib(needed)
            ),
        }
    }
}
