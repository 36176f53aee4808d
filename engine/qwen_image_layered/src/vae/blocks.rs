use candle_core::{DType, Tensor};
use kernels::{Sight, attention};

use crate::Result;
use crate::files::Weights;
use crate::watch::Watch;
use kernels::{scale, silu};

/// A convolution with stride 1 that keeps the size, of a kernel that was 3-D in the file.
pub(super) struct Conv {
    plane: PlaneConv,
}

/// A 2-D convolution.
pub(super) struct PlaneConv {
    weight: Tensor,
    bias: Tensor,
    padding: usize,
    stride: usize,
}

/// Divides each pixel by its length over the channels (diffusers `QwenImageRMS_norm`).
pub(super) struct ChannelNorm {
    /// [channels, 1, 1]
    gamma: Tensor,
    scale: f64,
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
    qkv: PlaneConv,
    projection: PlaneConv,
}

/// The lowest resolution's blocks.
pub(super) struct Middle {
    first: Residual,
    attention: PixelAttention,
    second: Residual,
}

impl Conv {
    pub fn load(weights: &Weights, inputs: usize, outputs: usize, kernel: usize) -> Result<Self> {
        let shape = [outputs, inputs, kernel, kernel, kernel];
        Ok(Self {
            plane: PlaneConv {
                weight: weights.last_frame("weight", shape)?,
                bias: bias(weights, outputs)?,
                padding: kernel / 2,
                stride: 1,
            },
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.plane.forward(x)
    }
}

impl PlaneConv {
    pub fn load(weights: &Weights, inputs: usize, outputs: usize, kernel: usize) -> Result<Self> {
        Ok(Self {
            weight: weights.tensor("weight", &[outputs, inputs, kernel, kernel])?,
            bias: bias(weights, outputs)?,
            padding: kernel / 2,
            stride: 1,
        })
    }

    /// Halves the size; pads only right and below.
    pub fn load_halving(weights: &Weights, channels: usize) -> Result<Self> {
        Ok(Self {
            padding: 0,
            stride: 2,
            ..Self::load(weights, channels, channels, 3)?
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = if self.stride == 2 {
            x.pad_with_zeros(2, 0, 1)?.pad_with_zeros(3, 0, 1)?
        } else {
            x.clone()
        };
        let out = if x.device().is_cpu() && x.dtype() == DType::BF16 {
            // Candle has no such convolution on a processor; products of bf16 are exact in f32.
            let [x, weight] = [&x, &self.weight].map(|x| x.to_dtype(DType::F32));
            x?.conv2d(&weight?, self.padding, self.stride, 1, 1)?
                .to_dtype(DType::BF16)?
        } else {
            x.conv2d(&self.weight, self.padding, self.stride, 1, 1)?
        };
        Ok(out.broadcast_add(&self.bias)?)
    }
}

fn bias(weights: &Weights, outputs: usize) -> Result<Tensor> {
    Ok(weights
        .tensor("bias", &[outputs])?
        .reshape((1, outputs, 1, 1))?)
}

impl ChannelNorm {
    /// `dimensions` of one pixel in the file: 3 where the module was 3-D, 2 in attention.
    pub fn load(weights: &Weights, channels: usize, dimensions: usize) -> Result<Self> {
        let mut shape = vec![1; dimensions + 1];
        shape[0] = channels;
        Ok(Self {
            gamma: weights.tensor("gamma", &shape)?.reshape((channels, 1, 1))?,
            scale: (channels as f64).sqrt(),
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let wide = x.to_dtype(DType::F32)?;
        let length = wide.sqr()?.sum_keepdim(1)?.sqrt()?.maximum(1e-12)?;
        let normal = wide.broadcast_div(&length)?.to_dtype(x.dtype())?;
        Ok(scale(&normal, self.scale)?.broadcast_mul(&self.gamma)?)
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
        let change = self.conv1.forward(&silu(&self.norm1.forward(x)?)?)?;
        let change = self.conv2.forward(&silu(&self.norm2.forward(&change)?)?)?;
        Ok(match &self.shortcut {
            Some(shortcut) => (change + shortcut.forward(x)?)?,
            None => (change + x)?,
        })
    }
}

impl PixelAttention {
    fn load(weights: &Weights, channels: usize) -> Result<Self> {
        Ok(Self {
            norm: ChannelNorm::load(&weights.at("norm"), channels, 2)?,
            qkv: PlaneConv::load(&weights.at("to_qkv"), channels, 3 * channels, 1)?,
            projection: PlaneConv::load(&weights.at("proj"), channels, channels, 1)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (_, channels, height, width) = x.dims4()?;
        // [1, 3·channels, h, w] → three of [1, h·w, channels]
        let qkv = self
            .qkv
            .forward(&self.norm.forward(x)?)?
            .flatten_from(2)?
            .transpose(1, 2)?
            .contiguous()?;
        let [q, k, v] = [0, 1, 2].map(|part| qkv.narrow(2, part * channels, channels));
        let attended = attention(&q?, &k?, &v?, Sight::All)?
            .transpose(1, 2)?
            .contiguous()?
            .reshape((1, channels, height, width))?;
        Ok((self.projection.forward(&attended)? + x)?)
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

    pub fn forward(&self, x: &Tensor, watch: &dyn Watch) -> Result<Tensor> {
        let x = self.first.forward(x)?;
        watch.check()?;
        let x = self.attention.forward(&x)?;
        watch.check()?;
        self.second.forward(&x)
    }
}
