use engine::Precision;

use crate::config::{LanguageConfig, TransformerConfig, VaeConfig, VisionConfig};

/// How many numbers each part of a model has, and what its shape decides besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub blocks: usize,
    pub text_layers: usize,
    /// Width of the transformer's streams.
    pub(super) width: usize,
    pub(super) block: u64,
    /// Of a block where its matrices stay in memory as a file has them.
    pub(super) stored_block: Option<StoredBlock>,
    pub(super) last_block: u64,
    /// Before and after the blocks.
    pub(super) ends: u64,
    text_layer: u64,
    /// Bytes of one whose matrices stay in memory as a file has them.
    stored_text_layer: Option<u64>,
    /// A token's keys and values in all layers of the text encoder.
    pub(super) text_cache: u64,
    /// The text encoder's embeddings and last norm.
    pub(super) text_ends: u64,
    /// What only captions need.
    pub(super) captions: u64,
    pub(super) heads: usize,
    pub(super) text_heads: usize,
    pub(super) vision_heads: usize,
    /// Pixels of the vision tower's patch, and of a token that the language model sees.
    pub(super) patch_pixels: usize,
    pub(super) unit_pixels: usize,
    /// Width of the widest activation in the text encoder.
    pub(super) text_width: usize,
    pub(super) vae: u64,
    pub(super) vae_width: usize,
}

/// Bytes of a block as its file has it, with what LoRAs add beside its matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredBlock {
    /// GGUF's types, which stay unless FP8 is computed with.
    Packed(u64),
    /// FP8 with what the file left in bf16, which stay where FP8 is computed with.
    Fp8(u64),
}

impl StoredBlock {
    /// Where it stays at this precision.
    fn bytes(self, precision: Precision) -> Option<u64> {
        match (self, precision) {
            (Self::Fp8(bytes), Precision::Fp8(_)) => Some(bytes),
            (Self::Packed(_), Precision::Fp8(_)) | (Self::Fp8(_), _) => None,
            (Self::Packed(bytes), _) => Some(bytes),
        }
    }
}

impl Sizes {
    /// Of one forward pass over so many tokens of text and picture together.
    pub(crate) fn work(&self, tokens: f64) -> Work {
        let (width, blocks) = (self.width as f64, self.blocks as f64);
        Work {
            linears: 24.0 * width * width * blocks * tokens,
            attention: 4.0 * tokens * tokens * width * blocks,
        }
    }

    /// With the blocks as a file has them.
    #[must_use]
    pub(crate) fn with_stored_block(self, stored_block: Option<StoredBlock>) -> Self {
        Self {
            stored_block,
            ..self
        }
    }

    /// With the text encoder's layers as a file has them.
    #[must_use]
    pub(crate) fn with_stored_text_layer(self, stored_text_layer: Option<u64>) -> Self {
        Self {
            stored_text_layer,
            ..self
        }
    }

    /// With so many bits a number in the text encoder's layers.
    #[must_use]
    pub(crate) fn with_text_bits(self, bits: f64) -> Self {
        let bytes = self.text_layer as f64 * bits / 8.0;
        self.with_stored_text_layer(Some(bytes as u64))
    }

    /// Bytes of one of the text encoder's layers.
    pub(super) fn text_layer(&self, precision: Precision) -> u64 {
        let whole = self.text_layer * bytes(precision);
        self.stored_text_layer.unwrap_or(whole)
    }

    /// The share of the transformer's numbers that a block keeps while it runs: all but those of its modulation.
    pub(crate) fn block_share(&self) -> f64 {
        let modulation = 12 * (self.width as u64).pow(2);
        self.block as f64 / (self.blocks as u64 * (self.block + modulation) + self.ends) as f64
    }

    /// Bytes of so many numbers of the transformer's blocks.
    pub(super) fn in_blocks(&self, numbers: u64, precision: Precision) -> u64 {
        let stored = self.stored_block.and_then(|block| block.bytes(precision));
        match (precision, stored) {
            (_, Some(bytes)) => {
                let share = numbers as f64 / self.block.max(1) as f64;
                (bytes as f64 * share) as u64
            }
            (Precision::Fp8(except), None) => {
                let (stays, all) = except.share();
                numbers + numbers * stays / all
            }
            (_, None) => numbers * bytes(precision),
        }
    }

