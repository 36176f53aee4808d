//! Candle computes these in the tensor's own type, rounding each operation inside; torch rounds only the result.

use candle_core::{DType, Tensor};

use crate::Result;

pub(crate) fn silu(x: &Tensor) -> Result<Tensor> {
    wide(x, Tensor::silu)
}

/// By tanh.
pub(crate) fn gelu(x: &Tensor) -> Result<Tensor> {
    wide(x, Tensor::gelu)
}

/// By the error function.
pub(crate) fn gelu_erf(x: &Tensor) -> Result<Tensor> {
    wide(x, Tensor::gelu_erf)
}

/// x · factor, the factor in f32.
pub(crate) fn scale(x: &Tensor, factor: f64) -> Result<Tensor> {
    wide(x, |x| x * factor)
}

fn wide(x: &Tensor, function: impl Fn(&Tensor) -> candle_core::Result<Tensor>) -> Result<Tensor> {
    Ok(function(&x.to_dtype(DType::F32)?)?.to_dtype(x.dtype())?)
}
