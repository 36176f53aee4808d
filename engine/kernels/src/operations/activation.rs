//! Candle computes these in the tensor's own type, rounding each operation inside; torch rounds only the result.

use candle_core::{DType, Tensor};

use crate::Result;

pub fn silu(x: &Tensor) -> Result<Tensor> {
    fused!(silu(x));
    wide(x, Tensor::silu)
}

/// [`silu`](gate) · up
pub fn silu_mul(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    fused!(silu_mul(gate, up));
    silu(gate)? * up
}

/// By tanh.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    fused!(gelu(x));
    wide(x, Tensor::gelu)
}

/// By the error function.
pub fn gelu_erf(x: &Tensor) -> Result<Tensor> {
    fused!(gelu_erf(x));
    wide(x, Tensor::gelu_erf)
}

/// x · factor, the factor in f32.
pub fn scale(x: &Tensor, factor: f64) -> Result<Tensor> {
    wide(x, |x| x * factor)
}

fn wide(x: &Tensor, function: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    function(&x.to_dtype(DType::F32)?)?.to_dtype(x.dtype())
}
