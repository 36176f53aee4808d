use candle_core::Tensor;

use crate::Result;
use crate::operations::cuda::rows::RowLaunch;
use crate::toolkit::Arg;
use crate::toolkit::kernel::Kernel;

pub(crate) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Option<Tensor>> {
    let Some(rows) = RowLaunch::of(&[x], &[weight])? else {
        return Ok(None);
    };
    // SAFETY: the kernel takes these, and writes all of `out`.
    unsafe {
        let out = rows.dense()?;
        rows.run(Kernel::RmsNorm, &[&out], &[Arg::Number(eps as f32)])?;
        Ok(Some(out))
    }
}
