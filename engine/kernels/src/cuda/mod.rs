//! The same operations as fused CUDA kernels and library calls. Each function here returns what its namesake outside makes
//! by candle, within the rounding of its number type, or nothing where these tensors are not for it.

mod activation;
mod attention_fp8;
pub(crate) mod beside;
mod buffer;
mod channels_last;
mod cublaslt;
mod cudnn;
mod fp8;
mod heads;
mod kernel;
mod linear;
pub(crate) mod lines;
pub(crate) mod memory;
mod modulation;
mod norm;
mod nvrtc;
pub(crate) mod pace;
mod packed;
mod page_locked;
pub(crate) mod peers;
pub(crate) mod profile;
pub(crate) mod rates;
mod rows;
mod shared_library;
mod stream;
mod toolkit;
pub(crate) mod transfer;
pub(crate) mod upload;

use candle_core::cuda_backend::CudaDevice;

pub(crate) use activation::{gelu, gelu_erf, silu, silu_mul};
pub(crate) use attention_fp8::attention_in_fp8;
pub(crate) use channels_last::{PackedConvolution, channel_norm, double, serves};
pub(crate) use cudnn::attention;
pub(crate) use fp8::{from_e4m3, modulate_for_fp8, to_e4m3};
pub(crate) use heads::norm_and_turn;
pub(crate) use linear::{linear, linear_gelu, linear_stacked};
pub(crate) use modulation::{add_gated, add_gated_and_modulate, modulate};
pub(crate) use norm::rms_norm;
pub(crate) use packed::widen;

/// What is missing on the device, and what that costs: sentences for the user.
pub(crate) fn status(device: &CudaDevice) -> Vec<String> {
    [toolkit::missing(device), cudnn::status(device)]
        .into_iter()
        .flatten()
        .collect()
}
