//! Measures the model's own code on random weights: what each stage takes of time and of the device's memory.

mod clock;
mod jobs;
mod memory;
mod profile;

use crate::pipeline::task_of;
use std::sync::Arc;
use std::time::Instant;

use engine::{
    CancelToken, CaptionLanguage, DecomposeRequest, Diffusion, Gpus, Hardware, Layers,
    OffloadChoice, Resolution, SpreadChoice, Stage, Tiling,
};
use image::{Rgba, RgbaImage};
use kernels::device_memory;
use runtime::plan::{Plan, PlanOptions, Run, Task, peaks, plan_on};
use runtime::{Placement, device_name};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::parts::RandomModel;
use crate::text_encoder::templates::ENCODE_KEPT;
use crate::{ModelError, Pipeline, Result, keep_no_tensor};
use clock::{Clock, Marks};
use jobs::Job;
pub use jobs::{AfterJob, CachedJob, CancelledJob};
use memory::tell_waiting;
pub use memory::{Held, StageMemory};
use profile::Profiler;
pub use profile::{KernelShare, Profile, Work};

/// What an H100 SXM reaches in TFLOP/s with bf16: products of 9600 × 3072 × 12288 by cuBLASLt 13.1, and attention over
/// 9856 tokens in 24 heads of 128 by cuDNN 9.14, both measured on one (driver 580).
pub const H100_LINEARS: f64 = 735.0;
pub const H100_ATTENTION: f64 = 676.0;

/// Tokens of the prompt, as many as captions usually have.
const PROMPT_TOKENS: usize = 256;
/// The source's side over the layers', so that there is something to rebuild.
const SOURCE_SCALE: u32 = 2;
/// Of the job without guidance at most.
const SINGLE_STEPS: u32 = 3;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Workload {
    pub model: RandomModel,
    pub resolution: Resolution,
    pub layers: u32,
    pub steps: u32,
    /// 0: no caption.
    pub caption_tokens: u32,
    /// Whole jobs after the first, to see what they leave behind.
    pub jobs: u32,
    /// The threshold of one more job with step caching.
    pub step_cache: Option<f32>,
    pub tiling: Tiling,
    /// Whether a further run tells where a forward's time goes.
    pub profile: bool,
    /// Only the job with guidance.
    pub brief: bool,
    /// Those that the placement was chosen by.
    pub gpus: Gpus,
    pub spread: SpreadChoice,
}

impl Workload {
    /// The planner's choice for it. `limit`: bytes of the device at most.
    pub fn plan(
        &self,
        placement: &Placement,
        offload: OffloadChoice,
        limit: Option<u64>,
    ) -> Result<Plan> {
        let options = PlanOptions::of(placement, &self.gpus, self.spread, offload, None);
        let task = self.task(&request(self));
        plan_on(placement, &self.model.sizes(), &task, &options, limit)
    }

