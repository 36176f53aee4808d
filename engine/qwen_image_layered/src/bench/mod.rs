//! Measures the model's own code on random weights: what each stage takes of time and of the device's memory.

mod clock;

use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Tensor};
use engine::{
    CancelToken, CaptionLanguage, Content, DecomposeRequest, EngineError, ModelLayer, Progress,
    Resolution, Stage, rebuild,
};
use image::{Rgba, RgbaImage};
use kernels::{cuda_devices, device_memory};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::gpus::{Gpus, SpreadWish};
use crate::parts::RandomModel;
use crate::placement::Placement;
use crate::plan::{Budget, OffloadWish, Plan, Run, Speed, Task, Wishes, peaks, plan_over};
use crate::templates::ENCODE_KEPT;
use crate::{ModelError, Pipeline, Result, RunOptions};
use clock::Clock;
pub use clock::StageMemory;

/// What an H100 SXM reaches in TFLOP/s with bf16: products of 9600 × 3072 × 12288 by cuBLASLt 13.1, and attention over
/// 9856 tokens in 24 heads of 128 by cuDNN 9.14, both measured on one (driver 580).
pub const H100_LINEARS: f64 = 735.0;
pub const H100_ATTENTION: f64 = 676.0;

/// Tokens of the prompt, as many as captions usually have.
const PROMPT_TOKENS: usize = 256;
/// The source's side over the layers', so that there is something to rebuild.
const SOURCE_SCALE: u32 = 2;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Workload {
    pub model: RandomModel,
    pub resolution: Resolution,
    pub layers: u32,
    pub steps: u32,
    /// 0: no caption.
    pub caption_tokens: u32,
    pub options: RunOptions,
    /// Those that the placement was chosen by.
    pub gpus: Gpus,
    pub spread: SpreadWish,
}

impl Workload {
    /// The planner's choice for it. `limit`: bytes of the device at most.
    pub fn plan(
        &self,
        placement: &Placement,
        offload: OffloadWish,
        limit: Option<u64>,
    ) -> Result<Plan> {
        let wishes = Wishes::of(placement, &self.gpus, offload, None);
        let wishes = wishes.with_spread(self.spread);
        let task = self.task(&request(self));
        let cards = Budget::of(placement, false, limit)?;
        let sizes = self.model.sizes();
        Ok(plan_over(
            &sizes,
            &Speed::default(),
            &task,
            &cards,
            &wishes,
        )?)
    }

    fn task(&self, request: &DecomposeRequest) -> Task {
        Task {
            caption: self.caption_tokens > 0,
            ..Task::of(request)
        }
    }
}

/// Memory of devices that is taken and not used.
pub struct Held {
    _bytes: Vec<Tensor>,
}

