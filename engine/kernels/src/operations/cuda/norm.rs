use candle_core::Tensor;
use half::bf16;

use crate::Result;
use crate::device::cuda::buffer::{address, uninitialised};
use crate::operations::cuda::rows::Rows;
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};

pub(crate) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Option<Tensor>> {
    let (Some(rows), Some((toolkit, device))) = (Rows::of(x)?, Toolkit::of(x)) else {
        return Ok(None);
    };
    let Some(weight) = Rows::vector(weight, rows.width)? else {
        return Ok(None);
    };
    if !rows.fit_blocks() {
        return Ok(None);
    }
    // SAFETY: the kernel writes all of `out`, which is as large as x; `Rows` checked the others.
    unsafe {
        let out = uninitialised::<bf16>(x.shape(), &device)?;
        let arguments = [
            Arg::Address(rows.address),
            Arg::Count(rows.stride_in_vectors()),
            Arg::Address(weight),
            Arg::Address(address::<bf16>(&out)?),
            Arg::Count(rows.vectors()),
            Arg::Number(eps as f32),
        ];
        toolkit.launch(&device, Kernel::RmsNorm, rows.grid(), &arguments)?;
        Ok(Some(out))
    }
}