    /// Bytes of the matrices that are widened at a time: those of an MLP's halves, in both streams.
    pub(super) fn scratch(&self, precision: Precision) -> u64 {
        match (precision, self.stored_block) {
            (Precision::Fp8(_), _) => 0,
            (_, Some(StoredBlock::Packed(_))) => 8 * (self.width as u64).pow(2) * bytes(precision),
            (_, Some(StoredBlock::Fp8(_)) | None) => 0,
        }
    }

    pub(crate) fn from_configs(
        transformer: &TransformerConfig,
        language: &LanguageConfig,
        vision: &VisionConfig,
        vae: &VaeConfig,
    ) -> Self {
        let linear = |inputs: usize, outputs: usize| (inputs * outputs + outputs) as u64;
        let width = transformer.inner();
        let attention = linear(width, 3 * width) + 2 * transformer.attention_head_dim as u64;
        let tail = linear(width, width) + linear(width, 4 * width) + linear(4 * width, width);
        let text = transformer.joint_attention_dim;
        let (hidden, inner) = (language.hidden_size, language.intermediate_size);
        let key = language.num_key_value_heads * language.head();
        let vocabulary = (language.vocab_size * hidden) as u64;
        Self {
            blocks: transformer.num_layers,
            text_layers: language.num_hidden_layers,
            width,
            block: 2 * (attention + tail),
            stored_block: None,
            last_block: 2 * attention + tail,
            ends: 2 * linear(transformer.in_channels, width) + linear(text, width) + text as u64,
            text_layer: 2 * linear(hidden, hidden)
                + 2 * linear(hidden, key)
                + 3 * (hidden * inner) as u64
                + 2 * hidden as u64,
            stored_text_layer: None,
            text_cache: (2 * key * language.num_hidden_layers) as u64,
            text_ends: vocabulary + hidden as u64,
            captions: vocabulary + vision_tower(vision),
            heads: transformer.num_attention_heads,
            text_heads: language.num_attention_heads,
            vision_heads: vision.num_heads,
            patch_pixels: vision.patch_size.pow(2),
            unit_pixels: (vision.patch_size * vision.spatial_merge_size).pow(2),
            text_width: inner,
            vae: vae_numbers(vae),
            vae_width: vae.base_dim,
        }
    }
}

/// Floating-point operations of the transformer's blocks, products and sums counted apart. Each token goes through
/// products of 12 · width² weights, and attends to all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Work {
    pub linears: f64,
    pub attention: f64,
}

/// Bytes of a number.
pub(super) fn bytes(precision: Precision) -> u64 {
    match precision {
        Precision::Auto | Precision::Bf16 | Precision::Fp8(_) => 2,
        Precision::F32 => 4,
    }
}

fn vision_tower(config: &VisionConfig) -> u64 {
    let (hidden, inner) = (config.hidden_size as u64, config.intermediate_size as u64);
    let merged = hidden * (config.spatial_merge_size as u64).pow(2);
    let block = 4 * hidden * hidden + 3 * hidden * inner;
    config.depth as u64 * block
        + merged * (merged + config.out_hidden_size as u64)
        + hidden * config.patch_values() as u64
}

/// Encoder and decoder as single frames need them. A level of the encoder has `n` residual blocks and the decoder's one
/// more, of two convolutions each; the middles have two and attention.
fn vae_numbers(config: &VaeConfig) -> u64 {
    let widths: Vec<u64> = config.widths().iter().map(|width| *width as u64).collect();
    let per_level = 2 * (2 * config.num_res_blocks as u64 + 1) + 2;
    let levels: u64 = widths
        .iter()
        .map(|width| 9 * per_level * width * width)
        .sum();
    let deepest = widths.last().copied().unwrap_or_default();
    levels + 2 * deepest * deepest * (4 * 9 + 4)
}
