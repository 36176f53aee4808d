use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Precision;
use super::words::{serde_by_text, words};

/// Where a job computes and what it may take of the devices. What is `Auto` the backend decides, and its report says how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hardware {
    pub device: DeviceChoice,
    /// Several GPUs in place of `device`.
    pub gpus: Gpus,
    pub spread: SpreadChoice,
    pub precision: Precision,
    pub offload: OffloadChoice,
    pub tiling: Tiling,
    /// Bytes of each device to use at most; all that is free without.
    pub vram_budget: Option<u64>,
    /// A job that finds too little memory is run again with a smaller plan.
    pub retry: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The CUDA device with the most free memory, or the processor where there is none.
    #[default]
    Auto,
    Cpu,
    Cuda(usize),
}

/// The GPUs that the user gives to a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Gpus {
    /// The one that the device names.
    #[default]
    One,
    /// All there are, with the transformer's blocks spread over them.
    Balanced,
    /// These, used in the fastest way.
    Named(Vec<usize>),
}

/// How several GPUs are to share a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SpreadChoice {
    /// The fastest way.
    #[default]
    Auto,
    /// A GPU for each of a step's two prompts.
    Guidance,
    /// Several GPUs for each prompt, which share its tokens.
    Sequence,
    /// The transformer's blocks are on one GPU or another.
    Blocks,
}

words!(SpreadChoice, "way to use several GPUs", {
    Auto => "auto",
    Guidance => "guidance",
    Sequence => "sequence",
    Blocks => "blocks",
});

/// Where weights are while nothing computes with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OffloadChoice {
    /// The fastest that fits.
    #[default]
    Auto,
    /// All stay on the device.
    None,
    /// The text encoder and the transformer make room for each other.
    Component,
    /// Their layers stream from the computer's memory.
    Block,
}

words!(OffloadChoice, "way to offload", {
    Auto => "auto",
    None => "none",
    Component => "component",
    Block => "block",
});

/// Whether large pictures go through the VAE in overlapping tiles. That bounds memory, but attention then sees only a
/// tile, which can show as seams in flat areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tiling {
    /// Only where nothing else fits.
    #[default]
    Off,
    On,
}

words!(Tiling, "choice of tiling", { Off => "off", On => "on" });

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    /// "auto", "cpu", "cuda" or "cuda:1".
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|index| index.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| format!("\"{text}\" is no device; choose auto, cpu or cuda:N")),
        }
    }
}

impl fmt::Display for Gpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => f.write_str("one"),
            Self::Balanced => f.write_str("balanced"),
            Self::Named(numbers) => {
                let numbers: Vec<_> = numbers.iter().map(usize::to_string).collect();
                f.write_str(&numbers.join(","))
            }
        }
    }
}

impl FromStr for Gpus {
    type Err = String;

    /// "one", "balanced", or numbers such as "0,1".
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "one" => return Ok(Self::One),
            "balanced" => return Ok(Self::Balanced),
            _ => {}
        }
        let numbers = text.split(',').map(str::parse).collect::<Result<_, _>>();
        let mut numbers: Vec<usize> = numbers.map_err(|_| {
            format!("\"{text}\" names no GPUs; choose balanced or numbers such as 0,1")
        })?;
        let named = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        match numbers.len() == named {
            true => Ok(Self::Named(numbers)),
            false => Err(format!("\"{text}\" names a GPU twice; name each once")),
        }
    }
}

serde_by_text!(DeviceChoice);
serde_by_text!(Gpus);
