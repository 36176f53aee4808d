use candle_core::{DType, Tensor};

use crate::Result;

/// Which of the picture's positions a convolution looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// All; zeros around the picture keep its size.
    Every,
    /// Each second one, which halves the size; zeros only right and below.
    EverySecond,
}

/// A 2-D convolution with a square kernel.
#[derive(Debug, Clone)]
pub struct Convolution {
    /// [out, in, kernel, kernel]
    weight: Tensor,
    /// [1, out, 1, 1]
    bias: Tensor,
    sampling: Sampling,
    #[cfg(feature = "cuda")]
    packed: Option<crate::operations::cuda::PackedConvolution>,
}

impl Convolution {
    /// weight [out, in, kernel, kernel] and bias [out]
    pub fn new(weight: Tensor, bias: Tensor, sampling: Sampling) -> Result<Self> {
        let (outputs, ..) = weight.dims4()?;
        #[cfg(feature = "cuda")]
        if crate::operations::cuda::serves(&weight) {
            let packed = crate::operations::cuda::PackedConvolution::new(&weight, &bias)?;
            return Ok(Self {
                // The memory is the packed one's.
                weight: packed.weight()?,
                bias: packed.bias()?,
                sampling,
                packed: Some(packed),
            });
        }
        Ok(Self {
            weight,
            bias: bias.reshape((1, outputs, 1, 1))?,
            sampling,
            #[cfg(feature = "cuda")]
            packed: None,
        })
    }

    /// Zeros before and after, in both directions alike.
    pub(crate) fn paddings(&self) -> Result<[usize; 2]> {
        let (.., kernel) = self.weight.dims4()?;
        Ok(match self.sampling {
            Sampling::Every => [kernel / 2; 2],
            Sampling::EverySecond => [0, kernel / 2],
        })
    }

    pub(crate) fn stride(&self) -> usize {
        match self.sampling {
            Sampling::Every => 1,
            Sampling::EverySecond => 2,
        }
    }
}

/// The convolution of x [1, in, height, width] and its bias.
pub fn convolve(x: &Tensor, convolution: &Convolution) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if let Some(packed) = &convolution.packed
        && let Some(out) = packed.convolve(x, convolution, None)?
    {
        return Ok(out);
    }
    let x = x.contiguous()?;
    let weight = convolution.weight.contiguous()?;
    let x = match convolution.sampling {
        Sampling::Every => x,
        Sampling::EverySecond => {
            let [before, after] = convolution.paddings()?;
            x.pad_with_zeros(2, before, after)?
                .pad_with_zeros(3, before, after)?
        }
    };
    let padding = match convolution.sampling {
        Sampling::Every => convolution.paddings()?[0],
        Sampling::EverySecond => 0,
    };
    let stride = convolution.stride();
    let out = if x.device().is_cpu() && x.dtype() == DType::BF16 {
        // Candle has no such convolution on a processor; products of bf16 are exact in f32.
        let [x, weight] = [&x, &weight].map(|x| x.to_dtype(DType::F32));
        x?.conv2d(&weight?, padding, stride, 1, 1)?
            .to_dtype(DType::BF16)?
    } else {
        x.conv2d(&weight, padding, stride, 1, 1)?
    };
    out.broadcast_add(&convolution.bias)
}

/// [`convolve`] + plus
pub fn convolve_and_add(x: &Tensor, convolution: &Convolution, plus: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if let Some(packed) = &convolution.packed
        && let Some(out) = packed.convolve(x, convolution, Some(plus))?
    {
        return Ok(out);
    }
    convolve(x, convolution)? + plus
}

/// x [1, channels, height, width] at twice the size, each pixel repeated.
pub fn double(x: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if let Some(out) = crate::operations::cuda::double(x)? {
        return Ok(out);
    }
    let (_, _, height, width) = x.dims4()?;
    x.upsample_nearest2d(2 * height, 2 * width)
}
