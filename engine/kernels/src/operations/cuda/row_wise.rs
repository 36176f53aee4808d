//! Norms and modulation: a block of a kernel for each row.

use candle_core::Tensor;

use crate::operations::cuda::fp8::multiplies_fp8;
use crate::operations::cuda::rows::RowLaunch;
use crate::toolkit::Arg;
use crate::toolkit::kernel::Kernel;
use crate::{Matrix, Prepared, Result};

pub(crate) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Option<Tensor>> {
    // SAFETY: the kernel takes these.
    unsafe { dense(Kernel::RmsNorm, &[x], &[weight], &[Arg::Number(eps as f32)]) }
}

pub(crate) fn modulate(x: &Tensor, shift: &Tensor, scale: &Tensor) -> Result<Option<Tensor>> {
    // SAFETY: the kernel takes these.
    unsafe { dense(Kernel::Modulate, &[x], &[shift, scale], &[]) }
}

pub(crate) fn add_gated(x: &Tensor, change: &Tensor, gate: &Tensor) -> Result<Option<Tensor>> {
    // SAFETY: the kernel takes these.
    unsafe { dense(Kernel::AddGated, &[x, change], &[gate], &[]) }
}

/// # Safety
/// The kernel must take so many rows and vectors, write one tensor as large as the rows, and take these at last.
unsafe fn dense(
    kernel: Kernel,
    inputs: &[&Tensor],
    vectors: &[&Tensor],
    more: &[Arg],
) -> Result<Option<Tensor>> {
    let Some(rows) = RowLaunch::of(inputs, vectors)? else {
        return Ok(None);
    };
    // SAFETY: the caller's promise.
    unsafe {
        let out = rows.dense()?;
        rows.run(kernel, &[&out], more)?;
        Ok(Some(out))
    }
}

pub(crate) fn add_gated_and_modulate(
    [x, change, gate]: [&Tensor; 3],
    [shift, scale]: [&Tensor; 2],
    matrix: &Matrix,
) -> Result<Option<(Tensor, Prepared)>> {
    let Some(rows) = RowLaunch::of(&[x, change], &[gate, shift, scale])? else {
        return Ok(None);
    };
    // SAFETY: the kernels take these, and write all of the sum and of what is prepared.
    unsafe {
        let sum = rows.dense()?;
        let prepared = if multiplies_fp8(matrix, &rows.toolkit) {
            let to = rows.e4m3()?;
            let written = [&sum, &to.values, &to.scales];
            rows.run(Kernel::AddGatedModulateE4m3, &written, &[])?;
            Prepared::Fp8(to)
        } else {
            let to = rows.dense()?;
            rows.run(Kernel::AddGatedModulate, &[&sum, &to], &[])?;
            Prepared::Dense(to)
        };
        Ok(Some((sum, prepared)))
    }
}
