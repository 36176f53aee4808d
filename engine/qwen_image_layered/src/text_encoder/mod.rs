//! Qwen2.5-VL: embeds prompts, and captions the picture where there is none.

mod generate;
mod language;
mod picture;
mod rotation;
pub(crate) mod templates;
pub(crate) mod tokenizer;
mod vision;
mod windows;

use std::sync::Arc;

use candle_core::Tensor;
use runtime::weights::{Loading, WeightFiles, Weights};
use runtime::{Part, Place, Placement, with_room};

pub(crate) use generate::MAX_CAPTION_TOKENS;
use language::Language;
use vision::Vision;

use crate::config::{GenerationConfig, ProcessorConfig, TextEncoderConfig};
use crate::files::{ModelFiles, llama_name, tokenizer_near};
use crate::{ModelError, Result};
use engine::Progress;
use templates::{ENCODE, ENCODE_DROPPED};
use tokenizer::Tokenizer;

/// Embeddings that the transformer gets at most (diffusers' `max_sequence_length`); the rest of a long prompt is cut.
const MAX_PROMPT_TOKENS: usize = 512;
pub(crate) struct TextEncoder {
    language: Language,
    /// Absent in files for text only, and where captions are not asked for.
    vision: Option<Vision>,
    can_caption: bool,
    files: Arc<TextEncoderFiles>,
    vision_place: Place,
}

pub(crate) struct TextEncoderFiles {
    pub config: TextEncoderConfig,
    pub files: WeightFiles,
    pub generation: GenerationConfig,
    pub processor: ProcessorConfig,
    pub tokenizer: Tokenizer,
}

impl TextEncoderFiles {
    /// Bytes of the largest layer of the language model, where matrices stay in memory as the file has them.
    pub fn stored_layer(&self) -> Option<u64> {
        let largest = || {
            let bytes = |name: &str| self.files.bytes_of(name);
            self.files.largest(language::LAYERS, bytes)
        };
        self.files.stays_packed().then(largest)
    }

    pub fn open(model: &ModelFiles) -> Result<Self> {
        let part = &model.text_encoder;
        // Newer transformers put both towers under "model".
        let files = part.open(|name| {
            if let Some(target) = llama_name(name) {
                return Some(target);
            }
            let moved = [
                ("model.language_model.", "model."),
                ("model.visual.", "visual."),
            ];
            let renamed = moved
                .iter()
                .find_map(|(new, old)| Some(format!("{old}{}", name.strip_prefix(new)?)));
            Some(renamed.unwrap_or_else(|| name.to_owned()).into())
        })?;
        TextEncoderConfig::check_files(&files)?;
        let config = match &part.config {
            Some(path) => TextEncoderConfig::read(path)?,
            None => TextEncoderConfig::from_shapes(&files)?,
        };
        check_vision(&files, &config)?;
        let or_default = |path: &Option<_>| path.as_deref().map(GenerationConfig::read).transpose();
        let tokenizer = tokenizer(model, &files)?;
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
            tokenizer,
        })
    }
}

/// The one that was named, the text encoder's own, or one near it.
fn tokenizer(model: &ModelFiles, files: &WeightFiles) -> Result<Tokenizer> {
    if let Some(folder) = &model.tokenizer {
        return Tokenizer::open(folder);
    }
    if let Some(own) = Tokenizer::of_gguf(files)? {
        return Ok(own);
    }
    match tokenizer_near(files.path()) {
        Some(folder) => Tokenizer::open(&folder),
        None => Err(ModelError::NoTokenizer(files.path().to_owned())),
    }
}

/// The vision tower of a file of its own may be another model's.
fn check_vision(files: &WeightFiles, config: &TextEncoderConfig) -> Result<()> {
    const LAST: &str = "visual.merger.mlp.2.weight";
    let hidden = config.language.hidden_size;
    match files.shape(LAST).as_deref() {
        Some([rows, ..]) if *rows != hidden => Err(ModelError::WrongModel {
            path: files.path_of(LAST).to_owned(),
            reason: format!(
                "makes pictures {rows} wide and the text encoder reads {hidden}; choose the mmproj file of Qwen2.5-VL-7B-Instruct"
            ),
        }),
        _ => Ok(()),
    }
}

impl TextEncoder {
    /// `captions`: with the vision tower and the scores, which nothing else needs.
    pub fn load(
        files: &Arc<TextEncoderFiles>,
        loading: &Loading,
        placement: &Placement,
        captions: bool,
    ) -> Result<Self> {
        let place = placement.of(Part::Language);
        let vision_place = placement.of(Part::Vision).clone();
        let weights = Weights::new(&files.files, loading, place);
        let visual = weights.to(&vision_place).at("visual");
        let config = &files.config;
        let stays = |index, count| placement.text_layer_stays(index, count);
        Ok(Self {
            language: Language::load(&config.language, &weights, stays, captions)?,
            vision: if captions && visual.contains("patch_embed.proj.weight") {
                Some(Vision::load(&config.vision, &visual)?)
            } else {
                None
            },
            can_caption: captions,
            files: files.clone(),
            vision_place,
        })
    }

    /// Whether it was loaded for captions.
    pub fn can_caption(&self) -> bool {
        self.can_caption
    }

    /// The prompt [at most 512 tokens, hidden] as the transformer reads it: the last hidden states (after the norm) of the prompt in
    /// its template, without the template's first part.
    pub fn encode(&self, prompt: &str, progress: &dyn Progress) -> Result<Tensor> {
        let [before, after] = ENCODE;
        let mut tokens = self
            .files
            .tokenizer
            .encode(&format!("{before}{prompt}{after}"))?;
        if tokens.len() <= ENCODE_DROPPED {
            return Err(ModelError::Request(
                "the tokenizer is not the model's own; choose its tokenizer folder".into(),
            ));
        }
        // No token sees a later one, so what would be cut need not be read.
        tokens.truncate(ENCODE_DROPPED + MAX_PROMPT_TOKENS);
        let positions: Vec<_> = (0..tokens.len()).map(|index| [index as f32; 3]).collect();
        let embeddings = self.language.embed(&tokens)?;
        let hidden = with_room(embeddings.device(), || {
            let language = &self.language;
            language.forward(&embeddings, &positions, None, progress)
        })?;
        Ok(hidden.narrow(0, ENCODE_DROPPED, tokens.len() - ENCODE_DROPPED)?)
    }
}
