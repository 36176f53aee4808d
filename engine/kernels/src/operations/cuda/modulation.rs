use candle_core::Tensor;
use float8::F8E4M3;
use half::bf16;

use crate::device::cuda::buffer::{address, uninitialised};
use crate::operations::cuda::fp8::multiplies_fp8;
use crate::operations::cuda::rows::Rows;
use crate::toolkit::kernel::Kernel;
use crate::toolkit::{Arg, Toolkit};
use crate::{Fp8Rows, Matrix, Prepared, Result};

pub(crate) fn modulate(x: &Tensor, shift: &Tensor, scale: &Tensor) -> Result<Option<Tensor>> {
    let (Some(rows), Some((toolkit, device))) = (Rows::of(x)?, Toolkit::of(x)) else {
        return Ok(None);
    };
    let vector = |x: &Tensor| Rows::vector(x, rows.width);
    let (Some(shift), Some(scale)) = (vector(shift)?, vector(scale)?) else {
        return Ok(None);
    };
    if !rows.fit_blocks() {
        return Ok(None);
    }
    // SAFETY: the kernel writes all of `out`, which is as large as x; `Rows` and `vector` checked the others.
    unsafe {
        let out = uninitialised::<bf16>(x.shape(), &device)?;
        let arguments = [
            Arg::Address(rows.address),
            Arg::Count(rows.stride_in_vectors()),
            Arg::Address(shift),
            Arg::Address(scale),
            Arg::Address(address::<bf16>(&out)?),
            Arg::Count(rows.vectors()),
        ];
        toolkit.launch(&device, Kernel::Modulate, rows.grid(), &arguments)?;
        Ok(Some(out))
    }
}

pub(crate) fn add_gated(x: &Tensor, change: &Tensor, gate: &Tensor) -> Result<Option<Tensor>> {
    let (Some(rows), Some(changes), Some((toolkit, device))) =
        (Rows::of(x)?, Rows::of(change)?, Toolkit::of(x))
    else {
        return Ok(None);
    };
    let Some(gate) = Rows::vector(gate, rows.width)? else {
        return Ok(None);
    };
    if !rows.fit_blocks() || x.dims() != change.dims() {
        return Ok(None);
    }
    // SAFETY: the kernel writes all of `out`, which is as large as x; x and the change are of one shape.
    unsafe {
        let out = uninitialised::<bf16>(x.shape(), &device)?;
        let arguments = [
            Arg::Address(rows.address),
            Arg::Count(rows.stride_in_vectors()),
            Arg::Address(changes.address),
            Arg::Count(changes.stride_in_vectors()),
            Arg::Address(gate),
            Arg::Address(address::<bf16>(&out)?),
            Arg::Count(rows.vectors()),
        ];
        toolkit.launch(&device, Kernel::AddGated, rows.grid(), &arguments)?;
        Ok(Some(out))
    }
}

pub(crate) fn add_gated_and_modulate(
    [x, change, gate]: [&Tensor; 3],
    vectors: [&Tensor; 2],
    matrix: &Matrix,
) -> Result<Option<(Tensor, Prepared)>> {
    let (Some(rows), Some(changes), Some((toolkit, device))) =
        (Rows::of(x)?, Rows::of(change)?, Toolkit::of(x))
    else {
        return Ok(None);
    };
    let vector = |x: &Tensor| Rows::vector(x, rows.width);
    let [shift, scale] = vectors;
    let (Some(gate), Some(shift), Some(scale)) = (vector(gate)?, vector(shift)?, vector(scale)?)
    else {
        return Ok(None);
    };
    if !rows.fit_blocks() || x.dims() != change.dims() {
        return Ok(None);
    }
    // SAFETY: the kernels write all of the sum and of what is prepared, which are as large as x; x and the change are of
    // one shape.
    unsafe {
        let sum = uninitialised::<bf16>(x.shape(), &device)?;
        let mut arguments = vec![
            Arg::Address(rows.address),
            Arg::Count(rows.stride_in_vectors()),
            Arg::Address(changes.address),
            Arg::Count(changes.stride_in_vectors()),
            Arg::Address(gate),
            Arg::Address(address::<bf16>(&sum)?),
            Arg::Address(shift),
            Arg::Address(scale),
        ];
        let (kernel, prepared) = if multiplies_fp8(matrix, &toolkit) {
            let values = uninitialised::<F8E4M3>((rows.rows, rows.width), &device)?;
            let scales = uninitialised::<f32>(rows.rows, &device)?;
            arguments.push(Arg::Address(address::<F8E4M3>(&values)?));
            arguments.push(Arg::Address(address::<f32>(&scales)?));
            let prepared = Prepared::Fp8(Fp8Rows { values, scales });
            (Kernel::AddGatedModulateE4m3, prepared)
        } else {
            let dense = uninitialised::<bf16>(x.shape(), &device)?;
            arguments.push(Arg::Address(address::<bf16>(&dense)?));
            (Kernel::AddGatedModulate, Prepared::Dense(dense))
        };
        arguments.push(Arg::Count(rows.vectors()));
        toolkit.launch(&device, kernel, rows.grid(), &arguments)?;
        Ok(Some((sum, prepared)))
    }
}
