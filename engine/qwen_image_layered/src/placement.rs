use std::str::FromStr;
use std::sync::OnceLock;

use candle_core::{DType, Device};

use crate::{ModelError, Result};

/// What can live on a device of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Language,
    Vision,
    Vae,
    /// What stands before and after the transformer's blocks.
    TransformerEnds,
    TransformerBlock(usize),
}

/// A device and the number type that is computed with on it.
#[derive(Debug, Clone)]
pub struct Place {
    pub device: Device,
    pub dtype: DType,
    /// Whether the linears' weights are in FP8.
    pub fp8: bool,
}

/// The one place that decides where each part of the model lives. Parts move their input to their own place, so a
/// different answer here needs no change elsewhere.
#[derive(Debug, Clone)]
pub struct Placement {
    everything: Place,
    blocks: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first CUDA device, or the processor where there is none.
    #[default]
    Auto,
    Cpu,
    Cuda(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// bf16 on a GPU, as the model was published; f32 on a processor.
    #[default]
    Auto,
    Bf16,
    /// The transformer's linears in FP8 (e4m3), the rest as in `Auto`. Half of `Bf16`'s memory.
    Fp8,
    F32,
}

impl FromStr for DeviceChoice {
    type Err = String;

    /// "auto", "cpu", "cuda" or "cuda:1".
    fn from_str(text: &str) -> std::result::Result<Self, String> {
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

impl FromStr for Precision {
    type Err = String;

    /// "auto", "bf16", "fp8" or "f32".
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "bf16" => Ok(Self::Bf16),
            "fp8" => Ok(Self::Fp8),
            "f32" => Ok(Self::F32),
            "f16" => Err("the model overflows in f16; choose auto, bf16, fp8 or f32".into()),
            _ => Err(format!(
                "\"{text}\" is no precision; choose auto, bf16, fp8 or f32"
            )),
        }
    }
}

impl Placement {
    /// Fails when the device does not exist or this build has no support for it.
    pub fn new(device: DeviceChoice, precision: Precision) -> Result<Self> {
        let device = match device {
            DeviceChoice::Cpu => Device::Cpu,
            DeviceChoice::Auto if has_gpu() => cuda(0)?,
            DeviceChoice::Auto => Device::Cpu,
            DeviceChoice::Cuda(index) => cuda(index)?,
        };
        let dtype = match (precision, device.is_cuda()) {
            (Precision::Bf16, _) | (Precision::Auto | Precision::Fp8, true) => DType::BF16,
            (Precision::F32, _) | (Precision::Auto | Precision::Fp8, false) => DType::F32,
        };
        let everything = Place {
            device,
            dtype,
            fp8: false,
        };
        // The blocks' attention and MLP matrices are nearly all of the weights and of the arithmetic, and what FP8 changes
        // in one of them is small beside the stream that its result is added to. The layers into and out of the stream
        // pass their error on whole, the modulation scales everything else, and the text encoder and the VAE run once.
        Ok(Self {
            blocks: Place {
                fp8: precision == Precision::Fp8,
                ..everything.clone()
            },
            everything,
        })
    }

    pub fn of(&self, part: Part) -> &Place {
        // One device for all until blocks can be offloaded.
        match part {
            Part::TransformerBlock(_) => &self.blocks,
            _ => &self.everything,
        }
    }
}

/// Whether this build can use a GPU and the computer has one. Looked up once.
pub(crate) fn has_gpu() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| cuda(0).is_ok())
}

fn cuda(index: usize) -> Result<Device> {
    let refused = |reason: String| ModelError::Device {
        device: format!("cuda:{index}"),
        reason,
    };
    if !candle_core::utils::cuda_is_available() {
        return Err(refused("this build has no CUDA support".into()));
    }
    Device::new_cuda(index).map_err(|error| refused(error.to_string()))
}
