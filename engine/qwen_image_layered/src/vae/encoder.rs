use candle_core::Tensor;
use runtime::weights::Weights;

use super::blocks::{ChannelNorm, Conv, Middle, Residual};
use crate::Result;
use crate::config::VaeConfig;
use engine::Progress;

/// From pixels to the latents' distribution at an eighth of the size.
pub(super) struct Encoder {
    conv_in: Conv,
    down: Vec<Step>,
    middle: Middle,
    norm_out: ChannelNorm,
    conv_out: Conv,
}

enum Step {
    Residual(Residual),
    Halve(Conv),
}

impl Encoder {
    pub fn load(config: &VaeConfig, weights: &Weights) -> Result<Self> {
        let widths = config.widths();
        let mut down = Vec::new();
        let mut channels = config.base_dim;
        for (level, width) in widths.iter().copied().enumerate() {
            for _ in 0..config.num_res_blocks {
                let weights = weights.at(format!("down_blocks.{}", down.len()));
                down.push(Step::Residual(Residual::load(&weights, channels, width)?));
                channels = width;
            }
            if level + 1 < widths.len() {
                let weights = weights.at(format!("down_blocks.{}.resample.1", down.len()));
                down.push(Step::Halve(Conv::load_halving(&weights, channels)?));
            }
        }
        Ok(Self {
            conv_in: Conv::load(
                &weights.at("conv_in"),
                config.input_channels,
                config.base_dim,
                3,
            )?,
            down,
            middle: Middle::load(&weights.at("mid_block"), channels)?,
            norm_out: ChannelNorm::load(&weights.at("norm_out"), channels, 3)?,
            conv_out: Conv::load(&weights.at("conv_out"), channels, 2 * config.z_dim, 3)?,
        })
    }

    pub fn forward(&self, pixels: &Tensor, progress: &dyn Progress) -> Result<Tensor> {
        let mut x = self.conv_in.forward(pixels)?;
        for step in &self.down {
            progress.check()?;
            x = match step {
                Step::Residual(block) => block.forward(&x)?,
                Step::Halve(conv) => conv.forward(&x)?,
            };
        }
        let x = self.middle.forward(&x, progress)?;
        self.conv_out.forward(&self.norm_out.forward_silu(&x)?)
    }
}
