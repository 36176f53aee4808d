//! How a diffusion transformer's block heeds the time (diffusers `AdaLayerNorm`): vectors [1, width] that scale, shift and
//! gate all rows alike.

use candle_core::Tensor;

use crate::{Result, layer_norm};

/// [`layer_norm`](x) · (1 + scale) + shift, each step rounded to x's type.
pub fn modulate(x: &Tensor, shift: &Tensor, scale: &Tensor) -> Result<Tensor> {
    fused!(modulate(x, shift, scale));
    layer_norm(x)?
        .broadcast_mul(&(scale + 1.0)?)?
        .broadcast_add(shift)
}

/// x + change · gate
pub fn add_gated(x: &Tensor, change: &Tensor, gate: &Tensor) -> Result<Tensor> {
    fused!(add_gated(x, change, gate));
    x + change.broadcast_mul(gate)?
}
