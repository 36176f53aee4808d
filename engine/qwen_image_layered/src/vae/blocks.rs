use candle_core::Tensor;
use engine::Progress;
use kernels::{
    Convolution, Mask, Sampling, attention, channel_norm, channel_norm_silu, convolve,
    convolve_and_add,
};
use runtime::weights::Weights;

use crate::Result;

pub(super) struct Conv {
    convolution: Convolution,
}

/// Divides each pixel by its length over the channels.
pub(super) struct ChannelNorm {
    /// [channels]
    gamma: Tensor,
}

/// Norm, SiLU and convolution, twice, around a shortcut.
pub(super) struct Residual {
    norm1: ChannelNorm,
    conv1: Conv,
    norm2: ChannelNorm,
    conv2: Conv,
    shortcut: Option<Conv>,
}

/// Attention of a single head over all pixels.
struct PixelAttention {
    norm: ChannelNorm,
    qkv: Conv,
    projection: Conv,
}

/// The lowest resolution's blocks.
pub(super) struct Middle {
    first: Residual,
    attention: PixelAttention,
    second: Residual,
}

impl Conv {
    /// Of a kernel that was 3-D in the file; the size stays.
    pub fn load(weights: &Weights, inputs: usize, outputs: usize, kernel: usize) -> Result<Self> {
        let shape = [outputs, inputs, kernel, kernel, kernel];
        let weight = weights.last_frame("weight", shape)?;
        Self::new(weights, weight, outputs, Sampling::Every)
    }

    /// Of a 2-D kernel; the size stays.
    pub fn load_plane(
        weights: &Weights,
        inputs: usize,
        outputs: usize,
        kernel: usize,
    ) -> Result<Self> {
        let weight = weights.tensor("weight", &[outputs, inputs, kernel, kernel])?;
        Self::new(weights, weight, outputs, Sampling::Every)
    }

    /// Of a 2-D kernel; halves the size.
    pub fn load_halving(weights: &Weights, channels: usize) -> Result<Self> {
        let weight = weights.tensor("weight", &[channels, channels, 3, 3])?;
        Self::new(weights, weight, channels, Sampling::EverySecond)
    }

    fn new(weights: &Weights, weight: Tensor, outputs: usize, sampling: Sampling) -> Result<Self> {
        let bias = weights.tensor("bias", &[outputs])?;
        Ok(Self {
            convolution: Convolution::new(weight, bias, sampling)?,
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(convolve(x, &self.convolution)?)
    }

    pub fn forward_and_add(&self, x: &Tensor, plus: &Tensor) -> Result<Tensor> {
        Ok(convolve_and_add(x, &self.convolution, plus)?)
    }
}

impl ChannelNorm {
    /// `dimensions` of one pixel in the file: 3 where the module was 3-D, 2 in attention.
    pub fn load(weights: &Weights, channels: usize, dimensions: usize) -> Result<Self> {
        let mut shape = vec![1; dimensions + 1];
        shape[0] = channels;
        Ok(Self {
            gamma: weights.tensor("gamma", &shape)?.flatten_all()?,
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(channel_norm(x, &self.gamma)?)
    }

    pub fn forward_silu(&self, x: &Tensor) -> Result<Tensor> {
        Ok(channel_norm_silu(x, &self.gamma)?)
    }
}

impl Residual {
    pub fn load(weights: &Weights, inputs: usize, outputs: usize) -> Result<Self> {
        Ok(Self {
            norm1: ChannelNorm::load(&weights.at("norm1"), inputs, 3)?,
            conv1: Conv::load(&weights.at("conv1"), inputs, outputs, 3)?,
            norm2: ChannelNorm::load(&weights.at("norm2"), outputs, 3)?,
            conv2: Conv::load(&weights.at("conv2"), outputs, outputs, 3)?,
            shortcut: if inputs == outputs {
                None
            } else {
                Some(Conv::load(
                    &weights.at("conv_shortcut"),
                    inputs,
                    outputs,
                    1,
                )?)
            },
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let change = self.conv1.forward(&self.norm1.forward_silu(x)?)?;
        let change = self.norm2.forward_silu(&change)?;
        match &self.shortcut {
            Some(shortcut) => self.conv2.forward_and_add(&change, &shortcut.forward(x)?),
            None => self.conv2.forward_and_add(&change, x),
        }
    }
}

impl PixelAttention {
    fn load(weights: &Weights, channels: usize) -> Result<Self> {
        Ok(Self {
            norm: ChannelNorm::load(&weights.at("norm"), channels, 2)?,
            qkv: Conv::load_plane(&weights.at("to_qkv"), channels, 3 * channels, 1)?,
            projection: Conv::load_plane(&weights.at("proj"), channels, channels, 1)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (_, channels, height, width) = x.dims4()?;
        // [1, 3·channels, h, w] → three of [1, h·w, channels]
        let qkv = self
            .qkv
            .forward(&self.norm.forward(x)?)?
            .permute((0, 2, 3, 1))?
            .contiguous()?
            .flatten(1, 2)?;
        let [q, k, v] = [0, 1, 2].map(|part| qkv.narrow(2, part * channels, channels));
        let attended = attention(&q?, &k?, &v?, Mask::All)?
            .reshape((1, height, width, channels))?
            .permute((0, 3, 1, 2))?;
        self.projection.forward_and_add(&attended, x)
    }
}

impl Middle {
    pub fn load(weights: &Weights, channels: usize) -> Result<Self> {
        Ok(Self {
            first: Residual::load(&weights.at("resnets.0"), channels, channels)?,
            attention: PixelAttention::load(&weights.at("attentions.0"), channels)?,
            second: Residual::load(&weights.at("resnets.1"), channels, channels)?,
        })
    }

    pub fn forward(&self, x: &Tensor, progress: &dyn Progress) -> Result<Tensor> {
        let x = self.first.forward(x)?;
        progress.check()?;
        let x = self.attention.forward(&x)?;
        progress.check()?;
        self.second.forward(&x)
    }
}
