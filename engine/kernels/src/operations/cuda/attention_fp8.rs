//! Attention of e4m3, which Hopper does at one and a half times the speed of bf16.

use candle_core::Tensor;
use float8::F8E4M3;
use half::bf16;

use crate::device::cuda::buffer::{address, device, uninitialised};
use crate::toolkit::cudnn;
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};
use crate::{Fp8Rows, Result};

/// Numbers in a vector of a kernel.
const VECTOR: usize = 8;
const THREADS: u32 = 384;
/// Blocks that look for the largest numbers: two for each of a large device's multiprocessors.
const SCANNING: usize = 264;
const JOINING_THREADS: u32 = 128;
/// What attention takes and tells beside the rows: see `join_parts`.
const NUMBERS: usize = 8;

/// `crate::attention_in_fp8`
pub(crate) fn attention_in_fp8([q, k, v]: &[Tensor; 3]) -> Result<Option<Fp8Rows>> {
    let (heads, rows, size) = q.dims3()?;
    let width = heads * size;
    let part = |x: &Tensor| -> Result<Option<u64>> {
        let whole = x.dims() == [heads, rows, size] && x.stride() == [size, 3 * width, 1];
        match whole && super::serves(x) {
            true => address::<bf16>(x).map(Some),
            false => Ok(None),
        }
    };
    let (Some(from), Some(k_from), Some(v_from)) = (part(q)?, part(k)?, part(v)?) else {
        return Ok(None);
    };
    let step = (width * size_of::<bf16>()) as u64;
    let lies_in_one = [k_from, v_from] == [from + step, from + 2 * step];
    let Some((toolkit, _)) = Toolkit::of(q) else {
        return Ok(None);
    };
    if !lies_in_one || !from.is_multiple_of(16) || !width.is_multiple_of(VECTOR) {
        return Ok(None);
    }
    let device = device(q)?;
    let vectors = (width / VECTOR) as u32;
    // SAFETY: the kernels write all of what later ones read: sums of each block, a mean for each column, the numbers that
    // attention takes, and e4m3 for each number of the rows, which have three parts of `width`.
    let (parts, scales, numbers) = unsafe {
        let sums = uninitialised::<f32>((SCANNING, width), &device)?;
        let means = uninitialised::<f32>(width, &device)?;
        let numbers = uninitialised::<f32>(NUMBERS, &device)?;
        let largest = Tensor::zeros(3, candle_core::DType::U32, q.device())?;
        let largest_at = Arg::Address(address::<u32>(&largest)?);
        let scan = [
            Arg::Address(from),
            Arg::Count(rows as u32),
            Arg::Count(vectors),
            Arg::Address(address::<f32>(&sums)?),
            largest_at,
        ];
        toolkit.launch(
            &device,
            Kernel::ScanParts,
            (SCANNING as u32, THREADS),
            &scan,
        )?;
        let join = [
            Arg::Address(address::<f32>(&sums)?),
            Arg::Count(SCANNING as u32),
            Arg::Count(rows as u32),
            Arg::Count(width as u32),
            largest_at,
            Arg::Address(address::<f32>(&means)?),
            Arg::Address(address::<f32>(&numbers)?),
        ];
        let joining = (width as u32).div_ceil(JOINING_THREADS);
        toolkit.launch(
            &device,
            Kernel::JoinParts,
            (joining, JOINING_THREADS),
            &join,
        )?;
        let parts = uninitialised::<F8E4M3>((rows, 3, heads, size), &device)?;
        let scales = uninitialised::<f32>(rows, &device)?;
        let convert = [
            Arg::Address(from),
            Arg::Count(vectors),
            Arg::Address(address::<f32>(&means)?),
            Arg::Address(address::<f32>(&numbers)?),
            Arg::Address(address::<F8E4M3>(&parts)?),
            Arg::Address(address::<f32>(&scales)?),
        ];
        toolkit.launch(&device, Kernel::PartsE4m3, (rows as u32, THREADS), &convert)?;
        (parts, scales, numbers)
    };
    let values = cudnn::attention_in_fp8(&parts, &numbers)?;
    Ok(values.map(|values| Fp8Rows { values, scales }))
}
