use candle_core::{D, DType, Tensor};

use crate::{Result, scale, silu};

/// x / √(mean(x²) + eps) · weight over the last dimension: f32 inside, rounded to the weight's type before the product
/// (transformers `Qwen2RMSNorm`, diffusers `RMSNorm`).
pub fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    fused!(rms_norm(x, weight, eps));
    let wide = x.to_dtype(DType::F32)?;
    let variance = wide.sqr()?.mean_keepdim(D::Minus1)?;
    let normal = wide.broadcast_div(&(variance + eps)?.sqrt()?)?;
    normal.to_dtype(weight.dtype())?.broadcast_mul(weight)
}

/// (x − mean) / √(variance + 1e-6) over the last dimension, without weights; f32 inside, x's type outside.
pub fn layer_norm(x: &Tensor) -> Result<Tensor> {
    let wide = x.to_dtype(DType::F32)?;
    let centred = wide.broadcast_sub(&wide.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let normal = centred.broadcast_div(&(variance + 1e-6)?.sqrt()?)?;
    normal.to_dtype(x.dtype())
}

/// x [1, channels, height, width] with each pixel divided by its length over the channels, times √channels and
/// gamma [channels] (diffusers `QwenImageRMS_norm`).
pub fn channel_norm(x: &Tensor, gamma: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if let Some(out) = crate::operations::cuda::channel_norm(x, gamma, false)? {
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
    if let Some(out) = crate::operations::cuda::channel_norm(x, gamma, true)? {
        return Ok(out);
    }
    silu(&channel_norm(x, gamma)?)
}
