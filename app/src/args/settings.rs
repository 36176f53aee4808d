use std::sync::Arc;

use engine::{
    BackendId, CaptionLanguage, Controls, DecomposeRequest, Diffusion, Layers, Lora, Resolution,
    Rng, RngGpu,
};
use image::RgbaImage;

use super::parse::{layers, number, one_of, whole};
use crate::backends::controls;

/// What is asked of the backend, which may heed less.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArgs {
    #[arg(long, value_name = "auto|N", default_value_t, value_parser = layers, allow_negative_numbers = true, help = help_of_layers())]
    layers: Layers,

    /// Side of the square whose area the model works at
    #[arg(long, value_name = "PIXELS", default_value = "640", value_parser = one_of::<Resolution>(Resolution::WORDS))]
    resolution: Resolution,

    /// Denoising steps, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = defaults().diffusion.steps, value_parser = whole::<u32>, allow_negative_numbers = true)]
    steps: u32,

    /// How much the prompt counts against the negative prompt, 0 to 100; 1 or less is off and twice as fast
    #[arg(long, value_name = "SCALE", default_value_t = defaults().diffusion.guidance, value_parser = number, allow_negative_numbers = true)]
    guidance: f32,

    /// Do not scale guided predictions back to the length of unguided ones
    #[arg(long)]
    no_normalize: bool,

    /// Reuse the last computed step where the next one begins alike: faster, and the layers differ a little. How much the
    /// beginnings may differ, more than 0 and at most 1; typical are 0.08 to 0.2 [default: off]
    #[arg(long, value_name = "THRESHOLD", value_parser = number, allow_negative_numbers = true)]
    step_cache: Option<f32>,

    /// What the picture shows [default: the model describes it itself]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    prompt: Option<String>,

    /// What to keep away from [default: one space]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    negative_prompt: Option<String>,

    /// No guidance, twice as fast
    #[arg(long, conflicts_with = "negative_prompt")]
    no_negative_prompt: bool,

    /// Language in which the model describes the picture
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = one_of::<CaptionLanguage>(CaptionLanguage::WORDS))]
    caption_language: CaptionLanguage,

    /// A LoRA that changes the model, and how much of it: 1 as it was trained [may be given several times]
    #[arg(long = "lora", value_name = "FILE[:STRENGTH]")]
    loras: Vec<Lora>,

    /// Another seed gives other layers
    #[arg(long, value_name = "N", default_value_t = defaults().seed, value_parser = whole::<u64>, allow_negative_numbers = true)]
    seed: u64,

    /// Which of torch's generators the seed reproduces
    #[arg(long, value_name = "KIND", default_value = "cuda", value_parser = one_of::<Rng>(Rng::WORDS))]
    rng: Rng,

    /// The GPU whose generator --rng cuda reproduces, for torch's differs from one to the next
    #[arg(long, value_name = "GPU", default_value = "h100", value_parser = one_of::<RngGpu>(RngGpu::WORDS))]
    rng_gpu: RngGpu,
}

/// The model card's settings are the defaults.
pub fn defaults() -> DecomposeRequest {
    DecomposeRequest::new(Arc::default())
}

fn help_of_layers() -> String {
    let of_backend = |(id, controls): &(BackendId, Controls)| {
        let most = controls.layers.range.end();
        let auto = match controls.auto_layers {
            Some(layers) => layers.to_string(),
            None => "all that it finds".to_owned(),
        };
        format!("{}: 1 to {most}, auto is {auto}", id.id)
    };
    let backends: Vec<_> = controls().iter().map(of_backend).collect();
    format!(
        "At most this many layers, or auto ({}); empty and equal ones are dropped",
        backends.join("; ")
    )
}

impl SettingsArgs {
    /// For a picture that is put in later: until then it is one pixel.
    pub fn request(&self) -> DecomposeRequest {
        let defaults = defaults();
        let negative_prompt = match self.no_negative_prompt {
            true => None,
            false => self
                .negative_prompt
                .clone()
                .or(defaults.diffusion.negative_prompt.clone()),
        };
        DecomposeRequest {
            source: Arc::new(RgbaImage::new(1, 1)),
            layers: self.layers,
            seed: self.seed,
            diffusion: Diffusion {
                resolution: self.resolution,
                steps: self.steps,
                guidance: self.guidance,
                normalize: !self.no_normalize,
                step_cache: self.step_cache,
                prompt: self.prompt.clone().unwrap_or_default(),
                negative_prompt,
                caption_language: self.caption_language,
                loras: self.loras.clone(),
                rng: self.rng,
                rng_gpu: self.rng_gpu,
            },
            ..defaults
        }
    }
}