impl Held {
    /// All that is free but so many bytes.
    pub fn all_but(placement: &Placement, free: u64) -> Result<Self> {
        let mut held = Vec::new();
        for device in placement.devices() {
            let Some(memory) = device_memory(&device)? else {
                continue;
            };
            let bytes = memory.free.saturating_sub(free) as usize;
            held.push(Tensor::zeros(bytes, DType::U8, &device)?);
            device.synchronize()?;
        }
        Ok(Self { _bytes: held })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    pub device: String,
    /// How several devices share the work.
    pub spread: String,
    pub precision: String,
    pub offload: String,
    pub resolution: Resolution,
    pub layers: u32,
    pub steps: u32,
    pub image_tokens: usize,
    pub text_tokens: usize,
    /// All loading together.
    pub load_ms: f64,
    /// From the picture to the caption's first token.
    pub caption_first_token_ms: Option<f64>,
    /// Mean of those that follow.
    pub caption_token_ms: Option<f64>,
    /// Both prompts.
    pub encode_prompts_ms: f64,
    pub encode_picture_ms: f64,
    /// What is computed for all steps before the first.
    pub prepare_ms: f64,
    /// Median of the steps without guidance.
    pub forward_ms: f64,
    /// Median of the steps with guidance.
    pub step_ms: f64,
    /// All layers.
    pub decode_ms: f64,
    pub rebuild_ms: f64,
    pub forward_tflop: f64,
    pub tflop_per_second: f64,
    /// What a forward's arithmetic takes at [`H100_LINEARS`] and [`H100_ATTENTION`].
    pub forward_floor_ms: f64,
    /// In the order the stages first ran.
    pub memory: Vec<StageMemory>,
    /// Of both runs' pixels: equal where offloading and spreading changed nothing.
    pub fingerprint: String,
    /// Bytes that the planner expects at most, of several devices on the fullest.
    pub forecast: u64,
    /// Bytes of the device that are not free at the end: of this program, its libraries and others.
    pub device_bytes_in_use: u64,
}

/// Builds the model, runs a whole job with guidance and one without, and rebuilds the layers.
pub fn measure(
    workload: &Workload,
    placement: &Placement,
    cancel: &CancelToken,
) -> Result<Figures> {
    let mut clock = Clock::new(placement, cancel)?;
    let mut model = Pipeline::random(&workload.model, placement, &clock)?;
    let request = request(workload);
    let image = Pipeline::resize(&request);
    if workload.caption_tokens > 0 {
        caption(&mut model, &image, &mut clock, workload.caption_tokens)?;
    }
    let prompt = vec!["word"; PROMPT_TOKENS - ENCODE_KEPT].join(" ");
    let before = clock.marks().len();
    let layers = model.run(&request, &prompt, &image, workload.options, &clock)?;
    let between = clock.marks().len();
    let alone = DecomposeRequest {
        negative_prompt: None,
        ..request.clone()
    };
    let unguided = model.run(&alone, &prompt, &image, workload.options, &clock)?;
    clock.finish()?;
    let fingerprint = fingerprint(&[layers.as_slice(), &unguided].concat());
    let rebuild = rebuild_time(layers, &request, cancel)?;

    let (image_tokens, text_tokens) = clock.tokens();
    let work = workload
        .model
        .sizes()
        .work((image_tokens + text_tokens) as f64);
    let tflop = (work.linears + work.attention) / 1e12;
    let marks = clock.marks();
    let (guided, single) = (
        marks.slice(before, between),
        marks.slice(between, usize::MAX),
    );
    let forward = single.median_step();
    let place = placement.block_place();
    Ok(Figures {
        device: device_name(placement),
        spread: placement.spread().to_string(),
        precision: placement.precision().to_string(),
        offload: placement.offload().to_string(),
        resolution: workload.resolution,
        layers: workload.layers,
        steps: workload.steps,
        image_tokens,
        text_tokens,
        load_ms: marks.total(Stage::Load),
        caption_first_token_ms: marks.span((Stage::Caption, 0), (Stage::Caption, 1)),
        caption_token_ms: marks
            .span(
                (Stage::Caption, 1),
                (Stage::Caption, workload.caption_tokens),
            )
            .map(|time| time / f64::from(workload.caption_tokens.max(2) - 1)),
        encode_prompts_ms: guided.span_or_0((Stage::Encode, 0), (Stage::Encode, 2)),
        encode_picture_ms: single.span_or_0((Stage::Encode, 1), (Stage::Encode, 2)),
        prepare_ms: guided.after((Stage::Encode, 3)),
        forward_ms: forward,
        step_ms: guided.median_step(),
        decode_ms: single.span_or_0((Stage::Decode, 0), (Stage::Decode, workload.layers)),
        rebuild_ms: rebuild,
        forward_tflop: tflop,
        tflop_per_second: tflop / (forward / 1e3),
        forward_floor_ms: work.linears / (H100_LINEARS * 1e9)
            + work.attention / (H100_ATTENTION * 1e9),
        memory: clock.memory(),
        fingerprint,
        forecast: forecast(workload, placement, &request),
        device_bytes_in_use: device_memory(&place.device)?
            .map_or(0, |memory| memory.total - memory.free),
    })
}

fn forecast(workload: &Workload, placement: &Placement, request: &DecomposeRequest) -> u64 {
    let run = Run {
        precision: placement.precision(),
        offload: placement.offload(),
        tiling: workload.options.tiling,
        fused: placement.is_fused(),
    };
    let (sizes, task) = (workload.model.sizes(), workload.task(request));
    let peaks = peaks(&sizes, &task, run, placement.spread());
    peaks.into_iter().max().unwrap_or_default()
}

/// Breaks the caption off after so many tokens.
fn caption(model: &mut Pipeline, image: &RgbaImage, clock: &mut Clock, tokens: u32) -> Result<()> {
    clock.stop_captions_at(Some(tokens));
    let caption = model.caption(image, CaptionLanguage::English, clock);
    let stopped = clock.has_stopped();
    clock.stop_captions_at(None);
    match caption {
        Err(ModelError::Cancelled) if stopped => Ok(()),
        other => other.map(|_| ()),
    }
}

fn request(workload: &Workload) -> DecomposeRequest {
    let side = SOURCE_SCALE
        * match workload.resolution {
            Resolution::R640 => 640,
            Resolution::R1024 => 1024,
        };
    let picture = RgbaImage::from_fn(side, side, |x, y| {
        let [red, green] = [x, y].map(|place| (place * 255 / side) as u8);
        Rgba([red, green, ((x / 16 + y / 16) % 2) as u8 * 128, 255])
    });
    DecomposeRequest {
        layers: workload.layers,
        resolution: workload.resolution,
        steps: workload.steps,
        rng: engine::Rng::Cuda,
        ..DecomposeRequest::new(Arc::new(picture))
    }
}

fn fingerprint(layers: &[RgbaImage]) -> String {
    let mut hasher = Sha256::new();
    for layer in layers {
        hasher.update(layer.as_raw());
    }
    let hash = hasher.finalize();
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn rebuild_time(
    images: Vec<RgbaImage>,
    request: &DecomposeRequest,
    cancel: &CancelToken,
) -> Result<f64> {
    let layers = images.into_iter().map(|image| ModelLayer {
        image,
        content: Content::Unknown,
    });
    let begun = Instant::now();
    rebuild(layers.collect(), &request.source, &mut Silent, cancel).map_err(
        |error| match error {
            EngineError::Cancelled => ModelError::Cancelled,
            other => ModelError::Request(other.to_string()),
        },
    )?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

struct Silent;

impl Progress for Silent {
    fn report(&mut self, _: Stage, _: u32, _: u32) {}
}

fn device_name(placement: &Placement) -> String {
    match placement.block_place().device.location() {
        candle_core::DeviceLocation::Cuda { gpu_id } => {
            let name = cuda_devices().into_iter().nth(gpu_id).map(|(name, _)| name);
            name.unwrap_or_else(|| format!("cuda:{gpu_id}"))
        }
        _ => "processor".into(),
    }
}
