//! Whole jobs on a model that is loaded: how long, what they leave behind, and how soon one ends that is cancelled.

use std::cell::Cell;
use std::time::{Duration, Instant};

use candle_core::{DType, Tensor};
use engine::{
    CancelToken, Content, DecomposeRequest, Diffusion, EngineError, ModelLayer, Progress, Stage,
    rebuild,
};
use image::RgbaImage;
use kernels::{device_memory, tensor_memory};
use runtime::Placement;
use runtime::plan::host;
use serde::Serialize;

use super::clock::Clock;
use crate::{ModelError, OnTensor, Pipeline, Result, keep_no_tensor};

/// A job whose prompt is given.
pub(super) struct Job {
    pub request: DecomposeRequest,
    pub prompt: String,
}

pub(super) struct Whole {
    /// The model's own.
    pub layers: Vec<RgbaImage>,
    /// From the call to the layers at the source's size.
    pub ms: f64,
    /// Of it, bringing them to that size.
    pub rebuild_ms: f64,
}

/// What was in use after a job, in bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AfterJob {
    pub ms: f64,
    /// Of the device, by this program, its libraries and others, without freed tensors' memory.
    pub device_bytes: u64,
    /// Of the computer's memory by this program; 0 where the system does not tell.
    pub host_bytes: u64,
}

/// The same job with step caching.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CachedJob {
    pub threshold: f32,
    /// For each prompt, the positive one first.
    pub skipped_steps: Vec<u32>,
    pub ms: f64,
    /// Length of the difference of the last latents over the length of those without the cache.
    pub latents_difference: f64,
    /// Mean difference of the layers' numbers, which are in 0…255.
    pub layers_difference: f64,
}

/// A job that was cancelled in the middle of its first step.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CancelledJob {
    /// Until it had returned and the devices had nothing to do; `None` where the job was done before.
    pub ms: Option<f64>,
    /// Bytes of tensors that are left on the first device: the model.
    pub tensor_bytes: u64,
    /// Bytes of freed tensors that this program keeps for the next job.
    pub kept_bytes: u64,
}

impl Job {
    pub fn run(
        &self,
        model: &mut Pipeline,
        progress: &dyn Progress,
        on_tensor: OnTensor,
    ) -> Result<Vec<RgbaImage>> {
        let image = Pipeline::resize(&self.request);
        model.run(&self.request, &self.prompt, &image, progress, on_tensor)
    }

    pub fn whole(
        &self,
        model: &mut Pipeline,
        clock: &Clock,
        cancel: &CancelToken,
    ) -> Result<Whole> {
        let begun = Instant::now();
        let layers = self.run(model, clock, &|name, value| clock.tensor(name, value))?;
        let made = Instant::now();
        at_source_size(&layers, &self.request, cancel)?;
        Ok(Whole {
            layers,
            ms: begun.elapsed().as_secs_f64() * 1e3,
            rebuild_ms: made.elapsed().as_secs_f64() * 1e3,
        })
    }

    /// So many of it, one after the other.
    pub fn several(
        &self,
        count: u32,
        model: &mut Pipeline,
        placement: &Placement,
        cancel: &CancelToken,
    ) -> Result<Vec<AfterJob>> {
        let job = |_| {
            let whole = self.whole(model, &Clock::new(placement, cancel)?, cancel)?;
            AfterJob::of(whole.ms, placement)
        };
        (0..count).map(job).collect()
    }

    /// With step caching, against what it made without.
    pub fn with_step_cache(
        &self,
        threshold: f32,
        without: (&Whole, Option<Tensor>),
        model: &mut Pipeline,
        clock: &Clock,
        cancel: &CancelToken,
    ) -> Result<CachedJob> {
        let job = Self {
            request: DecomposeRequest {
                diffusion: Diffusion {
                    step_cache: Some(threshold),
                    ..self.request.clone().diffusion
                },
                ..self.request.clone()
            },
            prompt: self.prompt.clone(),
        };
        let whole = job.whole(model, clock, cancel)?;
        let latents_difference = match (clock.latents(), without.1) {
            (Some(found), Some(expected)) => relative_difference(&found, &expected)?,
            _ => 0.0,
        };
        Ok(CachedJob {
            threshold,
            skipped_steps: clock.skipped(),
            ms: whole.ms,
            latents_difference,
            layers_difference: mean_difference(&whole.layers, &without.0.layers),
        })
    }

