use candle_core::Tensor;
use half::bf16;

use super::buffer::{address, uninitialised};
use super::rows::Rows;
use super::toolkit::{Arg, Toolkit};
use crate::Result;

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
        toolkit.launch(&device, "modulate", rows.grid(), &arguments)?;
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
        toolkit.launch(&device, "add_gated", rows.grid(), &arguments)?;
        Ok(Some(out))
    }
}
