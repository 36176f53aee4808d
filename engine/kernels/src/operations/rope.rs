use candle_core::{DType, Tensor};
use candle_nn::rotary_emb::rope_i;

use crate::{Result, rms_norm};

/// Cosines and sines [tokens, d / 2] in f32.
#[derive(Debug, Clone)]
pub struct Rotation {
    pub cos: Tensor,
    pub sin: Tensor,
}

/// The norms [d] of the queries and keys in the next so many rows.
#[derive(Debug, Clone, Copy)]
pub struct QkNorm<'a> {
    pub rows: usize,
    pub q: &'a Tensor,
    pub k: &'a Tensor,
    pub eps: f64,
}

impl Rotation {
    /// x [tokens, heads, d] with neighbouring numbers turned as pairs, in f32.
    fn turn(&self, x: &Tensor) -> Result<Tensor> {
        let wide = x.to_dtype(DType::F32)?.transpose(0, 1)?.contiguous()?;
        rope_i(&wide.unsqueeze(0)?, &self.cos, &self.sin)?
            .squeeze(0)?
            .to_dtype(x.dtype())
    }
}

/// Query, key and value [heads, tokens, d] from rows [tokens, 3·heads·d] that hold all three: queries and keys are
/// normalised, by `norms` from the first row to the last, and turned by their token's rotation. The rows may be changed
/// where they lie, and the results be views of them.
pub fn qk_norm_rope(
    qkv: Tensor,
    heads: usize,
    norms: &[QkNorm],
    rotation: &Rotation,
) -> Result<[Tensor; 3]> {
    let (tokens, width) = qkv.dims2()?;
    #[cfg(feature = "cuda")]
    let in_place = crate::operations::cuda::qk_norm_rope(&qkv, heads, norms, rotation)?;
    #[cfg(not(feature = "cuda"))]
    let in_place = false;
    let qkv = qkv.reshape((tokens, 3, heads, width / heads / 3))?;
    let part = |index: usize| qkv.narrow(1, index, 1)?.squeeze(1);
    if in_place {
        let view = |index: usize| part(index)?.transpose(0, 1);
        return Ok([view(0)?, view(1)?, view(2)?]);
    }
    let turned = |index: usize, weight: fn(&QkNorm) -> Tensor| -> Result<Tensor> {
        let rows = part(index)?;
        let mut first = 0;
        let mut normal = Vec::with_capacity(norms.len());
        for norm in norms {
            let rows = rows.narrow(0, first, norm.rows)?.contiguous()?;
            normal.push(rms_norm(&rows, &weight(norm), norm.eps)?);
            first += norm.rows;
        }
        rotation.turn(&Tensor::cat(&normal, 0)?)
    };
    Ok([
        turned(0, |norm| norm.q.clone())?,
        turned(1, |norm| norm.k.clone())?,
        part(2)?.transpose(0, 1)?,
    ])
}
