use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use candle_core::{DType, Device, DeviceLocation, Tensor};
use engine::Rng;

use crate::Result;
use crate::placement::Place;
use crate::rng::{Gpu, randn};

/// Of biases.
const BIAS: f64 = 0.01;
/// How many numbers are drawn: primes, so that no matrix repeats its rows. A GPU draws more in no time.
const ON_PROCESSOR: usize = 262_139;
const ON_GPU: usize = 16_777_213;
const SEED: u64 = 1;

/// Weights without files, to measure with: norms are 1 but for that of queries, which can make attention's scores larger, all else is normal, with the deviation that torch's own
/// initialisation of `Linear` and `Conv2d` has (pytorch v2.11.0, `torch/nn/modules/linear.py`). A tensor is a stretch of one list of numbers, from a place that its name decides, so that it is the same each time it is asked for.
pub(super) struct RandomWeights {
    drawn: Mutex<HashMap<DeviceLocation, Tensor>>,
    /// What the norms of attention's queries are.
    query_norm: f64,
}

impl RandomWeights {
    pub fn new(query_norm: f64) -> Self {
        Self {
            drawn: Mutex::default(),
            query_norm,
        }
    }

    pub fn tensor(&self, name: &str, shape: &[usize], device: &Device) -> Result<Tensor> {
        if is_norm(name) {
            let ones = Tensor::ones(shape, DType::F32, device)?;
            return Ok(match is_query_norm(name) {
                true => (ones * self.query_norm)?,
                false => ones,
            });
        }
        let numbers = self.numbers(device)?;
        let length = numbers.dim(0)?;
        let wanted: usize = shape.iter().product();
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let start = (hasher.finish() % length as u64) as usize;
        let scaled = (numbers * deviation(shape))?;
        // Stretch by stretch, as a large tensor's memory is not there twice.
        let own = Tensor::zeros(wanted, scaled.dtype(), device)?;
        let (mut from, mut filled) = (start, 0);
        while filled < wanted {
            let stretch = (length - from).min(wanted - filled);
            own.slice_set(&scaled.narrow(0, from, stretch)?, 0, filled)?;
            filled += stretch;
            from = 0;
        }
        Ok(own.reshape(shape)?)
    }

    fn numbers(&self, device: &Device) -> Result<Tensor> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(numbers) = drawn.get(&device.location()) {
            return Ok(numbers.clone());
        }
        let numbers = if device.is_cpu() {
            let place = Place {
                device: device.clone(),
                dtype: DType::F32,
                fp8: None,
            };
            randn(Rng::Cpu, SEED, Gpu::H100, &[ON_PROCESSOR], &place)?
        } else {
            device.set_seed(SEED)?;
            Tensor::randn(0f32, 1.0, ON_GPU, device)?.to_dtype(DType::BF16)?
        };
        drawn.insert(device.location(), numbers.clone());
        Ok(numbers)
    }
}

/// Uniform between ±1/√inputs, as torch draws, deviates by 1/√(3·inputs).
fn deviation(shape: &[usize]) -> f64 {
    match shape {
        [_, inputs @ ..] if !inputs.is_empty() => {
            let inputs: usize = inputs.iter().product();
            1.0 / (3.0 * inputs.max(1) as f64).sqrt()
        }
        _ => BIAS,
    }
}

/// The weights that scale: of layer norms, by all their names.
fn is_norm(name: &str) -> bool {
    let mut path = name.rsplit('.');
    let (last, module) = (path.next(), path.next().unwrap_or_default());
    last == Some("gamma") || last == Some("weight") && (module.contains("norm") || module == "ln_q")
}

/// Of the transformer's image and text streams.
fn is_query_norm(name: &str) -> bool {
    name.ends_with(".norm_q.weight") || name.ends_with(".norm_added_q.weight")
}
