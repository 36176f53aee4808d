use candle_core::{D, Tensor};

use crate::Result;

/// [rows, heads·d] → [heads, rows, d]
pub fn split_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    x.reshape((rows, heads, width / heads))?
        .transpose(0, 1)?
        .contiguous()
}

/// [heads, rows, d] → [rows, heads·d]
pub fn join_heads(x: &Tensor) -> Result<Tensor> {
    x.transpose(0, 1)?.contiguous()?.flatten_from(D::Minus2)
}
