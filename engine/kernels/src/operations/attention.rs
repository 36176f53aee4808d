use candle_core::{D, DType, Device, Tensor};
use candle_nn::ops::softmax_last_dim;

use crate::{Fp8Rows, QkNorm, Result, Rotation};

/// Scores held at once, whatever the sequence's length: 32 MiB of f32 stay near a processor's caches, a GPU needs 1 GiB
/// to be busy.
const SCORES_ON_PROCESSOR: usize = 1 << 23;
const SCORES_ON_GPU: usize = 1 << 28;

/// Scores below which a fused kernel gains less than its preparation for this number of rows costs (some 50 ms).
#[cfg(feature = "cuda")]
const WORTH_FUSING: usize = 1 << 23;

/// Which keys a query sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    All,
    /// The keys up to its own; the last query stands at the last key.
    Causal,
}

/// softmax(q·kᵀ/√d)·v, the only attention in the model. q [heads, queries, d]; k and v [key heads, keys, d], where each
/// key head serves heads/key heads consecutive heads. Any strides are good, so that parts of one tensor can be given
/// without copying. Scores and softmax in f32, the product with v in v's type. The result may be a view too, of
/// [queries, heads, d].
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, sight: Mask) -> Result<Tensor> {
    let (heads, queries, size) = q.dims3()?;
    let (key_heads, keys, _) = k.dims3()?;
    #[cfg(feature = "cuda")]
    if sight == Mask::All
        && heads == key_heads
        && heads * queries * keys >= WORTH_FUSING
        && [q, k, v].into_iter().all(crate::operations::cuda::serves)
        && let Some(out) = crate::operations::cuda::attention(q, k, v)?
    {
        return Ok(out);
    }
    let k = for_each_head(k, heads / key_heads)?
        .to_dtype(DType::F32)?
        .transpose(1, 2)?
        .contiguous()?;
    let v = for_each_head(v, heads / key_heads)?.contiguous()?;
    let scale = 1.0 / (size as f64).sqrt();

    let at_once = if q.device().is_cpu() {
        SCORES_ON_PROCESSOR
    } else {
        SCORES_ON_GPU
    };
    let rows = (at_once / (heads * keys)).clamp(1, queries);
    let mut chunks = Vec::with_capacity(queries.div_ceil(rows));
    for first in (0..queries).step_by(rows) {
        let rows = rows.min(queries - first);
        let q = (q.narrow(1, first, rows)?.to_dtype(DType::F32)? * scale)?.contiguous()?;
        let mut scores = q.matmul(&k)?;
        if sight == Mask::Causal && queries > 1 {
            let mask = causal_mask(keys - queries + first, rows, keys, scores.device())?;
            scores = scores.broadcast_add(&mask)?;
        }
        let shares = softmax_last_dim(&scores)?.to_dtype(v.dtype())?;
        chunks.push(shares.matmul(&v)?);
    }
    Tensor::cat(&chunks, 1)
}

/// [`attention`] in e4m3, where each query sees all keys, of rows as those of [`qk_norm_rope`](crate::qk_norm_rope), by which
/// queries and keys are normalised and turned; the rows stay as they are. The result's rows [rows, heads·d]. `None` where the
/// device has no kernel for it, or the rows lie otherwise; Hopper and newer have one, half as fast again as that of bf16.
pub fn attention_in_fp8(
    qkv: &Tensor,
    heads: usize,
    norms: &[QkNorm],
    rotation: &Rotation,
) -> Result<Option<Fp8Rows>> {
    #[cfg(feature = "cuda")]
    return crate::operations::cuda::attention_in_fp8(qkv, heads, norms, rotation);
    #[cfg(not(feature = "cuda"))]
    {
        let _ = (qkv, heads, norms, rotation);
        Ok(None)
    }
}

fn for_each_head(x: &Tensor, times: usize) -> Result<Tensor> {
    if times == 1 {
        return Ok(x.clone());
    }
    let (heads, rows, size) = x.dims3()?;
    x.unsqueeze(1)?
        .expand((heads, times, rows, size))?
        .reshape((heads * times, rows, size))
}

/// 0 where row i, which stands at `first` + i, sees the key, −∞ elsewhere.
fn causal_mask(first: usize, rows: usize, keys: usize, device: &Device) -> Result<Tensor> {
    let mask: Vec<f32> = (0..rows)
        .flat_map(|row| {
            (0..keys).map(move |key| {
                if key <= first + row {
                    0.0
                } else {
                    f32::NEG_INFINITY
                }
            })
        })
        .collect();
    Tensor::from_vec(mask, (1, rows, keys), device)
}

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
