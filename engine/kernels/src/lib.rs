//! The operations that the model spends its time in. Each is written once in candle's own operations, which every device
//! and number type can run, and which says what the result is. Tensors are rows of tokens unless stated otherwise.

mod activation;
mod attention;
mod channel_norm;
mod convolution;
#[cfg(feature = "cuda")]
#[allow(
    unsafe_code,
    reason = "device memory and libraries are reached through pointers"
)]
mod cuda;
mod enlarge;
mod heads;
mod linear;
mod modulation;
mod norm;
mod rope;

pub use activation::{gelu, gelu_erf, scale, silu};
pub use attention::{Sight, attention};
pub use channel_norm::{channel_norm, channel_norm_silu};
pub use convolution::{Convolution, Sampling, convolve, convolve_and_add};
pub use enlarge::double;
pub use heads::{join_heads, split_heads};
pub use linear::{Activation, Matrix, Product, linear, linear_stacked};
pub use modulation::{add_gated, modulate};
pub use norm::{layer_norm, rms_norm};
pub use rope::{QkNorm, Rotation, norm_and_turn};

use candle_core::Device;
pub use candle_core::Result;

/// What is missing on the device for the fast paths, and what runs slower without it: one sentence each.
pub fn status(device: &Device) -> Vec<String> {
    #[cfg(feature = "cuda")]
    if let Ok(device) = device.as_cuda_device() {
        return crate::cuda::status(device).into_iter().collect();
    }
    let _ = device;
    Vec::new()
}
