//! The operations that the model spends its time in. Each is written once in candle's own operations, which every device
//! and number type can run, and which says what the result is; with the feature `cuda`, tensors of bf16 on a CUDA device go
//! to the fused operation of the same name, whose rounding is at least as fine. Tensors are rows of tokens unless stated otherwise.

/// Returns the fused operation's result where there is one for these tensors.
macro_rules! fused {
    ($name:ident($($argument:expr),+)) => {
        #[cfg(feature = "cuda")]
        if let Some(result) = crate::cuda::$name($($argument),+)? {
            return Ok(result);
        }
        #[cfg(feature = "cuda")]
        crate::cuda::beside::end();
    };
}

mod activation;
mod attention;
mod beside;
mod blocks;
mod channel_norm;
mod collective;
mod convolution;
#[cfg(feature = "cuda")]
#[allow(
    unsafe_code,
    reason = "device memory and libraries are reached through pointers"
)]
mod cuda;
mod enlarge;
mod fp8;
mod heads;
mod linear;
mod memory;
mod modulation;
mod norm;
mod pace;
mod packed;
mod profile;
mod rates;
mod rope;
mod transfer;
mod upload;

pub use activation::{gelu, gelu_erf, scale, silu, silu_mul};
pub use attention::{Sight, attention, attention_in_fp8};
pub use beside::{Beside, beside};
pub use blocks::Blocks;
pub use channel_norm::{channel_norm, channel_norm_silu};
pub use collective::{
    AllToAll, Carrier, Rank, SynchronizeAtEnd, ToHeads, ToRows, Way, ranks, shares,
};
pub use convolution::{Convolution, Sampling, convolve, convolve_and_add};
pub use enlarge::double;
pub use fp8::Fp8Rows;
pub use heads::{join_heads, split_heads};
pub use linear::{Matrix, Prepared, Product, Rows, linear, linear_stacked, mlp};
pub use memory::{
    DeviceMemory, TensorMemory, cuda_count, cuda_devices, device_memory, is_out_of_memory,
    keep_freed, reset_peak, return_freed, tensor_memory,
};
pub use modulation::{add_gated, add_gated_and_modulate, modulate, modulate_for};
pub use norm::{layer_norm, rms_norm};
pub use pace::Pace;
pub use packed::{Packed, Packing};
pub use profile::{KernelTime, Profile, begin_profile, end_profile, missing_profiler};
pub use rates::{DeviceForm, DeviceRates, are_linked, device_rates};
pub use rope::{QkNorm, Rotation, norm_and_turn};
pub use transfer::{HostTensors, Ring};
pub use upload::Uploads;

use candle_core::Device;
pub use candle_core::Result;

/// What is missing on the device for the fast paths, and what runs slower without it: one sentence each.
pub fn status(device: &Device) -> Vec<String> {
    #[cfg(feature = "cuda")]
    if let Ok(device) = device.as_cuda_device() {
        return crate::cuda::status(device);
    }
    let _ = device;
    Vec::new()
}
