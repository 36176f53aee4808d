//! Pictures [1, channels, height, width] on a device whose memory is [height, width, channels], as tensor cores want
//! them. They are ordinary tensors with such strides, and what is made of one is another one.

use candle_core::{DType, Tensor};
use half::bf16;

use crate::device::cuda::buffer;
use crate::toolkit::cudnn::{self, Convolved};
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};
use crate::{Convolution, Result};

/// Numbers of bf16 that a thread reads at once, and a multiple of which tensor cores want as channels.
const EIGHT: usize = 8;
const THREADS: u32 = 256;

/// Weights as cuDNN takes them.
#[derive(Debug, Clone)]
pub(crate) struct PackedConvolution {
    /// [out, kernel, kernel, in], both in eights; what was added is zero.
    weight: Tensor,
    /// [out] in eights
    bias: Tensor,
    inputs: usize,
    outputs: usize,
}

impl PackedConvolution {
    /// weight [out, in, kernel, kernel] and bias [out]
    pub fn new(weight: &Tensor, bias: &Tensor) -> Result<Self> {
        let (outputs, inputs, _, _) = weight.dims4()?;
        Ok(Self {
            weight: in_eights(&in_eights(&weight.permute((0, 2, 3, 1))?, 3)?, 0)?.contiguous()?,
            bias: in_eights(bias, 0)?.contiguous()?,
            inputs,
            outputs,
        })
    }

    /// [out, in, kernel, kernel]
    pub fn weight(&self) -> Result<Tensor> {
        self.weight
            .permute((0, 3, 1, 2))?
            .narrow(0, 0, self.outputs)?
            .narrow(1, 0, self.inputs)
    }

    /// [1, out, 1, 1]
    pub fn bias(&self) -> Result<Tensor> {
        self.bias
            .narrow(0, 0, self.outputs)?
            .reshape((1, self.outputs, 1, 1))
    }

    /// x [1, in, height, width] and `plus` [1, out, …] in any layout.
    pub fn convolve(
        &self,
        x: &Tensor,
        how: &Convolution,
        plus: Option<&Tensor>,
    ) -> Result<Option<Tensor>> {
        if !serves(x) || x.dim(0)? != 1 {
            return Ok(None);
        }
        let x = in_eights(&rows(x)?, 2)?.contiguous()?;
        let out = cudnn::convolve(&Convolved {
            x: &x,
            weight: &self.weight,
            bias: &self.bias,
            stride: how.stride(),
            paddings: how.paddings()?,
        })?;
        let Some(out) = out else {
            return Ok(None);
        };
        let out = out.narrow(2, 0, self.outputs)?;
        let sum = match plus {
            Some(plus) => (out.contiguous()? + rows(plus)?.contiguous()?)?,
            None => out,
        };
        picture(&sum).map(Some)
    }
}

/// `crate::channel_norm`, with SiLU behind it where asked.
pub(crate) fn channel_norm(x: &Tensor, gamma: &Tensor, silu: bool) -> Result<Option<Tensor>> {
    let (images, channels, height, width) = x.dims4()?;
    let fits = serves(x) && serves(gamma) && images == 1 && channels.is_multiple_of(EIGHT);
    if !fits || !gamma.is_contiguous() || gamma.layout().start_offset() != 0 {
        return Ok(None);
    }
    let Some(x) = packed(x)? else {
        return Ok(None);
    };
    let pixels = u32::try_from(height * width).ok();
    let (Some(pixels), Some((toolkit, device))) = (pixels, Toolkit::of(&x)) else {
        return Ok(None);
    };
    // Threads that share a pixel: about three reads each.
    let (name, lanes) = match channels {
        0..=128 => (Kernel::ChannelNorm4, 4),
        129..=256 => (Kernel::ChannelNorm8, 8),
        _ => (Kernel::ChannelNorm16, 16),
    };
    // SAFETY: the kernel writes all of `out`, which is as large as x, and reads a gamma for each channel.
    let out = unsafe {
        let out = buffer::uninitialised::<bf16>(x.shape(), &device)?;
        let arguments = [
            Arg::Address(buffer::address::<bf16>(&x)?),
            Arg::Address(buffer::address::<bf16>(gamma)?),
            Arg::Address(buffer::address::<bf16>(&out)?),
            Arg::Count(pixels),
            Arg::Count((channels / EIGHT) as u32),
            Arg::Number((channels as f32).sqrt()),
            Arg::Count(u32::from(silu)),
        ];
        let grid = grid(u64::from(pixels) * lanes);
        toolkit.launch(&device, name, grid, &arguments)?;
        out
    };
    picture(&out).map(Some)
}

/// `crate::double`
pub(crate) fn double(x: &Tensor) -> Result<Option<Tensor>> {
    let (images, channels, height, width) = x.dims4()?;
    if !serves(x) || images != 1 || !channels.is_multiple_of(EIGHT) {
        return Ok(None);
    }
    let Some(x) = packed(x)? else {
        return Ok(None);
    };
    let count = u32::try_from(x.elem_count() / EIGHT).ok();
    let (Some(count), Some((toolkit, device))) = (count, Toolkit::of(&x)) else {
        return Ok(None);
    };
    // SAFETY: the kernel reads `count` vectors and writes four times as many, all of `out`.
    let out = unsafe {
        let out = buffer::uninitialised::<bf16>((2 * height, 2 * width, channels), &device)?;
        let arguments = [
            Arg::Address(buffer::address::<bf16>(&x)?),
            Arg::Address(buffer::address::<bf16>(&out)?),
            Arg::Count(count),
            Arg::Count(width as u32),
            Arg::Count((channels / EIGHT) as u32),
        ];
        toolkit.launch(&device, Kernel::Enlarge, grid(u64::from(count)), &arguments)?;
        out
    };
    picture(&out).map(Some)
}

/// Whether the functions here can work on a tensor.
pub(crate) fn serves(x: &Tensor) -> bool {
    x.device().is_cuda() && x.dtype() == DType::BF16
}

/// [1, channels, height, width] → [height, width, channels]
fn rows(x: &Tensor) -> Result<Tensor> {
    x.squeeze(0)?.permute((1, 2, 0))
}

/// [height, width, channels] without gaps; `None` where eights of it cannot be read at once.
fn packed(x: &Tensor) -> Result<Option<Tensor>> {
    let x = rows(x)?.contiguous()?;
    let aligned = buffer::address::<bf16>(&x)?.is_multiple_of(size_of::<[bf16; EIGHT]>() as u64);
    Ok(aligned.then_some(x))
}

/// The inverse of [`rows`].
fn picture(rows: &Tensor) -> Result<Tensor> {
    rows.permute((2, 0, 1))?.unsqueeze(0)
}

/// With zeros behind the last of a dimension, up to a multiple of eight.
fn in_eights(x: &Tensor, dimension: usize) -> Result<Tensor> {
    let length = x.dim(dimension)?;
    let missing = length.next_multiple_of(EIGHT) - length;
    if missing == 0 {
        return Ok(x.clone());
    }
    x.pad_with_zeros(dimension, 0, missing)
}

/// Blocks and their threads.
fn grid(threads: u64) -> (u32, u32) {
    (threads.div_ceil(u64::from(THREADS)) as u32, THREADS)
}
