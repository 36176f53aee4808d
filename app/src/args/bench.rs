use std::path::PathBuf;

use engine::{Diffusion, Resolution};
use words::say;

use super::parse::one_of;
use super::place::{PlaceArgs, gib};

/// Options of `lamina bench`.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    #[arg(long, default_value = "640", value_parser = one_of::<Resolution>(Resolution::WORDS), value_name = "SIDE")]
    pub resolution: Resolution,

    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub layers: u32,

    /// Of the whole job; a shorter one without guidance runs before it
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub steps: u32,

    /// Tokens after which the caption is broken off; 0 leaves it out
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(0..=512))]
    pub caption_tokens: u32,

    /// So many more whole jobs, to see what each leaves behind
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub jobs: u32,

    /// One more whole job with step caching
    #[arg(long, value_name = "THRESHOLD", value_parser = threshold)]
    step_cache: Option<Option<f32>>,

    #[command(flatten)]
    pub place: PlaceArgs,

    /// Take the rest of the device away first, so that so many GiB are free
    #[arg(long, value_name = "GIB", value_parser = gib)]
    pub leave_free: Option<u64>,

    /// A transformer of so many blocks only
    #[arg(long, value_name = "N")]
    pub blocks: Option<usize>,

    /// The transformer of a file (safetensors or GGUF) in place of random weights; all else stays random
    #[arg(long, value_name = "FILE", conflicts_with_all = ["blocks", "tiny"])]
    pub transformer: Option<PathBuf>,

    /// A model small enough for any processor
    #[arg(long)]
    pub tiny: bool,

    /// Tell which kernels a forward's time goes to; needs CUPTI of CUDA's toolkit and two steps or more
    #[arg(long)]
    pub profile: bool,

    /// Only the job with guidance, for what it takes of memory
    #[arg(long, conflicts_with_all = ["jobs", "step_cache", "profile"])]
    pub brief: bool,

    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}

impl BenchArgs {
    pub fn step_cache(&self) -> Option<f32> {
        let named = self.step_cache?;
        Some(named.unwrap_or(Diffusion::STEP_CACHE))
    }
}

fn threshold(text: &str) -> Result<f32, &'static str> {
    let number = text.parse().ok();
    number
        .filter(|number| *number > 0.0 && *number <= 1.0)
        .ok_or(say!("argument-share"))
}
