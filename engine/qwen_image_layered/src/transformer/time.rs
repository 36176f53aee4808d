use candle_core::{D, Tensor};
use kernels::silu;
use runtime::weights::Weights;
use runtime::{Linear, Place};

use crate::Result;

const SINUSOIDS: usize = 256;
const LONGEST_PERIOD: f64 = 10_000.0;
/// The transformer's time runs from 0 to 1, the sinusoids' from 0 to this.
const SCALE: f32 = 1000.0;

/// Noise levels as vectors [times, inner].
pub(super) struct TimeEmbedding {
    first: Linear,
    second: Linear,
    /// What is added for RGBA pictures, the first row of a table of two.
    addition: Tensor,
}

impl TimeEmbedding {
    pub fn load(weights: &Weights, inner: usize) -> Result<Self> {
        let embedder = weights.at("timestep_embedder");
        Ok(Self {
            first: Linear::load(&embedder.at("linear_1"), SINUSOIDS, inner)?,
            second: Linear::load(&embedder.at("linear_2"), inner, inner)?,
            addition: weights
                .tensor("addition_t_embedding.weight", &[2, inner])?
                .narrow(0, 0, 1)?,
        })
    }

    pub fn forward(&self, times: &[f32], place: &Place) -> Result<Tensor> {
        let half = SINUSOIDS / 2;
        let angles: Vec<f32> = times
            .iter()
            .flat_map(|time| {
                (0..half).map(move |index| {
                    let exponent = -(LONGEST_PERIOD.ln() as f32) * index as f32 / half as f32;
                    SCALE * (time * exponent.exp())
                })
            })
            .collect();
        let angles = Tensor::from_vec(angles, (times.len(), half), &place.device)?;
        let sinusoids = Tensor::cat(&[angles.cos()?, angles.sin()?], D::Minus1)?;
        let hidden = self.first.forward(&sinusoids.to_dtype(place.dtype)?)?;
        let embedding = self.second.forward(&silu(&hidden)?)?;
        Ok(embedding.broadcast_add(&self.addition)?)
    }
}
