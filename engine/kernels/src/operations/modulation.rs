//! How a diffusion transformer's block heeds the time (diffusers `AdaLayerNorm`): vectors [1, width] that scale, shift and
//! gate all rows alike.

use candle_core::Tensor;

use crate::{Matrix, Prepared, Result, layer_norm};

/// [`layer_norm`](x) · (1 + scale) + shift, each step rounded to x's type.
pub fn modulate(x: &Tensor, shift: &Tensor, scale: &Tensor) -> Result<Tensor> {
    fused!(modulate(x, shift, scale));
    layer_norm(x)?
        .broadcast_mul(&(scale + 1.0)?)?
        .broadcast_add(shift)
}

/// [`modulate`]d as a product with `matrix` takes it.
pub fn modulate_for(x: &Tensor, [shift, scale]: [&Tensor; 2], matrix: &Matrix) -> Result<Prepared> {
    #[cfg(feature = "cuda")]
    if let Some(rows) = crate::operations::cuda::modulate_for_fp8(x, [shift, scale], matrix)? {
        return Ok(Prepared::Fp8(rows));
    }
    let _ = matrix;
    Ok(Prepared::Dense(modulate(x, shift, scale)?))
}

/// x + change · gate
pub fn add_gated(x: &Tensor, change: &Tensor, gate: &Tensor) -> Result<Tensor> {
    fused!(add_gated(x, change, gate));
    x + change.broadcast_mul(gate)?
}

/// [`add_gated`]'s sum, and that [`modulate`]d as a product with `matrix` takes it, in one pass over memory.
pub fn add_gated_and_modulate(
    [x, change, gate]: [&Tensor; 3],
    [shift, scale]: [&Tensor; 2],
    matrix: &Matrix,
) -> Result<(Tensor, Prepared)> {
    fused!(add_gated_and_modulate(
        [x, change, gate],
        [shift, scale],
        matrix
    ));
    let _ = matrix;
    let sum = add_gated(x, change, gate)?;
    let modulated = modulate(&sum, shift, scale)?;
    Ok((sum, Prepared::Dense(modulated)))
}
