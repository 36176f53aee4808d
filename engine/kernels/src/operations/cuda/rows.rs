use std::sync::Arc;

use candle_core::cuda_backend::CudaDevice;
use candle_core::{DType, Shape, Tensor};
use float8::F8E4M3;
use half::bf16;

use crate::device::cuda::buffer::{self, address_of_any, uninitialised};
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};
use crate::{Fp8Rows, Result};

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

/// What kernels with a block for each row take, in their order: rows with their strides, vectors as long as a row, what they
/// write, and how many vectors of 16 bytes a row has.
pub(crate) struct RowLaunch {
    pub toolkit: Arc<Toolkit>,
    device: CudaDevice,
    rows: Rows,
    shape: Shape,
    arguments: Vec<Arg>,
}

impl RowLaunch {
    /// Of rows of one shape. None where the kernels do not take them.
    pub fn of(inputs: &[&Tensor], vectors: &[&Tensor]) -> Result<Option<Self>> {
        let Some((first, (toolkit, device))) =
            inputs.first().and_then(|x| Some((*x, Toolkit::of(x)?)))
        else {
            return Ok(None);
        };
        let mut arguments = Vec::new();
        let mut of_first = None;
        for x in inputs {
            match Rows::of(x)? {
                Some(rows) if rows.fit_blocks() && x.dims() == first.dims() => {
                    arguments.push(Arg::Address(rows.address));
                    arguments.push(Arg::Count(rows.stride_in_vectors()));
                    of_first.get_or_insert(rows);
                }
                _ => return Ok(None),
            }
        }
        let Some(rows) = of_first else {
            return Ok(None);
        };
        for vector in vectors {
            match Rows::vector(vector, rows.width)? {
                Some(address) => arguments.push(Arg::Address(address)),
                None => return Ok(None),
            }
        }
        Ok(Some(Self {
            toolkit,
            device,
            rows,
            shape: first.shape().clone(),
            arguments,
        }))
    }

    /// Room as large as the first rows.
    ///
    /// # Safety
    /// A kernel must write all of it before it is read.
    pub unsafe fn dense(&self) -> Result<Tensor> {
        // SAFETY: the caller's promise.
        unsafe { uninitialised::<bf16>(&self.shape, &self.device) }
    }

    /// # Safety
    /// As for [`Self::dense`].
    pub unsafe fn e4m3(&self) -> Result<Fp8Rows> {
        let (rows, width) = (self.rows.rows, self.rows.width);
        // SAFETY: the caller's promise.
        unsafe {
            Ok(Fp8Rows {
                values: uninitialised::<F8E4M3>((rows, width), &self.device)?,
                scales: uninitialised::<f32>(rows, &self.device)?,
            })
        }
    }

    /// # Safety
    /// The kernel must take so many rows and vectors, and then these.
    pub unsafe fn run(mut self, kernel: Kernel, written: &[&Tensor], more: &[Arg]) -> Result<()> {
        for out in written {
            self.arguments.push(Arg::Address(address_of_any(out)?));
        }
        self.arguments.push(Arg::Count(self.rows.vectors()));
        self.arguments.extend_from_slice(more);
        let (grid, arguments) = (self.rows.grid(), &self.arguments);
        // SAFETY: the caller's promise; `of` checked that all rows are of one shape, and the vectors as long as one.
        unsafe { self.toolkit.launch(&self.device, kernel, grid, arguments) }
    }
}
