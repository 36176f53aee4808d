use sizes::sizes_of;
pub use sizes::sizes_of_path;
mod sizes;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::{Lora, ModelSource};
use runtime::SchedulerConfig;
use runtime::plan::{Sizes, StoredBlock};
use runtime::weights::WeightFiles;

use crate::config::{
    GenerationConfig, LanguageConfig, ProcessorConfig, TextEncoderConfig, TransformerConfig,
    VaeConfig, VisionConfig,
};
use crate::files::{PartFiles, find};
use crate::text_encoder::TextEncoderFiles;
use crate::text_encoder::tokenizer::Tokenizer;
use crate::transformer::TransformerFiles;
use crate::vae::VaeFiles;
use crate::{ModelError, Result};

/// A model whose headers and configurations have been read and fit each other. No tensor has been.
pub(crate) struct Parts {
    pub transformer: TransformerFiles,
    pub vae: VaeFiles,
    pub text_encoder: Arc<TextEncoderFiles>,
    pub scheduler: SchedulerConfig,
}

/// A model of random weights, to measure with; the transformer's may come from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomModel {
    transformer: TransformerConfig,
    vae: VaeConfig,
    text_encoder: TextEncoderConfig,
    /// Of the transformer.
    query_norm: f64,
    file: Option<TransformerFile>,
}

/// A transformer that a file has.
#[derive(Debug, Clone, PartialEq)]
struct TransformerFile {
    path: PathBuf,
    loras: Vec<Lora>,
    stored_block: Option<StoredBlock>,
}

impl RandomModel {
    /// As large as the published one.
    pub fn full() -> Self {
        Self {
            transformer: TransformerConfig::default(),
            vae: VaeConfig::default(),
            text_encoder: TextEncoderConfig {
                language: LanguageConfig::default(),
                vision: VisionConfig::default(),
            },
            query_norm: 1.0,
            file: None,
        }
    }

    /// Small enough for any processor.
    pub fn tiny() -> Self {
        let mut model = Self::full();
        let transformer = &mut model.transformer;
        transformer.num_layers = 5;
        (
            transformer.num_attention_heads,
            transformer.attention_head_dim,
        ) = (2, 16);
        transformer.axes_dims_rope = [4, 6, 6];
        transformer.joint_attention_dim = 64;
        model.vae.base_dim = 4;
        let language = &mut model.text_encoder.language;
        (language.hidden_size, language.intermediate_size) = (64, 128);
        (language.num_attention_heads, language.num_key_value_heads) = (2, 1);
        (language.num_hidden_layers, language.vocab_size) = (3, 256);
        language.mrope_section = [4, 6, 6];
        let vision = &mut model.text_encoder.vision;
        (vision.hidden_size, vision.intermediate_size) = (32, 64);
        (vision.num_heads, vision.depth) = (2, 2);
        vision.out_hidden_size = 64;
        vision.fullatt_block_indexes = vec![1];
        model
    }

    pub fn sizes(&self) -> Sizes {
        let text = &self.text_encoder;
        sizes_of(&self.transformer, &text.language, &text.vision, &self.vae)
            .with_stored_block(self.file.as_ref().and_then(|file| file.stored_block))
    }

    /// With the transformer of a file, as LoRAs change it, of which only the header is read here.
    pub fn with_transformer(mut self, path: &Path, loras: &[Lora]) -> Result<Self> {
        let opened = TransformerFiles::open(&PartFiles::single(path)?, loras)?;
        self.file = Some(TransformerFile {
            path: path.to_owned(),
            loras: loras.to_owned(),
            stored_block: opened.stored_block(),
        });
        self.transformer = opened.config;
        Ok(self)
    }

    /// With so many attention heads in the transformer.
    pub fn with_heads(mut self, heads: usize) -> Self {
        self.transformer.num_attention_heads = heads.max(1);
        self
    }

    /// With scores in the transformer's attention that are larger by a factor, so that few keys have all the weight.
    pub fn with_scores(mut self, factor: f64) -> Self {
        self.query_norm = factor;
        self
    }

    /// Cut to so many of the transformer's blocks.
    pub fn with_blocks(mut self, blocks: usize) -> Self {
        self.transformer.num_layers = blocks.max(1);
        self
    }
}

impl Parts {
    pub fn open(source: &ModelSource, loras: &[Lora]) -> Result<Self> {
        let model = find(source)?;
        let parts = Self {
            transformer: TransformerFiles::open(&model.transformer, loras)?,
            vae: VaeFiles::open(&model.vae)?,
            text_encoder: Arc::new(TextEncoderFiles::open(&model)?),
            scheduler: match &model.scheduler {
                Some(path) => SchedulerConfig::read(path)?,
                None => SchedulerConfig::default(),
            },
        };
        parts.check()?;
        Ok(parts)
    }

    pub fn random(model: &RandomModel) -> Result<Self> {
        let transformer = match &model.file {
            Some(file) => TransformerFiles::open(&PartFiles::single(&file.path)?, &file.loras)?,
            None => TransformerFiles {
                config: model.transformer.clone(),
                files: WeightFiles::random("transformer", model.query_norm).into(),
            },
        };
        Ok(Self {
            transformer,
            vae: VaeFiles {
                config: model.vae.clone(),
                files: WeightFiles::random("vae", 1.0),
            },
            text_encoder: Arc::new(TextEncoderFiles {
                config: model.text_encoder.clone(),
                files: WeightFiles::random("text_encoder", 1.0),
                generation: GenerationConfig::endless(),
                processor: ProcessorConfig::default(),
                tokenizer: Tokenizer::of_words()?,
            }),
            scheduler: SchedulerConfig::default(),
        })
    }

    pub fn sizes(&self) -> Sizes {
        let text = &self.text_encoder.config;
        let (transformer, vae) = (&self.transformer.config, &self.vae.config);
        sizes_of(transformer, &text.language, &text.vision, vae)
            .with_stored_block(self.transformer.stored_block())
            .with_stored_text_layer(self.text_encoder.stored_layer())
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.transformer.files.bytes() + self.vae.files.bytes() + self.text_encoder.files.bytes()
    }

    fn check(&self) -> Result<()> {
        let transformer = &self.transformer;
        let disagree = |reason: String| ModelError::config(transformer.files.path(), reason);
        let channels = transformer.config.out_channels;
        if channels != self.vae.config.z_dim {
            return Err(disagree(format!(
                "it works on {channels} latent channels and the VAE on {}",
                self.vae.config.z_dim
            )));
        }
        let (text, hidden) = (
            transformer.config.joint_attention_dim,
            self.text_encoder.config.language.hidden_size,
        );
        if text != hidden {
            return Err(disagree(format!(
                "it reads text of width {text} and the text encoder writes {hidden}"
            )));
        }
        Ok(())
    }
}
