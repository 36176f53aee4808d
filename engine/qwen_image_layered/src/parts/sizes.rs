//! What the planner asks of a model.

use std::path::Path;

use engine::{Lora, ModelSource};
use runtime::plan::Sizes;

use super::{Parts, RandomModel};
use crate::Result;
use crate::config::{LanguageConfig, TransformerConfig, VaeConfig, VisionConfig};

/// Of a model's folder, or of a transformer's file with the published text encoder and VAE, with what LoRAs add where
/// they are not merged; only headers are read.
pub fn sizes_of_path(path: &Path, loras: &[Lora]) -> Result<Sizes> {
    if path.is_dir() {
        let source = ModelSource::Folder(path.to_owned());
        return Ok(Parts::open(&source, loras)?.sizes());
    }
    Ok(RandomModel::full().with_transformer(path, loras)?.sizes())
}

/// How many numbers each part has, and what its shape decides besides.
pub(crate) fn sizes_of(
    transformer: &TransformerConfig,
    language: &LanguageConfig,
    vision: &VisionConfig,
    vae: &VaeConfig,
) -> Sizes {
    let linear = |inputs: usize, outputs: usize| (inputs * outputs + outputs) as u64;
    let width = transformer.inner();
    let attention = linear(width, 3 * width) + 2 * transformer.attention_head_dim as u64;
    let tail = linear(width, width) + linear(width, 4 * width) + linear(4 * width, width);
    let text = transformer.joint_attention_dim;
    let (hidden, inner) = (language.hidden_size, language.intermediate_size);
    let key = language.num_key_value_heads * language.head();
    let vocabulary = (language.vocab_size * hidden) as u64;
    Sizes {
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
