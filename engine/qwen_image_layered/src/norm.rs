use candle_core::{D, DType, Tensor};

use crate::Result;
use crate::files::Weights;

/// x / √(mean(x²) + eps) · weight over the last dimension: f32 inside, rounded to the weight's type before the product
/// (transformers `Qwen2RMSNorm`, diffusers `RMSNorm`).
#[derive(Debug, Clone)]
pub(crate) struct RmsNorm {
    weight: Tensor,
    eps: f64,
}

impl RmsNorm {
    pub fn load(weights: &Weights, size: usize, eps: f64) -> Result<Self> {
        Ok(Self {
            weight: weights.tensor("weight", &[size])?,
            eps,
        })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let wide = x.to_dtype(DType::F32)?;
        let variance = wide.sqr()?.mean_keepdim(D::Minus1)?;
        let normal = wide.broadcast_div(&(variance + self.eps)?.sqrt()?)?;
        Ok(normal
            .to_dtype(self.weight.dtype())?
            .broadcast_mul(&self.weight)?)
    }
}

/// (x − mean) / √(variance + 1e-6) over the last dimension, without weights; f32 inside, x's type outside.
pub(crate) fn layer_norm(x: &Tensor) -> Result<Tensor> {
    let wide = x.to_dtype(DType::F32)?;
    let centred = wide.broadcast_sub(&wide.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let normal = centred.broadcast_div(&(variance + 1e-6)?.sqrt()?)?;
    Ok(normal.to_dtype(x.dtype())?)
}
