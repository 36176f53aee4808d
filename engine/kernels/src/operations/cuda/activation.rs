use candle_core::Tensor;
use half::bf16;

use crate::Result;
use crate::device::cuda::buffer::{address, uninitialised};
use crate::operations::cuda::rows::Rows;
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};

const THREADS: u32 = 256;
/// Enough to fill any device several times; the rest of the tensor follows in the kernel's loop.
const MOST_BLOCKS: u32 = 1 << 16;

pub(crate) fn silu(x: &Tensor) -> Result<Option<Tensor>> {
    each(Kernel::Silu, &[x])
}

pub(crate) fn gelu(x: &Tensor) -> Result<Option<Tensor>> {
    each(Kernel::Gelu, &[x])
}

pub(crate) fn gelu_erf(x: &Tensor) -> Result<Option<Tensor>> {
    each(Kernel::GeluErf, &[x])
}

pub(crate) fn silu_mul(gate: &Tensor, up: &Tensor) -> Result<Option<Tensor>> {
    each(Kernel::SiluMul, &[gate, up])
}

/// A kernel over all numbers of tensors of one shape.
fn each(kernel: Kernel, inputs: &[&Tensor]) -> Result<Option<Tensor>> {
    let [x, ..] = inputs else { return Ok(None) };
    let mut arguments = Vec::with_capacity(inputs.len() + 2);
    for input in inputs {
        match Rows::of(input)? {
            Some(rows) if input.is_contiguous() && input.dims() == x.dims() => {
                arguments.push(Arg::Address(rows.address));
            }
            _ => return Ok(None),
        }
    }
    // A kernel's counter runs past the end by less than its grid.
    let vectors = u32::try_from(x.elem_count() / 8).ok();
    let vectors = vectors.filter(|vectors| *vectors < u32::MAX - THREADS * MOST_BLOCKS);
    let (Some(vectors), Some((toolkit, device))) = (vectors, Toolkit::of(x)) else {
        return Ok(None);
    };
    let blocks = vectors.div_ceil(THREADS).min(MOST_BLOCKS);
    // SAFETY: the kernel writes all of `out`, which is as large as each input.
    unsafe {
        let out = uninitialised::<bf16>(x.shape(), &device)?;
        arguments.push(Arg::Address(address::<bf16>(&out)?));
        arguments.push(Arg::Count(vectors));
        toolkit.launch(&device, kernel, (blocks, THREADS), &arguments)?;
        Ok(Some(out))
    }
}
