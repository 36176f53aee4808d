use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::Lora;
use super::words::words;
use crate::EngineError;

/// What a diffusion model heeds of a request; other backends do not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Diffusion {
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
    /// All of them change the model at once.
    pub loras: Vec<Lora>,
    pub rng: Rng,
    /// Whose generator [`Rng::Cuda`] reproduces.
    pub rng_gpu: RngGpu,
}

/// The side of the square whose area the model works at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resolution {
    #[default]
    R640,
    R1024,
}

words!(Resolution, "resolution", { R640 => "640", R1024 => "1024" });

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaptionLanguage {
    #[default]
    English,
    Chinese,
}

words!(CaptionLanguage, "language of captions", { English => "en", Chinese => "zh" });

/// Which of torch's generators a seed reproduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rng {
    #[default]
    Cuda,
    Cpu,
}

words!(Rng, "random number generator", { Cuda => "cuda", Cpu => "cpu" });

/// A kind of GPU, for torch's numbers differ from one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RngGpu {
    /// Where the published samples were made; an H200's are the same.
    #[default]
    H100,
    H200,
    A100,
    L40s,
    Rtx5090,
    Rtx4090,
    Rtx3090,
}

words!(RngGpu, "GPU whose random numbers are known", {
    H100 => "h100",
    H200 => "h200",
    A100 => "a100",
    L40s => "l40s",
    Rtx5090 => "rtx-5090",
    Rtx4090 => "rtx-4090",
    Rtx3090 => "rtx-3090",
});

impl Resolution {
    /// In pixels.
    pub fn side(self) -> u32 {
        match self {
            Self::R640 => 640,
            Self::R1024 => 1024,
        }
    }
}

impl Default for Diffusion {
    /// The model card's settings: 640, 50 steps, guidance 4.0 normalised, negative prompt one space, English caption.
    fn default() -> Self {
        Self {
            resolution: Resolution::R640,
            steps: 50,
            guidance: 4.0,
            normalize: true,
            step_cache: None,
            prompt: String::new(),
            negative_prompt: Some(" ".into()),
            caption_language: CaptionLanguage::English,
            loras: Vec::new(),
            rng: Rng::Cuda,
            rng_gpu: RngGpu::H100,
        }
    }
}

impl Diffusion {
    pub const STEPS: RangeInclusive<u32> = 1..=1000;
    pub const GUIDANCE: RangeInclusive<f32> = 0.0..=100.0;
    /// A step cache's thresholds: more than 0, and at most 1.
    pub const STEP_CACHES: RangeInclusive<f32> = f32::MIN_POSITIVE..=1.0;
    /// A step cache's threshold where none is named: in the middle of what is of use.
    pub const STEP_CACHE: f32 = 0.12;
    /// In characters: far beyond the 512 tokens of a prompt that count; a guard against pasting a file by mistake.
    pub const LONGEST_PROMPT: usize = 20_000;

    /// Whether each step asks with the negative prompt too.
    pub fn is_guided(&self) -> bool {
        self.guidance > 1.0 && self.negative_prompt.is_some()
    }

    /// Whether the model describes the picture itself, by diffusers' rule.
    pub fn wants_caption(&self) -> bool {
        self.prompt.is_empty() || self.prompt == " "
    }

    pub(super) fn validate(&self) -> Result<(), EngineError> {
        let broken = if !Self::STEPS.contains(&self.steps) {
            format!(
                "{} steps were asked for; choose 1 to {}",
                self.steps,
                Self::STEPS.end()
            )
        } else if !Self::GUIDANCE.contains(&self.guidance) {
            format!(
                "guidance is {}; choose 0 to {}",
                self.guidance,
                Self::GUIDANCE.end()
            )
        } else if let Some(threshold) = self.step_cache
            && !Self::STEP_CACHES.contains(&threshold)
        {
            format!(
                "the step cache's threshold is {threshold}; choose more than 0 and at most 1, such as 0.1"
            )
        } else if let Some(lora) = self
            .loras
            .iter()
            .find(|lora| !Lora::STRENGTHS.contains(&lora.strength))
        {
            format!(
                "the strength of {} is {}; choose {} to {}",
                lora.file.display(),
                lora.strength,
                Lora::STRENGTHS.start(),
                Lora::STRENGTHS.end()
            )
        } else if too_long(&self.prompt) || self.negative_prompt.as_deref().is_some_and(too_long) {
            format!(
                "the prompt is too long; keep it under {} characters",
                Self::LONGEST_PROMPT
            )
        } else {
            return Ok(());
        };
        Err(EngineError::InvalidRequest(broken))
    }
}

fn too_long(prompt: &str) -> bool {
    prompt.chars().count() > Diffusion::LONGEST_PROMPT
}
