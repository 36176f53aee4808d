use candle_core::{D, DType, Tensor};

use crate::Result;

/// The velocity away from the negative prompt (diffusers 58eb52c, `pipelines/qwenimage/pipeline_qwenimage_layered.py`).
/// `normalize` brings each token back to the length that the prompt alone gives it. Each operation is rounded to the
/// velocities' type.
pub(crate) fn guide(
    positive: &Tensor,
    negative: &Tensor,
    scale: f32,
    normalize: bool,
) -> Result<Tensor> {
    let difference = (positive - negative)?;
    // The scale itself is not rounded to bf16.
    let scaled =
        (difference.to_dtype(DType::F32)? * f64::from(scale))?.to_dtype(positive.dtype())?;
    let guided = (negative + scaled)?;
    if !normalize {
        return Ok(guided);
    }
    let ratio = (length(positive)? / length(&guided)?)?;
    Ok(guided.broadcast_mul(&ratio)?)
}

fn length(tokens: &Tensor) -> Result<Tensor> {
    let wide = tokens.to_dtype(DType::F32)?;
    let length = wide.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
    Ok(length.to_dtype(tokens.dtype())?)
}