    fn task(&self, request: &DecomposeRequest) -> Task {
        Task {
            caption: self.caption_tokens > 0,
            ..task_of(request)
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// From when the job was sent until it loads, of a program that has used no device yet.
    pub until_load_ms: f64,
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
    /// The job with guidance from the call to the layers at the source's size, with the model loaded and the prompt given,
    /// and nothing kept of an earlier job.
    pub whole_job_ms: f64,
    /// After the first and after each that followed it, where several were asked for.
    pub jobs: Vec<AfterJob>,
    pub step_cache: Option<CachedJob>,
    pub cancelled: CancelledJob,
    pub forward_tflop: f64,
    pub tflop_per_second: f64,
    /// What a forward's arithmetic takes at [`H100_LINEARS`] and [`H100_ATTENTION`].
    pub forward_floor_ms: f64,
    /// Its two parts: products and attention.
    pub floors_ms: [f64; 2],
    pub profile: Option<Profile>,
    /// In the order the stages first ran.
    pub memory: Vec<StageMemory>,
    /// Of both runs' pixels: equal where offloading and spreading changed nothing.
    pub fingerprint: String,
    /// Bytes that the planner expects at most, of several devices on the fullest.
    pub forecast: u64,
    /// How many plans were tried until one found memory enough.
    pub plans: u32,
    /// Bytes that libraries and the driver took of the first device meanwhile.
    pub library_bytes: i64,
    /// Bytes of the device that are not free at the end: of this program, its libraries and others.
    pub device_bytes_in_use: u64,
}

/// Builds the model and runs a job without guidance, then a whole one with it, and those that are asked for besides.
/// `sent`: when the user asked for it.
pub fn measure(
    workload: &Workload,
    placement: &Placement,
    sent: Instant,
    cancel: &CancelToken,
) -> Result<Figures> {
    if workload.profile {
        profile::check(workload.steps)?;
    }
    let others = memory::others(placement)?;
    let mut clock = Clock::new(placement, cancel)?;
    let mut model = Pipeline::random(&workload.model, placement, &clock)?;
    let job = Job {
        request: request(workload),
        prompt: vec!["word"; PROMPT_TOKENS - ENCODE_KEPT].join(" "),
    };
    if workload.caption_tokens > 0 {
        let image = Pipeline::resize(&job.request);
        caption(&mut model, &image, &mut clock, workload.caption_tokens)?;
    }
    let before = clock.marks().len();
    let unguided = match workload.brief {
        true => Vec::new(),
        false => without_guidance(&job).run(&mut model, &clock, &|name, value| {
            clock.tensor(name, value);
        })?,
    };
    let between = clock.marks().len();
    model.forget();
    let whole = job.whole(&mut model, &clock, cancel)?;
    clock.finish()?;
    let mut figures = Figures {
        whole_job_ms: whole.ms,
        rebuild_ms: whole.rebuild_ms,
        fingerprint: fingerprint(&[whole.layers.as_slice(), &unguided].concat()),
        device_bytes_in_use: device_memory(&placement.block_place().device)?
            .map_or(0, |memory| memory.total - memory.free),
        memory: clock.memory(),
        library_bytes: memory::others(placement)? - others,
        ..stages(workload, placement, &clock, [before, between])
    };
    if let Some(first) = clock.marks().begun() {
        figures.until_load_ms = first.duration_since(sent).as_secs_f64() * 1e3;
    }
    if workload.brief {
        return Ok(figures);
    }
    if workload.profile {
        let profiler = Profiler::new(placement, cancel);
        without_guidance(&job).run(&mut model, &profiler, &keep_no_tensor)?;
        figures.profile = Some(profiler.finish()?);
    }
    if workload.jobs > 0 {
        figures.jobs.push(AfterJob::of(whole.ms, placement)?);
        let more = job.several(workload.jobs, &mut model, placement, cancel)?;
        figures.jobs.extend(more);
    }
    if let Some(threshold) = workload.step_cache {
        let without = (&whole, clock.latents());
        let clock = Clock::new(placement, cancel)?;
        let cached = job.with_step_cache(threshold, without, &mut model, &clock, cancel)?;
        figures.step_cache = Some(cached);
    }
    figures.cancelled = job.cancelled(figures.step_ms, &mut model, placement, cancel)?;
    tell_waiting(&mut figures.memory, &model.weigh()?, placement);
    Ok(figures)
}

/// Shorter, as its steps are all alike.
fn without_guidance(job: &Job) -> Job {
    Job {
        request: DecomposeRequest {
            diffusion: Diffusion {
                negative_prompt: None,
                steps: job.request.diffusion.steps.min(SINGLE_STEPS),
                ..job.request.clone().diffusion
            },
            ..job.request.clone()
        },
        prompt: job.prompt.clone(),
    }
}

/// The figures of each stage. `starts`: which of the clock's marks begin the job without guidance and the one with it.
fn stages(
    workload: &Workload,
    placement: &Placement,
    clock: &Clock,
    starts: [usize; 2],
) -> Figures {
    let marks: Marks = clock.marks();
    let [before, between] = starts;
    let single = marks.slice(before, between);
    let guided = marks.slice(between, usize::MAX);
    let (image_tokens, text_tokens) = clock.tokens();
    let work = workload
        .model
        .sizes()
        .work((image_tokens + text_tokens) as f64);
    let floors = [
        work.linears / (H100_LINEARS * 1e9),
        work.attention / (H100_ATTENTION * 1e9),
    ];
    let tflop = (work.linears + work.attention) / 1e12;
    let forward = single.median_step();
    let tokens = workload.caption_tokens;
    Figures {
        device: device_name(&placement.block_place().device),
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
            .span((Stage::Caption, 1), (Stage::Caption, tokens))
            .map(|time| time / f64::from(tokens.max(2) - 1)),
        encode_prompts_ms: guided.span_or_0((Stage::Encode, 0), (Stage::Encode, 2)),
        encode_picture_ms: guided.span_or_0((Stage::Encode, 2), (Stage::Encode, 3)),
        prepare_ms: guided.after((Stage::Encode, 3)),
        forward_ms: forward,
        step_ms: guided.median_step(),
        decode_ms: guided.span_or_0((Stage::Decode, 0), (Stage::Decode, workload.layers)),
        forward_tflop: tflop,
        tflop_per_second: tflop / (forward / 1e3),
        forward_floor_ms: floors.iter().sum(),
        floors_ms: floors,
        forecast: forecast(workload, placement),
        ..Figures::default()
    }
}

fn forecast(workload: &Workload, placement: &Placement) -> u64 {
    let run = Run {
        precision: placement.precision(),
        offload: placement.offload(),
        tiling: workload.tiling,
        fused: placement.is_fused(),
    };
    let (sizes, task) = (workload.model.sizes(), workload.task(&request(workload)));
    let peaks = peaks(&sizes, &task, run, placement.spread());
    peaks.into_iter().max().unwrap_or_default()
}

/// Breaks the caption off after so many tokens.
fn caption(model: &mut Pipeline, image: &RgbaImage, clock: &mut Clock, tokens: u32) -> Result<()> {
    clock.stop_captions_at(Some(tokens));
    let caption = model.caption(image, CaptionLanguage::English, clock, &keep_no_tensor);
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
        layers: Layers::AtMost(workload.layers),
        diffusion: Diffusion {
            resolution: workload.resolution,
            steps: workload.steps,
            rng: engine::Rng::Cuda,
            ..Diffusion::default()
        },
        hardware: Hardware {
            tiling: workload.tiling,
            ..Hardware::default()
        },
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