    /// `step`: milliseconds that a step takes.
    pub fn cancelled(
        &self,
        step: f64,
        model: &mut Pipeline,
        placement: &Placement,
        cancel: &CancelToken,
    ) -> Result<CancelledJob> {
        let progress = Impatient {
            patience: Duration::from_secs_f64(step / 2e3),
            end: Cell::new(None),
            cancel,
        };
        let was_cancelled = match self.run(model, &progress, &keep_no_tensor) {
            Ok(_) => false,
            Err(ModelError::Cancelled) => true,
            Err(error) => return Err(error),
        };
        placement.synchronize()?;
        let end = progress.end.get().filter(|_| was_cancelled);
        let after = end.map(|end| end.elapsed().as_secs_f64() * 1e3);
        cancel.check()?;
        let device = &placement.block_place().device;
        Ok(CancelledJob {
            ms: after,
            tensor_bytes: tensor_memory(device)?.now,
            kept_bytes: device_memory(device)?.map_or(0, |memory| memory.kept),
        })
    }
}

impl AfterJob {
    pub fn of(ms: f64, placement: &Placement) -> Result<Self> {
        let device = device_memory(&placement.block_place().device)?;
        Ok(Self {
            ms,
            device_bytes: device.map_or(0, |memory| memory.total - memory.free),
            host_bytes: host::resident().unwrap_or(0),
        })
    }
}

/// Cancels a while after the first step has begun.
struct Impatient<'a> {
    patience: Duration,
    end: Cell<Option<Instant>>,
    cancel: &'a CancelToken,
}

impl Progress for Impatient<'_> {
    fn is_cancelled(&self) -> bool {
        let is_over = |end: Instant| end <= Instant::now();
        self.cancel.is_cancelled() || self.end.get().is_some_and(is_over)
    }

    fn report(&self, stage: Stage, _step: u32, _steps: u32) {
        if stage == Stage::Denoise && self.end.get().is_none() {
            self.end.set(Some(Instant::now() + self.patience));
        }
    }
}

fn at_source_size(
    images: &[RgbaImage],
    request: &DecomposeRequest,
    cancel: &CancelToken,
) -> Result<()> {
    let layers = images
        .iter()
        .map(|image| ModelLayer::new(image.clone(), Content::Unknown));
    let rebuilt = rebuild(layers.collect(), &request.source, &(), cancel);
    rebuilt.map(drop).map_err(|error| match error {
        EngineError::Cancelled => ModelError::Cancelled,
        other => ModelError::Request(other.to_string()),
    })
}

fn relative_difference(found: &Tensor, expected: &Tensor) -> Result<f64> {
    let [found, expected] = [found, expected].map(|tensor| tensor.to_dtype(DType::F32));
    let expected = expected?;
    let length = |tensor: &Tensor| -> Result<f64> {
        Ok(f64::from(tensor.sqr()?.sum_all()?.to_scalar::<f32>()?).sqrt())
    };
    Ok(length(&(found? - &expected)?)? / length(&expected)?)
}

fn mean_difference(found: &[RgbaImage], expected: &[RgbaImage]) -> f64 {
    let pairs = found.iter().zip(expected);
    let numbers = pairs.flat_map(|(a, b)| a.as_raw().iter().zip(b.as_raw()));
    let (sum, count) = numbers.fold((0u64, 0u64), |(sum, count), (a, b)| {
        (sum + u64::from(a.abs_diff(*b)), count + 1)
    });
    sum as f64 / count.max(1) as f64
}
