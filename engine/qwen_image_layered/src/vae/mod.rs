//! The RGBA autoencoder (huggingface/diffusers 58eb52c, `models/autoencoders/autoencoder_kl_qwenimage.py`) for single
//! frames, where its causal 3-D convolutions meet only zeros before the frame and are 2-D ones with the last temporal
//! slice of each kernel; temporal resampling does not run on a first frame.

mod blocks;
mod decoder;
mod encoder;
mod names;
#[cfg(all(test, feature = "cuda"))]
#[allow(clippy::expect_used, reason = "a failure is the test's answer")]
mod tests;
mod tiles;

use candle_core::{DType, Tensor};
use engine::{Progress, Tiling};
use runtime::weights::{WeightFiles, Weights};
use runtime::{Part, Place, Placement, with_room};

use blocks::Conv;
use decoder::Decoder;
use encoder::Encoder;
use names::diffusers_name;

use crate::Result;
use crate::config::VaeConfig;
use crate::files::PartFiles;

pub(crate) struct Vae {
    encoder: Encoder,
    quant: Conv,
    post_quant: Conv,
    decoder: Decoder,
    /// [1, z_dim, 1, 1], in the VAE's type.
    mean: Tensor,
    std: Tensor,
    inverse_std: Tensor,
    z_dim: usize,
    place: Place,
}

pub(crate) struct VaeFiles {
    pub config: VaeConfig,
    pub files: WeightFiles,
}

impl VaeFiles {
    pub fn open(part: &PartFiles) -> Result<Self> {
        let files = part.open(|name| Some(diffusers_name(name)))?;
        let config = match &part.config {
            Some(path) => VaeConfig::read(path)?,
            None => VaeConfig::from_shapes(&files)?,
        };
        // Configurations of converted files may not know; the tensor does.
        VaeConfig::require_rgba(files.path(), files.size("encoder.conv_in.weight", 1)?)?;
        Ok(Self { config, files })
    }
}

impl Vae {
    pub fn load(config: &VaeConfig, weights: &Weights, placement: &Placement) -> Result<Self> {
        let place = placement.of(Part::Vae).clone();
        let weights = weights.to(&place);
        let statistic = |values: &[f64]| -> Result<Tensor> {
            Ok(Tensor::new(values, &place.device)?
                .to_dtype(DType::F32)?
                .to_dtype(place.dtype)?
                .reshape((1, values.len(), 1, 1))?)
        };
        let std = statistic(&config.latents_std)?;
        Ok(Self {
            encoder: Encoder::load(config, &weights.at("encoder"))?,
            quant: Conv::load(
                &weights.at("quant_conv"),
                2 * config.z_dim,
                2 * config.z_dim,
                1,
            )?,
            post_quant: Conv::load(
                &weights.at("post_quant_conv"),
                config.z_dim,
                config.z_dim,
                1,
            )?,
            decoder: Decoder::load(config, &weights.at("decoder"))?,
            mean: statistic(&config.latents_mean)?,
            inverse_std: std.recip()?,
            std,
            z_dim: config.z_dim,
            place,
        })
    }

    /// A picture [1, 4, height, width] in −1 to 1 as normalised latents [1, z_dim, height / 8, width / 8]: the mean of
    /// the distribution, nothing drawn.
    pub fn encode(
        &self,
        pixels: &Tensor,
        tiling: Tiling,
        progress: &dyn Progress,
    ) -> Result<Tensor> {
        let pixels = self.copy_to(pixels)?;
        let moments = with_room(&self.place.device, || {
            tiles::encode(tiling, &pixels, |tile| {
                self.quant.forward(&self.encoder.forward(tile, progress)?)
            })
        })?;
        Ok(moments
            .narrow(1, 0, self.z_dim)?
            .broadcast_sub(&self.mean)?
            .broadcast_div(&self.std)?)
    }

    /// One frame of normalised latents [1, z_dim, h, w] as a picture [1, 4, 8h, 8w] in −1 to 1.
    pub fn decode(
        &self,
        latents: &Tensor,
        tiling: Tiling,
        progress: &dyn Progress,
    ) -> Result<Tensor> {
        let latents = self
            .copy_to(latents)?
            .broadcast_div(&self.inverse_std)?
            .broadcast_add(&self.mean)?;
        let pixels = with_room(&self.place.device, || {
            tiles::decode(tiling, &latents, |tile| {
                self.decoder
                    .forward(&self.post_quant.forward(tile)?, progress)
            })
        })?;
        Ok(pixels.clamp(-1.0, 1.0)?)
    }

    fn copy_to(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.to_device(&self.place.device)?
            .to_dtype(self.place.dtype)?)
    }
}
