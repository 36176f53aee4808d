use std::sync::Arc;

use image::RgbaImage;
use serde::Serialize;

use crate::{EngineError, Layers};

const MAX_STEPS: u32 = 1000;
const MAX_GUIDANCE: f32 = 100.0;
/// Far beyond the 1024 tokens that the text encoder keeps; a guard against pasting a file by mistake.
const MAX_PROMPT_CHARS: usize = 20_000;

/// Everything that affects the pixels of a decomposition: equal requests on the same build give equal layers.
/// Fields that a backend does not use (see [`crate::Controls`]) are ignored by it.
#[derive(Debug, Clone, Serialize)]
pub struct DecomposeRequest {
    /// Straight alpha, sRGB.
    #[serde(skip)]
    pub source: Arc<RgbaImage>,
    pub backend: BackendChoice,
    /// How many layers; 1 to 64, or as many as the backend can make (see [`crate::Controls`]). Empty and equal layers are dropped.
    pub layers: Layers,
    pub resolution: Resolution,
    /// Denoising steps, 1 to 1000.
    pub steps: u32,
    /// diffusers' `true_cfg_scale`; 1 means no guidance.
    pub guidance: f32,
    /// diffusers' `cfg_normalize`.
    pub normalize: bool,
    /// First-block cache: a step that begins nearly as the last computed one is not computed, but does what that one did.
    /// More than 0 and at most 1: the share by which the first block's work may differ; typically 0.08 to 0.2. Off by
    /// default.
    pub step_cache: Option<f32>,
    /// What the picture shows; empty lets the model caption it.
    pub prompt: String,
    /// `None` means no guidance.
    pub negative_prompt: Option<String>,
    pub caption_language: CaptionLanguage,
    pub seed: u64,
    pub rng: Rng,
    /// Bring the layers to the source's size and colours; otherwise they stay the backend's own.
    pub rebuild: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendChoice {
    /// The first backend, in the order they were given to the engine, that can run here.
    #[default]
    Auto,
    /// A backend by its id; it runs or the job fails, no other takes its place.
    Named(String),
}

/// The side of the square whose area the model works at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Resolution {
    #[default]
    #[serde(rename = "640")]
    R640,
    #[serde(rename = "1024")]
    R1024,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptionLanguage {
    #[default]
    English,
    Chinese,
}

/// Which of torch's generators a seed reproduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rng {
    #[default]
    Cuda,
    Cpu,
}

impl DecomposeRequest {
    /// A step cache's threshold where none is named: in the middle of what is of use.
    pub const STEP_CACHE: f32 = 0.12;

    /// The model card's settings: 640, 50 steps, guidance 4.0 normalised, negative prompt one space,
    /// English caption, seed 777; and as many layers as the backend sees fit.
    pub fn new(source: Arc<RgbaImage>) -> Self {
        Self {
            source,
            backend: BackendChoice::Auto,
            layers: Layers::Auto,
            resolution: Resolution::R640,
            steps: 50,
            guidance: 4.0,
            normalize: true,
            step_cache: None,
            prompt: String::new(),
            negative_prompt: Some(" ".into()),
            caption_language: CaptionLanguage::English,
            seed: 777,
            rng: Rng::Cuda,
            rebuild: true,
        }
    }

    /// Checked before a job starts, so that nothing long runs on a request that cannot succeed.
    pub fn validate(&self) -> Result<(), EngineError> {
        let broken = if self.source.width() == 0 || self.source.height() == 0 {
            "the picture is empty; open one that has pixels".to_owned()
        } else if let Layers::AtMost(layers) = self.layers
            && !(1..=Layers::MAX).contains(&layers)
        {
            format!(
                "{layers} layers were asked for; choose 1 to {}",
                Layers::MAX
            )
        } else if !(1..=MAX_STEPS).contains(&self.steps) {
            format!(
                "{} steps were asked for; choose 1 to {MAX_STEPS}",
                self.steps
            )
        } else if !(0.0..=MAX_GUIDANCE).contains(&self.guidance) {
            format!("guidance is {}; choose 0 to {MAX_GUIDANCE}", self.guidance)
        } else if let Some(threshold) = self.step_cache
            && !(threshold > 0.0 && threshold <= 1.0)
        {
            format!(
                "the step cache's threshold is {threshold}; choose more than 0 and at most 1, such as 0.1"
            )
        } else if too_long(&self.prompt) || self.negative_prompt.as_deref().is_some_and(too_long) {
            format!("the prompt is too long; keep it under {MAX_PROMPT_CHARS} characters")
        } else {
            return Ok(());
        };
        Err(EngineError::InvalidRequest(broken))
    }
}

fn too_long(prompt: &str) -> bool {
    prompt.chars().count() > MAX_PROMPT_CHARS
}
