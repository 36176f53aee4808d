use qwen_image_layered::{DeviceChoice, Precision};

use super::memory::MemoryArgs;
use super::settings::SettingsArgs;

/// Options of `lamina plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,

    #[command(flatten)]
    pub memory: MemoryArgs,

    /// auto, cpu or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,

    /// auto, bf16 or f32
    #[arg(long, value_name = "PRECISION", default_value = "auto")]
    pub precision: Precision,

    /// Run the VAE in tiles
    #[arg(long)]
    pub vae_tiling: bool,
}
