use std::path::PathBuf;
use std::slice;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use qwen_image_layered::plan::KnownGpu;

use super::place::PlaceArgs;
use super::settings::SettingsArgs;

const ALL: &str = "all";

/// Options of `lamina plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub settings: SettingsArgs,

    #[command(flatten)]
    pub place: PlaceArgs,

    /// A transformer's file, or a model's folder, whose headers say how large it is [default: the published model]
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,

    /// Run the VAE in tiles
    #[arg(long)]
    pub vae_tiling: bool,

    /// Plan for this GPU instead of what this computer has, or for each that is known
    #[arg(id = "card", long = "card", value_name = "GPU", value_parser = known_gpus(), conflicts_with_all = ["device", "gpus"])]
    pub known_gpus: Option<KnownGpus>,
}

/// GPUs to plan for.
#[derive(Debug, Clone, Copy)]
pub struct KnownGpus(pub &'static [KnownGpu]);

fn known_gpus() -> impl TypedValueParser<Value = KnownGpus> {
    let names = KnownGpu::all().iter().map(|gpu| gpu.name).chain([ALL]);
    PossibleValuesParser::new(names).map(|name| {
        let named = KnownGpu::all().iter().find(|gpu| gpu.name == name);
        KnownGpus(named.map_or(KnownGpu::all(), slice::from_ref))
    })
}
