use std::path::Path;

use runtime::config::{check_sizes, ensure, read_json};
use runtime::weights::WeightFiles;
use serde::Deserialize;

use crate::{ModelError, Result};

/// Latents are an eighth of the picture in each direction.
const DOWNSAMPLES: usize = 3;
const RGBA: usize = 4;

/// vae/config.json; the defaults are the published values, the latent statistics those of Wan 2.1 and Qwen-Image.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct VaeConfig {
    pub base_dim: usize,
    pub z_dim: usize,
    /// Channels of each resolution in units of `base_dim`, the highest resolution first.
    pub dim_mult: Vec<usize>,
    pub num_res_blocks: usize,
    pub input_channels: usize,
    pub latents_mean: Vec<f64>,
    pub latents_std: Vec<f64>,
    attn_scales: Vec<f64>,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self {
            base_dim: 96,
            z_dim: 16,
            dim_mult: vec![1, 2, 4, 4],
            num_res_blocks: 2,
            input_channels: RGBA,
            latents_mean: vec![
                -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134,
                -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
            ],
            latents_std: vec![
                2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526,
                2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
            ],
            attn_scales: vec![],
        }
    }
}

impl VaeConfig {
    /// Pixels of a latent's side.
    pub const SCALE: usize = 8;

    pub fn read(path: &Path) -> Result<Self> {
        let config: Self = read_json(path)?;
        config.check(path)?;
        Ok(config)
    }

    /// Of a file without a configuration, in diffusers' names: widths from the tensors, the rest as published.
    pub fn from_shapes(files: &WeightFiles) -> Result<Self> {
        let [input, latent] = ["encoder.conv_in.weight", "decoder.conv_in.weight"];
        let config = Self {
            base_dim: files.size(input, 0)?,
            z_dim: files.size(latent, 1)?,
            input_channels: files.size(input, 1)?,
            ..Self::default()
        };
        config.check(files.path())?;
        Ok(config)
    }

    /// Channels at each resolution, the highest first.
    pub fn widths(&self) -> Vec<usize> {
        self.dim_mult
            .iter()
            .map(|times| times * self.base_dim)
            .collect()
    }

    /// The RGB VAE of the base model fits everywhere but in its first and last convolution.
    pub fn require_rgba(path: &Path, channels: usize) -> Result<()> {
        if channels == RGBA {
            return Ok(());
        }
        Err(ModelError::WrongModel {
            path: path.to_owned(),
            reason: format!(
                "is a VAE for pictures of {channels} channels; Qwen-Image-Layered needs its own RGBA VAE (qwen_image_layered_vae)"
            ),
        })
    }

    fn check(&self, path: &Path) -> Result<()> {
        Self::require_rgba(path, self.input_channels)?;
        check_sizes(
            path,
            &[
                ("base_dim", self.base_dim),
                ("z_dim", self.z_dim),
                ("num_res_blocks", self.num_res_blocks),
            ],
        )?;
        ensure(
            path,
            self.num_res_blocks <= 16,
            "num_res_blocks is out of range",
        )?;
        ensure(
            path,
            self.dim_mult.len() == DOWNSAMPLES + 1,
            "dim_mult must have 4 entries",
        )?;
        ensure(
            path,
            self.dim_mult.iter().all(|times| (1..=64).contains(times)),
            "dim_mult is out of range",
        )?;
        // Upsampling halves the channels.
        ensure(
            path,
            self.base_dim.is_multiple_of(2),
            "base_dim must be even",
        )?;
        ensure(
            path,
            self.attn_scales.is_empty(),
            "attn_scales is not supported",
        )?;
        ensure(
            path,
            self.latents_mean.len() == self.z_dim && self.latents_std.len() == self.z_dim,
            "latents_mean and latents_std must have z_dim entries",
        )?;
        ensure(
            path,
            self.latents_mean.iter().all(|mean| mean.is_finite())
                && self
                    .latents_std
                    .iter()
                    .all(|std| std.is_finite() && *std > 0.0),
            "latents_mean and latents_std must be finite, latents_std positive",
        )
    }
}
