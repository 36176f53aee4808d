use candle_core::{DType, Tensor};

use crate::{Result, scale, silu};

/// x [1, channels, height, width] with each pixel divided by its length over the channels, times √channels and
/// gamma [channels] (diffusers `QwenImageRMS_norm`).
pub fn channel_norm(x: &Tensor, gamma: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if let Some(out) = crate::cuda::channel_norm(x, gamma, false)? {
        return Ok(out);
    }
    let channels = gamma.dim(0)?;
    let wide = x.to_dtype(DType::F32)?;
    let length = wide.sqr()?.sum_keepdim(1)?.sqrt()?.maximum(1e-12)?;
    let normal = wide.broadcast_div(&length)?.to_dtype(x.dtype())?;
    scale(&normal, (channels as f64).sqrt())?.broadcast_mul(&gamma.reshape((channels, 1, 1))?)
}

/// [`silu`]([`channel_norm`])
pub fn channel_norm_silu(x: &Tensor, gamma: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if let Some(out) = crate::cuda::channel_norm(x, gamma, true)? {
        return Ok(out);
    }
    silu(&channel_norm(x, gamma)?)
}
