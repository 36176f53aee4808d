use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{
    BackendId, CaptionLanguage, DecomposeRequest, Diffusion, EngineError, Layers, Lora, Resolution,
};

/// What a backend heeds of a request, and what it takes there. A field that has no control here it ignores; `rebuild` is
/// heeded by all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Controls {
    /// At most so many; the default is one to begin with where the user wants a number.
    pub layers: Number<u32>,
    /// What [`Layers::Auto`] stands for where that is a number; `None` where the backend finds out from the picture.
    pub auto_layers: Option<u32>,
    pub resolution: Option<Choice<Resolution>>,
    pub steps: Option<Number<u32>>,
    /// The threshold where the step cache is on; by default it is off.
    pub step_cache: Option<Number<f32>>,
    pub guidance: Option<Number<f32>>,
    /// Whether guidance is normalised, by default.
    pub normalize: Option<bool>,
    pub prompt: Option<Text>,
    pub negative_prompt: Option<Text>,
    pub caption_language: Option<Choice<CaptionLanguage>>,
    pub seed: Option<Number<u64>>,
    /// The strength of a LoRA, of which there may be any number; by default there is none.
    pub loras: Option<Number<f32>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Number<T> {
    /// What is accepted.
    pub range: RangeInclusive<T>,
    /// What is of use: where a slider begins and ends.
    pub usual: RangeInclusive<T>,
    pub default: T,
    pub unit: Unit,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice<T> {
    pub all: Vec<T>,
    pub default: T,
    pub unit: Option<Unit>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// Characters at most.
    pub longest: usize,
    pub default: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Whole things: layers, steps.
    Count,
    /// Of a square's side.
    Pixels,
    /// Times something.
    Factor,
    /// Of a whole, which is 1.
    Share,
    /// One of many numbers that mean nothing by themselves.
    Seed,
}

impl Controls {
    /// Of a backend that makes so many layers at most and heeds nothing else.
    pub fn layers_only(most: u32) -> Self {
        const TO_BEGIN_WITH: u32 = 8;
        Self {
            layers: Number::count(1..=most, most, TO_BEGIN_WITH.min(most)),
            auto_layers: None,
            resolution: None,
            steps: None,
            step_cache: None,
            guidance: None,
            normalize: None,
            prompt: None,
            negative_prompt: None,
            caption_language: None,
            seed: None,
            loras: None,
        }
    }

    /// Of a diffusion model that heeds all of [`Diffusion`], makes so many layers at most, and so many by default.
    pub fn of_diffusion(most: u32, layers: u32) -> Self {
        const USUAL_STEPS: u32 = 100;
        let default = DecomposeRequest::new(Default::default());
        let Diffusion {
            resolution,
            steps,
            guidance,
            normalize,
            prompt,
            negative_prompt,
            caption_language,
            ..
        } = default.diffusion;
        let text = |default| Text {
            longest: Diffusion::LONGEST_PROMPT,
            default,
        };
        Self {
            layers: Number::count(1..=most, most, layers),
            auto_layers: Some(layers),
            resolution: Some(Choice {
                all: vec![Resolution::R640, Resolution::R1024],
                default: resolution,
                unit: Some(Unit::Pixels),
            }),
            steps: Some(Number::count(Diffusion::STEPS, USUAL_STEPS, steps)),
            step_cache: Some(Number {
                range: Diffusion::STEP_CACHES,
                usual: 0.08..=0.2,
                default: Diffusion::STEP_CACHE,
                unit: Unit::Share,
            }),
            guidance: Some(Number {
                range: Diffusion::GUIDANCE,
                usual: 1.0..=10.0,
                default: guidance,
                unit: Unit::Factor,
            }),
            normalize: Some(normalize),
            prompt: Some(text(prompt)),
            negative_prompt: negative_prompt.map(text),
            caption_language: Some(Choice {
                all: vec![CaptionLanguage::English, CaptionLanguage::Chinese],
                default: caption_language,
                unit: None,
            }),
            seed: Some(Number {
                range: 0..=u64::MAX,
                usual: 0..=999_999_999,
                default: default.seed,
                unit: Unit::Seed,
            }),
            loras: Some(Number {
                range: Lora::STRENGTHS,
                usual: -1.0..=2.0,
                default: 1.0,
                unit: Unit::Factor,
            }),
        }
    }

    /// Refuses to make more layers than `backend` can.
    pub fn check_layers(&self, backend: &BackendId, layers: Layers) -> Result<(), EngineError> {
        let (label, most) = (&backend.label, self.layers.range.end());
        match layers {
            Layers::AtMost(asked) if asked > *most => Err(EngineError::InvalidRequest(format!(
                "{asked} layers were asked for and {label} makes at most {most}; choose 1 to {most}"
            ))),
            _ => Ok(()),
        }
    }

    /// Gives each field that is heeded its default, and leaves the others.
    pub fn set_defaults(&self, request: &mut DecomposeRequest) {
        fn set<T: Clone>(field: &mut T, default: Option<&T>) {
            if let Some(default) = default {
                *field = default.clone();
            }
        }
        let diffusion = &mut request.diffusion;
        request.layers = Layers::Auto;
        set(&mut request.seed, self.seed.as_ref().map(|c| &c.default));
        set(
            &mut diffusion.steps,
            self.steps.as_ref().map(|c| &c.default),
        );
        set(&mut diffusion.normalize, self.normalize.as_ref());
        set(
            &mut diffusion.prompt,
            self.prompt.as_ref().map(|c| &c.default),
        );
        let resolution = self.resolution.as_ref().map(|c| &c.default);
        set(&mut diffusion.resolution, resolution);
        let guidance = self.guidance.as_ref().map(|c| &c.default);
        set(&mut diffusion.guidance, guidance);
        let negative = self
            .negative_prompt
            .as_ref()
            .map(|c| Some(c.default.clone()));
        set(&mut diffusion.negative_prompt, negative.as_ref());
        let language = self.caption_language.as_ref().map(|c| &c.default);
        set(&mut diffusion.caption_language, language);
    }
}

impl Number<u32> {
    /// Of use up to `usual`.
    fn count(range: RangeInclusive<u32>, usual: u32, default: u32) -> Self {
        Self {
            usual: *range.start()..=usual,
            range,
            default,
            unit: Unit::Count,
        }
    }
}

impl Default for Controls {
    /// As many layers as there can be, and nothing else.
    fn default() -> Self {
        Self::layers_only(Layers::MAX)
    }
}
