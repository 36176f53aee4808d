//! What a diffusion model computes with, in three rooms: `operations`, the `device` they run on, and what several devices
//! exchange, `collective`; below them, with the feature `cuda`, NVIDIA's libraries and our own compiled kernels (`toolkit`).
//! Tensors are rows of tokens unless stated otherwise.

#![cfg_attr(
    feature = "cuda",
    allow(
        unsafe_code,
        reason = "device memory and libraries are reached through pointers"
    )
)]

mod collective;
mod device;
mod operations;
#[cfg(feature = "cuda")]
mod toolkit;

pub use collective::{
    AllToAll, Carrier, Rank, SynchronizeAtEnd, ToHeads, ToRows, Way, ranks, shares,
};
pub use device::{
    DeviceForm, DeviceMemory, DeviceRates, HostTensors, KernelTime, Pace, Profile, Ring,
    TensorMemory, Uploads, are_linked, begin_profile, cuda_count, cuda_devices, device_memory,
    device_rates, end_profile, is_out_of_memory, keep_freed, missing_profiler, reset_peak,
    return_freed, tensor_memory,
};
pub use operations::{
    Blocks, Convolution, Fp8Rows, Lane, Mask, Matrix, Packed, Packing, Prepared, Product, QkNorm,
    Rotation, Rows, Sampling, add_gated, add_gated_and_modulate, attention, attention_in_fp8,
    channel_norm, channel_norm_silu, convolve, convolve_and_add, double, gelu, gelu_erf,
    join_heads, layer_norm, linear, linear_stacked, mlp, modulate, modulate_for, qk_norm_rope,
    rms_norm, scale, silu, silu_mul, split_heads,
};

use candle_core::Device;
pub use candle_core::Result;

/// What is missing on the device for the fast paths, and what runs slower without it: one sentence each.
pub fn status(device: &Device) -> Vec<String> {
    #[cfg(feature = "cuda")]
    if let Ok(device) = device.as_cuda_device() {
        return toolkit::status(device);
    }
    let _ = device;
    Vec::new()
}
