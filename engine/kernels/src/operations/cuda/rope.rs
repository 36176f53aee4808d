use candle_core::{DType, Tensor};

use crate::device::cuda::buffer::address;
use crate::operations::cuda::rows::Rows;
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};
use crate::{QkNorm, Result, Rotation};

/// Numbers in a vector of a kernel.
const VECTOR: usize = 8;
const WARP: usize = 32;
const MOST_THREADS: u32 = 384;

/// Normalises and turns queries and keys where they lie. False where that cannot be done; nothing was changed then.
pub(crate) fn qk_norm_rope(
    qkv: &Tensor,
    heads: usize,
    norms: &[QkNorm],
    rotation: &Rotation,
) -> Result<bool> {
    let (Some(rows), Some((toolkit, device))) = (Rows::of(qkv)?, Toolkit::of(qkv)) else {
        return Ok(false);
    };
    let size = rows.width / 3 / heads;
    let lanes = size / VECTOR;
    let is_whole = rows.width == 3 * heads * size && size.is_multiple_of(VECTOR);
    if !is_whole || !lanes.is_power_of_two() || lanes > WARP || rows.stride != rows.width {
        return Ok(false);
    }
    let turns = |x: &Tensor| {
        x.dtype() == DType::F32
            && x.is_contiguous()
            && x.device().same_device(qkv.device())
            && x.dims() == [rows.rows, size / 2]
    };
    if !turns(&rotation.cos)
        || !turns(&rotation.sin)
        || norms.iter().map(|norm| norm.rows).sum::<usize>() != rows.rows
    {
        return Ok(false);
    }
    let mut weights = Vec::with_capacity(norms.len());
    for norm in norms {
        let (Some(q), Some(k)) = (Rows::vector(norm.q, size)?, Rows::vector(norm.k, size)?) else {
            return Ok(false);
        };
        weights.push((norm, q, k));
    }

    let (cos, sin) = (
        address::<f32>(&rotation.cos)?,
        address::<f32>(&rotation.sin)?,
    );
    if cos % 16 != 0 || sin % 16 != 0 {
        return Ok(false);
    }
    let vectors = (heads * lanes) as u32;
    let threads = vectors.next_multiple_of(WARP as u32).min(MOST_THREADS);
    let mut first = 0;
    for (norm, q, k) in weights.into_iter().filter(|(norm, ..)| norm.rows > 0) {
        let rotation_at = (first * size / 2 * size_of::<f32>()) as u64;
        let arguments = [
            Arg::Address(rows.address + (first * rows.width * 2) as u64),
            Arg::Count(vectors),
            Arg::Count(lanes as u32),
            Arg::Address(q),
            Arg::Address(k),
            Arg::Address(cos + rotation_at),
            Arg::Address(sin + rotation_at),
            Arg::Number(norm.eps as f32),
        ];
        // SAFETY: the rows of all norms are those of the buffer and of the rotation, as checked above.
        unsafe {
            toolkit.launch(
                &device,
                Kernel::QkNormRope,
                (norm.rows as u32, threads),
                &arguments,
            )?;
        }
        first += norm.rows;
    }
    Ok(true)
}
