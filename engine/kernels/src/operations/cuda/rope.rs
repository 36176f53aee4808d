use std::sync::Arc;

use candle_core::cuda_backend::CudaDevice;
use candle_core::{DType, Tensor};
use half::bf16;

use crate::device::cuda::buffer::address;
use crate::operations::cuda::rows::Rows;
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};
use crate::{QkNorm, Result, Rotation};

/// Numbers in a vector of a kernel.
const VECTOR: usize = 8;
const WARP: usize = 32;
const MOST_THREADS: u32 = 384;

/// Rows of query, key and value on a device, and what normalises and turns the first two.
pub(crate) struct Turning {
    pub rows: Rows,
    pub toolkit: Arc<Toolkit>,
    pub device: CudaDevice,
    /// Vectors in a head.
    lanes: usize,
    /// None of them empty.
    pub stretches: Vec<Stretch>,
}

/// Neighbouring rows of one norm.
pub(crate) struct Stretch {
    /// Before these.
    pub first: usize,
    pub rows: usize,
    address: u64,
    weights: [u64; 2],
    rotation: [u64; 2],
    eps: f32,
}

impl Turning {
    /// None where the kernels do not take these.
    pub fn of(
        qkv: &Tensor,
        heads: usize,
        norms: &[QkNorm],
        rotation: &Rotation,
    ) -> Result<Option<Self>> {
        let (Some(rows), Some((toolkit, device))) = (Rows::of(qkv)?, Toolkit::of(qkv)) else {
            return Ok(None);
        };
        let size = rows.width / 3 / heads;
        let lanes = size / VECTOR;
        let is_whole = rows.width == 3 * heads * size && size.is_multiple_of(VECTOR);
        if !is_whole || !lanes.is_power_of_two() || lanes > WARP || rows.stride != rows.width {
            return Ok(None);
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
            return Ok(None);
        }
        let turns = [
            address::<f32>(&rotation.cos)?,
            address::<f32>(&rotation.sin)?,
        ];
        if turns.iter().any(|at| !at.is_multiple_of(16)) {
            return Ok(None);
        }
        let mut first = 0;
        let mut stretches = Vec::with_capacity(norms.len());
        for norm in norms {
            let (Some(q), Some(k)) = (Rows::vector(norm.q, size)?, Rows::vector(norm.k, size)?)
            else {
                return Ok(None);
            };
            if norm.rows == 0 {
                continue;
            }
            let turned = (first * size / 2 * size_of::<f32>()) as u64;
            stretches.push(Stretch {
                first,
                rows: norm.rows,
                address: rows.address + (first * rows.width * size_of::<bf16>()) as u64,
                weights: [q, k],
                rotation: turns.map(|at| at + turned),
                eps: norm.eps as f32,
            });
            first += norm.rows;
        }
        Ok(Some(Self {
            rows,
            toolkit,
            device,
            lanes,
            stretches,
        }))
    }

    /// Of one of the three parts of a row.
    fn vectors(&self) -> u32 {
        self.rows.vectors() / 3
    }

    /// Threads of a block, of which each has some vectors of a row's parts.
    fn threads(&self) -> u32 {
        self.vectors()
            .next_multiple_of(WARP as u32)
            .min(MOST_THREADS)
    }

    /// Queues a kernel that takes the rows, `more`, how they lie, and what norms and turns them, and then `last`.
    ///
    /// # Safety
    /// It must take these, and be for a grid of so many blocks.
    pub unsafe fn launch(
        &self,
        kernel: Kernel,
        blocks: usize,
        stretch: &Stretch,
        (more, last): (&[Arg], &[Arg]),
    ) -> Result<()> {
        let [q, k] = stretch.weights.map(Arg::Address);
        let [cos, sin] = stretch.rotation.map(Arg::Address);
        let shape = [Arg::Count(self.vectors()), Arg::Count(self.lanes as u32)];
        let arguments = [
            &[Arg::Address(stretch.address)],
            more,
            &shape,
            &[q, k, cos, sin, Arg::Number(stretch.eps)],
            last,
        ]
        .concat();
        let grid = (blocks as u32, self.threads());
        // SAFETY: the caller's promise.
        unsafe { self.toolkit.launch(&self.device, kernel, grid, &arguments) }
    }
}

/// Normalises and turns queries and keys where they lie. False where that cannot be done; nothing was changed then.
pub(crate) fn qk_norm_rope(
    qkv: &Tensor,
    heads: usize,
    norms: &[QkNorm],
    rotation: &Rotation,
) -> Result<bool> {
    let Some(turning) = Turning::of(qkv, heads, norms, rotation)? else {
        return Ok(false);
    };
    for stretch in &turning.stretches {
        // SAFETY: a block for each row, and the rows of all norms are those of the buffer and of the rotation.
        unsafe { turning.launch(Kernel::QkNormRope, stretch.rows, stretch, (&[], &[]))? };
    }
    Ok(true)
}
