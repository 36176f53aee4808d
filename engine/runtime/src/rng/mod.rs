//! Noise that equals torch's for a seed.

mod mt19937;
mod philox;

use candle_core::{DType, Tensor};
use engine::Rng;

pub use philox::Gpu;

use crate::Result;
use crate::placement::Place;

/// `torch.randn(shape, dtype)` from a generator of the given kind and seed. A CPU generator draws bf16 numbers along a
/// path of its own; a CUDA generator draws f32 and rounds.
pub fn randn(rng: Rng, seed: u64, gpu: Gpu, shape: &[usize], place: &Place) -> Result<Tensor> {
    let n = shape.iter().product();
    let device = &place.device;
    let noise = match (rng, place.dtype) {
        (Rng::Cuda, _) => Tensor::from_vec(philox::randn_f32(seed, n, gpu), shape, device)?,
        (Rng::Cpu, DType::BF16) => Tensor::from_vec(mt19937::randn_bf16(seed, n), shape, device)?,
        (Rng::Cpu, _) => Tensor::from_vec(mt19937::randn_f32(seed, n), shape, device)?,
    };
    Ok(noise.to_dtype(place.dtype)?)
}
