use candle_core::{D, DType, Tensor};
use kernels::scale;

use crate::Result;

/// The velocity away from the negative prompt (diffusers 58eb52c, `pipelines/qwenimage/pipeline_qwenimage_layered.py`).
/// `normalize` brings each token back to the length that the prompt alone gives it. Each operation is rounded to the
/// velocities' type; `strength` itself is not.
pub(crate) fn guide(
    positive: &Tensor,
    negative: &Tensor,
    strength: f32,
    normalize: bool,
) -> Result<Tensor> {
    let difference = (positive - negative)?;
    let guided = (negative + scale(&difference, f64::from(strength))?)?;
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
