//! The same operations as fused CUDA kernels and library calls. Each function here returns what its namesake outside makes
//! by candle, within the rounding of its number type.

mod buffer;
pub(crate) mod memory;
pub(crate) mod transfer;
