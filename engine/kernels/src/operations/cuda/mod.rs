//! The operations as fused CUDA kernels and library calls. Each function here returns what its namesake outside makes by
//! candle, within the rounding of its number type, or nothing where these tensors are not for it.

mod activation;
mod attention_fp8;
mod channels_last;
mod fp8;
mod linear;
mod packed;
mod rope;
mod row_wise;
mod rows;

pub(crate) use activation::{gelu, gelu_erf, silu, silu_mul};
pub(crate) use attention_fp8::attention_in_fp8;
pub(crate) use channels_last::{PackedConvolution, channel_norm, double, serves};
pub(crate) use fp8::{from_e4m3, modulate_for_fp8, to_e4m3};
pub(crate) use linear::{linear, linear_gelu, linear_stacked};
pub(crate) use packed::widen;
pub(crate) use rope::qk_norm_rope;
pub(crate) use row_wise::{add_gated, add_gated_and_modulate, modulate, rms_norm};

pub(crate) use crate::toolkit::cudnn::attention;
