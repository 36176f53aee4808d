//! What the model spends its time in. Each operation is written once in candle's own, which every device and number type can
//! run, and which says what the result is; with the feature `cuda`, tensors of bf16 on a CUDA device go to the fused operation
//! of the same name, whose rounding is at least as fine.

/// Returns the fused operation's result where there is one for these tensors.
macro_rules! fused {
    ($name:ident($($argument:expr),+)) => {
        #[cfg(feature = "cuda")]
        if let Some(result) = crate::operations::cuda::$name($($argument),+)? {
            return Ok(result);
        }
        // Candle's own operations go to the device's first stream.
        #[cfg(feature = "cuda")]
        crate::device::cuda::side::end();
    };
}

mod activation;
mod attention;
mod blocks;
mod convolution;
#[cfg(feature = "cuda")]
pub(crate) mod cuda;
mod fp8;
mod lane;
mod linear;
mod modulation;
mod norm;
mod packed;
mod rope;

pub use activation::{gelu, gelu_erf, scale, silu, silu_mul};
pub use attention::{Mask, attention, attention_in_fp8, join_heads, split_heads};
pub use blocks::Blocks;
pub use convolution::{Convolution, Sampling, convolve, convolve_and_add, double};
pub use fp8::Fp8Rows;
pub use lane::Lane;
pub use linear::{Matrix, Prepared, Product, Rows, linear, linear_stacked, mlp};
pub use modulation::{add_gated, add_gated_and_modulate, modulate, modulate_for};
pub use norm::{channel_norm, channel_norm_silu, layer_norm, rms_norm};
pub use packed::{Packed, Packing};
pub use rope::{QkNorm, Rotation, qk_norm_rope};
