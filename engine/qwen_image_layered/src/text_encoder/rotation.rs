use candle_core::{DType, Device, Tensor};
use candle_nn::rotary_emb::rope;
use kernels::split_heads;

use crate::Result;
use crate::rotary::tables;

/// Rotary embedding that turns each number of a head's first half with its partner in the second.
pub(super) struct Rotation {
    /// [tokens, head / 2]
    cos: Tensor,
    sin: Tensor,
}

impl Rotation {
    /// `positions` holds each token's place on every axis, `frequencies` each angle's axis and frequency.
    pub fn new<const AXES: usize>(
        positions: &[[f32; AXES]],
        frequencies: &[(usize, f32)],
        device: &Device,
        dtype: DType,
    ) -> Result<Self> {
        let [cos, sin] = tables(positions, frequencies, device)?;
        Ok(Self {
            cos: cos.to_dtype(dtype)?,
            sin: sin.to_dtype(dtype)?,
        })
    }

    /// [tokens, heads·d] → [heads, tokens, d], turned in the type of the tables.
    pub fn split_and_turn(&self, x: &Tensor, heads: usize) -> Result<Tensor> {
        let x = split_heads(x, heads)?;
        let turned = rope(
            &x.to_dtype(self.cos.dtype())?.unsqueeze(0)?,
            &self.cos,
            &self.sin,
        )?;
        Ok(turned.squeeze(0)?.to_dtype(x.dtype())?)
    }
}
