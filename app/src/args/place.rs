use engine::{DeviceChoice, Gpus, Hardware, OffloadChoice, Precision, SpreadChoice, Tiling};
use qwen_image_layered::{ModelError, Placement};
use words::say;

/// Where the model is computed, and what may be taken of the devices.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Device and memory")]
pub struct PlaceArgs {
    /// auto, cpu or cuda:N; auto takes the GPU with the most free memory, or the processor where there is none and the model is small
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,

    /// auto, bf16, fp8, fp8-all (with attention), fp8-except:LIST (of attention, mlp and text) or f32; auto is bf16 on a GPU, or fp8 where bf16 has no
    /// room, and f32 on the processor
    #[arg(long, value_name = "PRECISION", default_value = "auto")]
    pub precision: Precision,

    /// auto, none, component (the text encoder and the transformer take turns on the device) or block (their layers stream
    /// from the computer's memory); auto takes the fastest that fits
    #[arg(long, value_name = "WAY", default_value = "auto")]
    pub offload: OffloadChoice,

    /// Several GPUs, by their numbers, used in the fastest way; or balanced, which spreads the transformer over all of them
    /// by their free memory
    #[arg(long, value_name = "N,M|balanced", conflicts_with = "device")]
    pub gpus: Option<Gpus>,

    /// How several GPUs are used: auto, guidance (one for each of a step's two passes), blocks (the transformer is spread over
    /// them) or sequence (they share the tokens of each pass; four or more also take each of two prompts by half of them); auto
    /// takes the fastest
    #[arg(long, value_name = "WAY", default_value = "auto", requires = "gpus")]
    pub spread: SpreadChoice,

    /// GiB of each device to use at most [default: what is free]
    #[arg(long, value_name = "GIB", value_parser = gib)]
    pub vram_budget: Option<u64>,
}

impl PlaceArgs {
    /// Fails when a device does not exist or this build cannot use it.
    pub fn placement(&self) -> Result<Placement, ModelError> {
        Placement::choose(self.device, &self.gpus(), self.precision)
    }

    /// Whether the user has chosen what computes.
    pub fn names_a_device(&self) -> bool {
        self.device != DeviceChoice::Auto || self.gpus.is_some()
    }

    pub fn gpus(&self) -> Gpus {
        self.gpus.clone().unwrap_or_default()
    }

    pub fn hardware(&self, tiling: Tiling, retry: bool) -> Hardware {
        Hardware {
            device: self.device,
            gpus: self.gpus(),
            spread: self.spread,
            precision: self.precision,
            offload: self.offload,
            tiling,
            vram_budget: self.vram_budget,
            retry,
        }
    }
}

/// Bytes of a number of GiB.
pub fn gib(text: &str) -> Result<u64, &'static str> {
    let number: f64 = text.parse().map_err(|_| say!("argument-gigabytes"))?;
    if number > 0.0 && number < 1e6 {
        Ok((number * f64::from(1 << 30)) as u64)
    } else {
        Err(say!("argument-above-zero"))
    }
}

/// An option that is off unless given leaves the choice to the planner.
pub fn tiling(asked_for: bool) -> Option<Tiling> {
    asked_for.then_some(Tiling::On)
}
