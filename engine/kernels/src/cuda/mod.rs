//! The same operations as fused CUDA kernels and library calls. Each function here returns what its namesake outside makes
//! by candle, within the rounding of its number type.

mod buffer;
mod channels_last;
mod compiled;
mod cudnn;

pub(crate) use channels_last::{PackedConvolution, channel_norm, double, serves};
pub(crate) use cudnn::{attention, status};
