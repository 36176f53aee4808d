//! Attention of e4m3, which Hopper does at one and a half times the speed of bf16.

use candle_core::{DType, Tensor};
use float8::F8E4M3;

use crate::device::cuda::buffer::{address, uninitialised};
use crate::operations::cuda::rope::Turning;
use crate::toolkit::Arg;
use crate::toolkit::cudnn;
use crate::toolkit::kernel::Kernel;
use crate::{Fp8Rows, QkNorm, Result, Rotation};

/// Blocks that look through the rows of one norm: two for each of a large device's multiprocessors.
const SCANNING: usize = 264;
/// The mean of every so many keys is near enough that of all. Odd, so that no column of a picture is left out.
const EVERY: usize = 7;
/// Columns of a block of `join_parts`, and its threads.
const JOINED: u32 = 32;
const JOINING: u32 = 1024;
/// What attention takes and tells beside the rows: see `join_parts`.
const NUMBERS: usize = 8;

/// `crate::attention_in_fp8`
pub(crate) fn attention_in_fp8(
    qkv: &Tensor,
    heads: usize,
    norms: &[QkNorm],
    rotation: &Rotation,
) -> Result<Option<Fp8Rows>> {
    let Some(turning) = Turning::of(qkv, heads, norms, rotation)? else {
        return Ok(None);
    };
    let (toolkit, device) = (&turning.toolkit, &turning.device);
    let rows = turning.rows.rows;
    let width = turning.rows.width / 3;
    let (scans, mut sampled) = (turning.stretches.len(), 0);
    // SAFETY: the kernels write all of what later ones read: sums of each block, a mean for each column, the numbers that
    // attention takes, and e4m3 for each number of the rows, which have three parts of `width`.
    let (parts, scales, numbers) = unsafe {
        let sums = uninitialised::<f32>((scans, SCANNING, width), device)?;
        let means = uninitialised::<f32>(width, device)?;
        let numbers = uninitialised::<f32>(NUMBERS, device)?;
        let largest = Tensor::zeros(3, DType::U32, qkv.device())?;
        let largest_at = Arg::Address(address::<u32>(&largest)?);
        for (scan, stretch) in turning.stretches.iter().enumerate() {
            let count = [Arg::Count(stretch.rows as u32)];
            let sums_at = address::<f32>(&sums.get(scan)?)?;
            let found = [Arg::Count(EVERY as u32), Arg::Address(sums_at), largest_at];
            turning.launch(Kernel::ScanParts, SCANNING, stretch, (&count, &found))?;
            sampled += stretch.rows.div_ceil(EVERY);
        }
        let join = [
            Arg::Address(address::<f32>(&sums)?),
            Arg::Count((scans * SCANNING) as u32),
            Arg::Count(sampled as u32),
            Arg::Count(width as u32),
            largest_at,
            Arg::Address(address::<f32>(&means)?),
            Arg::Address(address::<f32>(&numbers)?),
        ];
        let joining = ((width as u32).div_ceil(JOINED), JOINING);
        toolkit.launch(device, Kernel::JoinParts, joining, &join)?;
        let parts = uninitialised::<F8E4M3>((rows, 3, heads, width / heads), device)?;
        let scales = uninitialised::<f32>(rows, device)?;
        for stretch in &turning.stretches {
            let out = parts.narrow(0, stretch.first, stretch.rows)?;
            let of_rows = scales.narrow(0, stretch.first, stretch.rows)?;
            let to = [
                Arg::Address(address::<f32>(&means)?),
                Arg::Address(address::<f32>(&numbers)?),
                Arg::Address(address::<F8E4M3>(&out)?),
                Arg::Address(address::<f32>(&of_rows)?),
            ];
            turning.launch(Kernel::PartsE4m3, stretch.rows, stretch, (&[], &to))?;
        }
        (parts, scales, numbers)
    };
    let values = cudnn::attention_in_fp8(&parts, &numbers)?;
    Ok(values.map(|values| Fp8Rows { values, scales }))
}
