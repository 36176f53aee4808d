//! Qwen2.5-VL: embeds prompts, and captions the picture where there is none.

mod generate;
mod language;
mod picture;
mod rotation;
mod vision;
mod windows;

use candle_core::Tensor;

pub(crate) use generate::MAX_CAPTION_TOKENS;
use language::Language;
use vision::Vision;

use crate::config::{GenerationConfig, ProcessorConfig, TextEncoderConfig};
use crate::files::{ModelFiles, WeightFiles, Weights};
use crate::placement::{Part, Place, Placement};
use crate::templates::{ENCODE, ENCODE_DROPPED};
use crate::tokenizer::Tokenizer;
use crate::watch::Watch;
use crate::{ModelError, Result};

/// Embeddings that the transformer gets at most (diffusers' `max_sequence_length`); the rest of a long prompt is cut.
const MAX_PROMPT_TOKENS: usize = 512;
pub(crate) struct TextEncoder {
    language: Language,
    /// Absent in files for text only.
    vision: Option<Vision>,
    tokenizer: Tokenizer,
    config: TextEncoderConfig,
    generation: GenerationConfig,
    processor: ProcessorConfig,
    vision_place: Place,
}

pub(crate) struct TextEncoderFiles {
    pub config: TextEncoderConfig,
    pub files: WeightFiles,
    generation: GenerationConfig,
    processor: ProcessorConfig,
    tokenizer: Tokenizer,
}

impl TextEncoderFiles {
    pub fn open(model: &ModelFiles) -> Result<Self> {
        let part = &model.text_encoder;
        // Newer transformers put both towers under "model".
        let files = part.open(|name| {
            let moved = [
                ("model.language_model.", "model."),
                ("model.visual.", "visual."),
            ];
            let renamed = moved
                .iter()
                .find_map(|(new, old)| Some(format!("{old}{}", name.strip_prefix(new)?)));
            Some(renamed.unwrap_or_else(|| name.to_owned()))
        })?;
        let config = match &part.config {
            Some(path) => TextEncoderConfig::read(path)?,
            None => TextEncoderConfig::from_shapes(&files)?,
        };
        let or_default = |path: &Option<_>| path.as_deref().map(GenerationConfig::read).transpose();
        Ok(Self {
            config,
            files,
            generation: or_default(&model.generation)?.unwrap_or_default(),
            processor: model
                .processor
                .as_deref()
                .map(ProcessorConfig::read)
                .transpose()?
                .unwrap_or_default(),
            tokenizer: Tokenizer::open(&model.tokenizer)?,
        })
    }

    pub fn load(
        self,
        loading: &crate::files::Loading,
        placement: &Placement,
    ) -> Result<TextEncoder> {
        let place = placement.of(Part::Language);
        let vision_place = placement.of(Part::Vision).clone();
        let weights = Weights::new(&self.files, loading, place);
        let visual = weights.to(&vision_place).at("visual");
        Ok(TextEncoder {
            language: Language::load(&self.config.language, &weights)?,
            vision: if visual.contains("patch_embed.proj.weight") {
                Some(Vision::load(&self.config.vision, &visual)?)
            } else {
                None
            },
            tokenizer: self.tokenizer,
            config: self.config,
            generation: self.generation,
            processor: self.processor,
            vision_place,
        })
    }
}

impl TextEncoder {
    /// The prompt [at most 512 tokens, hidden] as the transformer reads it: the last hidden states (after the norm) of the prompt in
    /// its template, without the template's first part.
    pub fn encode(&self, prompt: &str, watch: &dyn Watch) -> Result<Tensor> {
        let [before, after] = ENCODE;
        let mut tokens = self.tokenizer.encode(&format!("{before}{prompt}{after}"))?;
        if tokens.len() <= ENCODE_DROPPED {
            return Err(ModelError::Request(
                "the tokenizer is not the model's own; choose its tokenizer folder".into(),
            ));
        }
        // No token sees a later one, so what would be cut need not be read.
        tokens.truncate(ENCODE_DROPPED + MAX_PROMPT_TOKENS);
        let positions: Vec<_> = (0..tokens.len()).map(|index| [index as f32; 3]).collect();
        let embeddings = self.language.embed(&tokens)?;
        let hidden = self
            .language
            .forward(&embeddings, &positions, None, watch)?;
        Ok(hidden.narrow(0, ENCODE_DROPPED, tokens.len() - ENCODE_DROPPED)?)
    }
}
