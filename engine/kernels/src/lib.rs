//! The operations that the model spends its time in. Each is written once in candle's own operations, which every device
//! and number type can run, and which says what the result is. Tensors are rows of tokens unless stated otherwise.

mod activation;
mod attention;
#[cfg(feature = "cuda")]
#[allow(
    unsafe_code,
    reason = "device memory and libraries are reached through pointers"
)]
mod cuda;
mod heads;
mod linear;
mod memory;
mod modulation;
mod norm;
mod rope;
mod transfer;

pub use activation::{gelu, gelu_erf, scale, silu};
pub use attention::{Sight, attention};
pub use heads::{join_heads, split_heads};
pub use linear::{Activation, Matrix, Product, linear, linear_stacked};
pub use memory::{
    DeviceMemory, cuda_devices, device_memory, keep_freed, reset_peak, return_freed, tensor_memory,
};
pub use modulation::{add_gated, modulate};
pub use norm::{layer_norm, rms_norm};
pub use rope::{QkNorm, Rotation, norm_and_turn};
pub use transfer::{HostTensors, Ring};

pub use candle_core::Result;
