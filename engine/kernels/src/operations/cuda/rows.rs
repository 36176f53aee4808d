use candle_core::{DType, Tensor};
use half::bf16;

use crate::Result;
use crate::device::cuda::buffer;

/// Numbers in the vectors that the kernels read.
const VECTOR: usize = 8;
/// What a thread of a row's block holds (`PER_THREAD` in rows.cu).
const VECTORS_PER_THREAD: usize = 4;
/// A row's block then has 512 threads.
const WIDEST: usize = 512 * VECTORS_PER_THREAD * VECTOR;
const WARP: u32 = 32;

/// Rows of bf16 on a device in vectors of 16 bytes, as the kernels read them. Valid as long as their tensor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub address: u64,
    pub rows: usize,
    /// Numbers in a row.
    pub width: usize,
    /// From a row's start to the next one's, in numbers.
    pub stride: usize,
}

impl Rows {
    /// None where the tensor is of another type or does not lie in whole vectors.
    pub fn of(x: &Tensor) -> Result<Option<Self>> {
        if x.dtype() != DType::BF16 || !x.device().is_cuda() || x.elem_count() == 0 {
            return Ok(None);
        }
        let (shape, strides) = (x.dims(), x.stride());
        let (Some(width), Some(last)) = (shape.last().copied(), strides.last().copied()) else {
            return Ok(None);
        };
        let rows = x.elem_count() / width;
        let stride = match strides {
            [stride, 1] if rows > 1 => *stride,
            _ if x.is_contiguous() => width,
            _ => return Ok(None),
        };
        let address = buffer::address::<bf16>(x)?;
        let fits = last == 1
            && width % VECTOR == 0
            && stride % VECTOR == 0
            && address % 16 == 0
            && u32::try_from(rows).is_ok_and(|rows| i32::try_from(rows).is_ok())
            && u32::try_from(stride).is_ok();
        Ok(fits.then_some(Self {
            address,
            rows,
            width,
            stride,
        }))
    }

    /// A vector that is the same for all rows of `width`.
    pub fn vector(x: &Tensor, width: usize) -> Result<Option<u64>> {
        let rows = Self::of(x)?;
        Ok(rows
            .filter(|x| x.rows == 1 && x.width == width)
            .map(|x| x.address))
    }

    /// Whether a block can hold a row.
    pub fn fit_blocks(&self) -> bool {
        self.width <= WIDEST
    }

    pub fn vectors(&self) -> u32 {
        (self.width / VECTOR) as u32
    }

    pub fn stride_in_vectors(&self) -> u32 {
        (self.stride / VECTOR) as u32
    }

    /// Blocks, one a row, and their threads.
    pub fn grid(&self) -> (u32, u32) {
        let threads = self.vectors().div_ceil(VECTORS_PER_THREAD as u32);
        (self.rows as u32, threads.next_multiple_of(WARP))
    }
}
