use candle_core::Tensor;
use engine::Progress;
use kernels::double;
use runtime::weights::Weights;

use super::blocks::{ChannelNorm, Conv, Middle, Residual};
use crate::Result;
use crate::config::VaeConfig;

/// From latents to pixels at eight times the size.
pub(super) struct Decoder {
    conv_in: Conv,
    middle: Middle,
    up: Vec<Step>,
    norm_out: ChannelNorm,
    conv_out: Conv,
}

enum Step {
    Residual(Residual),
    /// Doubles the size and halves the channels.
    Double(Conv),
}

impl Decoder {
    pub fn load(config: &VaeConfig, weights: &Weights) -> Result<Self> {
        let mut widths = config.widths();
        widths.reverse();
        let top = widths[0];
        let mut up = Vec::new();
        let mut channels = top;
        for (level, width) in widths.iter().copied().enumerate() {
            let block = weights.at(format!("up_blocks.{level}"));
            for index in 0..=config.num_res_blocks {
                let weights = block.at(format!("resnets.{index}"));
                up.push(Step::Residual(Residual::load(&weights, channels, width)?));
                channels = width;
            }
            if level + 1 < widths.len() {
                let weights = block.at("upsamplers.0.resample.1");
                up.push(Step::Double(Conv::load_plane(
                    &weights,
                    width,
                    width / 2,
                    3,
                )?));
                channels = width / 2;
            }
        }
        Ok(Self {
            conv_in: Conv::load(&weights.at("conv_in"), config.z_dim, top, 3)?,
            middle: Middle::load(&weights.at("mid_block"), top)?,
            up,
            norm_out: ChannelNorm::load(&weights.at("norm_out"), channels, 3)?,
            conv_out: Conv::load(&weights.at("conv_out"), channels, config.input_channels, 3)?,
        })
    }

    pub fn forward(&self, latents: &Tensor, progress: &dyn Progress) -> Result<Tensor> {
        let mut x = self
            .middle
            .forward(&self.conv_in.forward(latents)?, progress)?;
        for step in &self.up {
            progress.check()?;
            x = match step {
                Step::Residual(block) => block.forward(&x)?,
                Step::Double(conv) => conv.forward(&double(&x)?)?,
            };
        }
        self.conv_out.forward(&self.norm_out.forward_silu(&x)?)
    }
}
