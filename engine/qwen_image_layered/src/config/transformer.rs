use std::path::Path;

use runtime::config::{check_sizes, ensure, read_json};
use runtime::weights::WeightFiles;
use serde::Deserialize;

use super::gguf;
use crate::{ModelError, Result};

/// transformer/config.json; the defaults are the published values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TransformerConfig {
    pub num_layers: usize,
    pub num_attention_heads: usize,
    pub attention_head_dim: usize,
    /// Of a token: latent channels · patch_size².
    pub in_channels: usize,
    pub out_channels: usize,
    pub patch_size: usize,
    /// Of the text embeddings.
    pub joint_attention_dim: usize,
    /// How many of a head's dimensions turn with the frame, the row and the column.
    pub axes_dims_rope: [usize; 3],
    guidance_embeds: bool,
    zero_cond_t: bool,
}

impl Default for TransformerConfig {
    fn default() -> Self {
        Self {
            num_layers: 60,
            num_attention_heads: 24,
            attention_head_dim: 128,
            in_channels: 64,
            out_channels: 16,
            patch_size: 2,
            joint_attention_dim: 3584,
            axes_dims_rope: [16, 56, 56],
            guidance_embeds: false,
            zero_cond_t: false,
        }
    }
}

impl TransformerConfig {
    /// Refuses files that say that they are another model's.
    pub fn check_files(files: &WeightFiles) -> Result<()> {
        gguf::check_transformer(files)
    }

    pub fn read(path: &Path) -> Result<Self> {
        let config: Self = read_json(path)?;
        config.check(path)?;
        Ok(config)
    }

    /// Of files without a configuration. The rope axes cannot be seen in the tensors; 1/8, 7/16 and 7/16 of a head are
    /// the published ones.
    pub fn from_shapes(files: &WeightFiles) -> Result<Self> {
        let head = files.size("transformer_blocks.0.attn.norm_q.weight", 0)?;
        let inner = files.size("img_in.weight", 0)?;
        let in_channels = files.size("img_in.weight", 1)?;
        let outputs = files.size("proj_out.weight", 0)?;
        let config = Self {
            num_layers: files.count("transformer_blocks"),
            num_attention_heads: inner / head.max(1),
            attention_head_dim: head,
            in_channels,
            out_channels: outputs / 4,
            joint_attention_dim: files.size("txt_in.weight", 1)?,
            axes_dims_rope: [head / 8, head / 16 * 7, head / 16 * 7],
            ..Self::default()
        };
        config.check(files.path())?;
        Ok(config)
    }

    /// Width of both streams.
    pub fn inner(&self) -> usize {
        self.num_attention_heads * self.attention_head_dim
    }

    fn check(&self, path: &Path) -> Result<()> {
        check_sizes(
            path,
            &[
                ("num_layers", self.num_layers),
                ("num_attention_heads", self.num_attention_heads),
                ("attention_head_dim", self.attention_head_dim),
                ("in_channels", self.in_channels),
                ("out_channels", self.out_channels),
                ("joint_attention_dim", self.joint_attention_dim),
            ],
        )?;
        check_sizes(
            path,
            &self.axes_dims_rope.map(|axis| ("axes_dims_rope", axis)),
        )?;
        if self.zero_cond_t {
            return Err(ModelError::WrongModel {
                path: path.to_owned(),
                reason: "belongs to Qwen-Image-Edit; choose the Qwen-Image-Layered transformer"
                    .into(),
            });
        }
        ensure(
            path,
            !self.guidance_embeds,
            "guidance_embeds is not supported",
        )?;
        ensure(path, self.patch_size == 2, "patch_size must be 2")?;
        ensure(
            path,
            self.in_channels == 4 * self.out_channels,
            "in_channels must be 4 times out_channels",
        )?;
        ensure(
            path,
            self.axes_dims_rope.iter().sum::<usize>() == self.attention_head_dim
                && self.axes_dims_rope.iter().all(|axis| axis % 2 == 0),
            "axes_dims_rope must be even and add up to attention_head_dim",
        )
    }
}
