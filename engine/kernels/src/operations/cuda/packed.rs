use candle_core::Tensor;
use half::bf16;

use crate::device::cuda::buffer::{address, uninitialised};
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};
use crate::{Packed, Result};

const THREADS: u32 = 256;
/// Numbers that a thread widens.
const VECTOR: usize = 8;

/// Matrices one below the other, in bf16.
pub(crate) fn widen(parts: &[Packed]) -> Result<Option<Tensor>> {
    let Some(first) = parts.first() else {
        return Ok(None);
    };
    let (Some((toolkit, device)), [_, width]) = (Toolkit::of(&first.bytes), first.shape) else {
        return Ok(None);
    };
    let usable = |part: &Packed| part.shape[1] == width && part.bytes.is_contiguous();
    if !width.is_multiple_of(VECTOR) || !parts.iter().all(usable) {
        return Ok(None);
    }
    let rows: usize = parts.iter().map(|part| part.shape[0]).sum();
    // SAFETY: the kernel writes a part's numbers behind those of the parts before it, together all of `out`; a part's bytes
    // are at least as many as its header and its shape ask for, as whoever made it laid them out.
    unsafe {
        let out = uninitialised::<bf16>((rows, width), &device)?;
        let mut to = address::<bf16>(&out)?;
        for part in parts {
            let numbers = part.shape[0] * width;
            let eights = (numbers / VECTOR) as u32;
            let arguments = [
                Arg::Address(address::<u8>(&part.bytes)?),
                Arg::Address(to),
                Arg::Count(eights),
            ];
            let grid = (eights.div_ceil(THREADS), THREADS);
            toolkit.launch(&device, Kernel::WidenBlocks, grid, &arguments)?;
            to += (numbers * size_of::<bf16>()) as u64;
        }
        Ok(Some(out))
    }
}
