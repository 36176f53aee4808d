//! The noise schedule of flow matching and the Euler step (huggingface/diffusers 58eb52c,
//! `schedulers/scheduling_flow_match_euler_discrete.py` and `pipelines/qwenimage/pipeline_qwenimage_layered.py`).

use candle_core::{DType, Tensor};
use half::bf16;

pub mod config;

use crate::Result;
use config::{SchedulerConfig, TimeShift};

/// Tokens of a 256 × 256 picture, for which mu is 1.
const BASE_TOKENS: f64 = 256.0;

/// Noise levels from 1 down to 0, one more than there are steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    sigmas: Vec<f32>,
    train_timesteps: f32,
}

impl Schedule {
    /// `tokens` is the number of tokens of the condition image; `sigmas` the levels before the shift, see
    /// [`even_sigmas`].
    pub fn new(config: &SchedulerConfig, tokens: usize, sigmas: &[f32]) -> Self {
        let mu = (tokens as f64 / BASE_TOKENS).sqrt();
        let factor = match (config.use_dynamic_shifting, config.time_shift_type) {
            (false, _) => config.shift,
            (true, TimeShift::Linear) => mu,
            (true, TimeShift::Exponential) => mu.exp(),
        } as f32;
        let mut sigmas: Vec<f32> = sigmas
            .iter()
            .map(|sigma| {
                if config.use_dynamic_shifting {
                    factor / (factor + (1.0 / sigma - 1.0))
                } else {
                    factor * sigma / (1.0 + (factor - 1.0) * sigma)
                }
            })
            .collect();
        if let Some(terminal) = config.shift_terminal {
            stretch(&mut sigmas, terminal);
        }
        sigmas.push(0.0);
        Self {
            sigmas,
            train_timesteps: config.num_train_timesteps as f32,
        }
    }

    /// Levels in (0, 1] with a final 0.
    pub fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    pub fn steps(&self) -> usize {
        self.sigmas.len() - 1
    }

    /// What the transformer gets as its time in [0, 1], rounded where diffusers rounds.
    pub fn time(&self, step: usize, dtype: DType) -> f32 {
        let timestep = self.sigmas[step] * self.train_timesteps;
        if dtype == DType::BF16 {
            let timestep = bf16::from_f32(timestep).to_f32();
            bf16::from_f32(timestep / 1000.0).to_f32()
        } else {
            timestep / 1000.0
        }
    }

    /// The latents one step further along `velocity`: the product is rounded to the velocity's type, the sum taken in
    /// f32.
    pub fn euler(&self, step: usize, latents: &Tensor, velocity: &Tensor) -> Result<Tensor> {
        let product = scaled(velocity, self.sigmas[step + 1] - self.sigmas[step])?;
        add_wide(latents, &product)
    }

    /// The clean latents that the velocity at this step points to.
    pub fn predict_clean(
        &self,
        step: usize,
        latents: &Tensor,
        velocity: &Tensor,
    ) -> Result<Tensor> {
        add_wide(latents, &scaled(velocity, -self.sigmas[step])?)
    }
}

/// 1, 1 − 1/n, …, 1/n (numpy's linspace in f64, then f32).
pub fn even_sigmas(steps: usize) -> Vec<f32> {
    let step = -1.0 / steps as f64;
    (0..steps)
        .map(|index| (index as f64 * step + 1.0) as f32)
        .collect()
}

/// Scales the distances from 1 so that the last level is `terminal`.
fn stretch(sigmas: &mut [f32], terminal: f64) {
    let Some(last) = sigmas.last() else { return };
    let scale = (1.0 - last) / (1.0 - terminal) as f32;
    // A single level of 1 leaves nothing to scale.
    if scale == 0.0 {
        return;
    }
    for sigma in sigmas {
        *sigma = 1.0 - (1.0 - *sigma) / scale;
    }
}

fn scaled(velocity: &Tensor, factor: f32) -> Result<Tensor> {
    let factor = if velocity.dtype() == DType::BF16 {
        bf16::from_f32(factor).to_f32()
    } else {
        factor
    };
    Ok((velocity * f64::from(factor))?)
}

fn add_wide(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let sum = (a.to_dtype(DType::F32)? + b.to_dtype(DType::F32)?)?;
    Ok(sum.to_dtype(a.dtype())?)
}
