//! All stages of diffusers' `QwenImageLayeredPipeline` (huggingface/diffusers 58eb52c,
//! `pipelines/qwenimage/pipeline_qwenimage_layered.py`).

mod denoiser;
mod guidance;
pub(crate) mod networks;
mod task;
mod warm_up;

use std::collections::VecDeque;

use candle_core::{DType, Tensor};
use engine::{CaptionLanguage, DecomposeRequest, Lora, ModelSource, Progress, Stage};
use image::RgbaImage;
use runtime::{Part, Placement, Schedule, even_sigmas, randn};

use crate::config::VaeConfig;
use crate::dump::OnTensor;
use crate::grid::{Grid, PATCH, pack, unpack};
use crate::image_processor::{bucket, resize_lanczos, to_image, to_tensor};
use crate::parts::{Parts, RandomModel};
use crate::text_encoder::MAX_CAPTION_TOKENS;
use crate::vae::Vae;
use crate::{ModelError, Result};
use denoiser::PromptOfRun;
use guidance::guide;
use networks::{NetworkBytes, Networks};
use warm_up::Sizes;

pub use task::task_of;

/// Transformer calls whose values are told; later ones would fill the memory.
const TOLD_CALLS: usize = 4;

/// Previews in a run at most.
const PREVIEWS: u32 = 5;

/// Embedded prompts that are kept; a job has two.
const KEPT_PROMPTS: usize = 4;

/// The opened model.
pub struct Pipeline {
    networks: Networks,
    /// The last prompts' embeddings, so that a job on the same prompts needs no text encoder.
    prompts: VecDeque<(String, Tensor)>,
    channels: usize,
}

/// The model card's number of layers.
pub(crate) const MODEL_CARD_LAYERS: u32 = 4;

/// What a whole run refers to.
struct Job<'a> {
    request: &'a DecomposeRequest,
    progress: &'a dyn Progress,
    on_tensor: OnTensor<'a>,
}

/// What stays the same in every step.
struct Conditions {
    /// The picture's tokens [tokens, in_channels].
    image: Tensor,
    /// The positive one first.
    prompts: Vec<PromptOfRun>,
    grid: Grid,
    layers: usize,
}

impl Conditions {
    /// Of text and picture together, for each prompt.
    fn tokens(&self) -> Vec<usize> {
        let layers = self.layers + 2;
        let prompts = self.prompts.iter().map(PromptOfRun::text_tokens);
        prompts
            .map(|text| text + layers * self.grid.tokens())
            .collect()
    }
}

impl Pipeline {
    /// All headers and configurations are checked before the first tensor is read.
    pub fn load(
        source: &ModelSource,
        placement: &Placement,
        progress: &dyn Progress,
    ) -> Result<Self> {
        Self::load_with(source, &[], placement, progress)
    }

    /// The model as LoRAs change it.
    pub fn load_with(
        source: &ModelSource,
        loras: &[Lora],
        placement: &Placement,
        progress: &dyn Progress,
    ) -> Result<Self> {
        Self::from_parts(Parts::open(source, loras)?, placement, progress)
    }

    /// Sentences for the user about how the model was loaded.
    pub fn notes(&self) -> Vec<String> {
        self.networks.parts.transformer.files.loras().notes()
    }

    /// A model of random weights, to measure with.
    pub fn random(
        model: &RandomModel,
        placement: &Placement,
        progress: &dyn Progress,
    ) -> Result<Self> {
        Self::from_parts(Parts::random(model)?, placement, progress)
    }

    pub(crate) fn from_parts(
        parts: Parts,
        placement: &Placement,
        progress: &dyn Progress,
    ) -> Result<Self> {
        Ok(Self {
            channels: parts.transformer.config.out_channels,
            networks: Networks::load(parts, placement, progress)?,
            prompts: VecDeque::new(),
        })
    }

    /// What earlier runs left: the next one has only the networks.
    pub(crate) fn forget(&mut self) {
        self.prompts.clear();
        self.networks.forget();
    }

    /// Frees the model and sees what each network took.
    pub(crate) fn weigh(self) -> Result<NetworkBytes> {
        self.networks.weigh()
    }

    /// The picture at the size that the model works at.
    pub fn resize(request: &DecomposeRequest) -> RgbaImage {
        let side = request.diffusion.resolution.side();
        let (width, height) = bucket(request.source.width(), request.source.height(), side);
        resize_lanczos(&request.source, width, height)
    }

    /// A caption of a resized picture.
    pub fn caption(
        &mut self,
        image: &RgbaImage,
        language: CaptionLanguage,
        progress: &dyn Progress,
        on_tensor: OnTensor,
    ) -> Result<String> {
        let most = MAX_CAPTION_TOKENS as u32;
        let encoder = self.networks.text_encoder(true, progress)?;
        progress.report(Stage::Caption, 0, most);
        let mut written = 0;
        let caption =
            encoder.caption(image, language, progress, on_tensor, &mut |tokens, text| {
                written = tokens as u32;
                progress.report(Stage::Caption, written, most);
                progress.caption(text);
            })?;
        progress.report(Stage::Caption, written, written);
        Ok(caption)
    }

    /// Layers of a resized picture, bottom first. `prompt` stands in for the request's.
    pub fn run(
        &mut self,
        request: &DecomposeRequest,
        prompt: &str,
        image: &RgbaImage,
        progress: &dyn Progress,
        on_tensor: OnTensor,
    ) -> Result<Vec<RgbaImage>> {
        let layers = request.layers.or(MODEL_CARD_LAYERS) as usize;
        let job = Job {
            request,
            progress,
            on_tensor,
        };
        let mut conditions = self.encode(&job, prompt, image)?;
        let Grid { rows, columns } = conditions.grid;
        let shape = [1, layers + 1, self.channels, rows * PATCH, columns * PATCH];
        let placement = self.networks.placement.clone();
        let place = placement.of(Part::TransformerEnds);
        let noise = randn(
            request.diffusion.rng,
            request.seed,
            request.diffusion.rng_gpu.into(),
            &shape,
            place,
        )?;
        let mut latents = pack(&noise.squeeze(0)?)?;
        let schedule = Schedule::new(
            &self.networks.parts.scheduler,
            conditions.grid.tokens(),
            &even_sigmas(request.diffusion.steps as usize),
        );
        on_tensor("sigmas", &Tensor::new(schedule.sigmas(), &place.device)?);
        let times: Vec<_> = (0..schedule.steps())
            .map(|step| schedule.time(step, place.dtype))
            .collect();
        let config = &self.networks.parts.transformer.config;
        let sizes = Sizes {
            grid: conditions.grid,
            tiling: request.hardware.tiling,
            channels: self.channels,
            tokens: conditions.tokens(),
            heads: config.num_attention_heads,
            head_size: config.attention_head_dim,
        };
        let warm_up = self.networks.warm_up(sizes);
        let modulations = self.networks.modulations(&times, progress)?;
        let (denoiser, vae) = self.networks.denoiser(progress)?;
        drop(warm_up);

        let steps = schedule.steps() as u32;
        progress.report(Stage::Denoise, 0, steps);
        for step in 0..schedule.steps() {
            let tokens = Tensor::cat(&[&latents, &conditions.image], 0)?;
            let prompts = &mut conditions.prompts;
            let outputs = denoiser.forward(&tokens, prompts, &modulations, step, progress)?;
            tell(&job, prompts, &tokens, &outputs, step)?;
            let velocity = guided(&job, &outputs, latents.dim(0)?)?;
            let next = schedule.euler(step, &latents, &velocity)?;
            on_tensor(&format!("step.{step}.latents"), &next.unsqueeze(0)?);
            require_finite(&next, step)?;
            let done = step as u32 + 1;
            progress.report(Stage::Denoise, done, steps);
            let is_shown = done < steps && done.is_multiple_of(steps.div_ceil(PREVIEWS + 1));
            if is_shown && request.previews {
                let clean = schedule.predict_clean(step, &latents, &velocity)?;
                let preview = decode(vae, &clean, conditions.grid, &job, |_| {});
                progress.preview(preview?);
            }
            latents = next;
        }
        if request.diffusion.step_cache.is_some() {
            let prompts = conditions.prompts.iter();
            progress.skipped_steps(&prompts.map(PromptOfRun::skipped).collect::<Vec<_>>());
        }
        drop(conditions.prompts);

        let of = layers as u32;
        progress.report(Stage::Decode, 0, of);
        decode(vae, &latents, conditions.grid, &job, |done| {
            progress.report(Stage::Decode, done, of);
        })
    }

    /// The prompts and the picture as the transformer takes them.
    fn encode(&mut self, job: &Job, prompt: &str, image: &RgbaImage) -> Result<Conditions> {
        let Job {
            request,
            progress,
            on_tensor,
        } = *job;
        let negative = request
            .diffusion
            .negative_prompt
            .as_deref()
            .filter(|_| request.diffusion.is_guided());
        let steps = if negative.is_some() { 3 } else { 2 };
        let grid = Grid {
            rows: image.height() as usize / (VaeConfig::SCALE * PATCH),
            columns: image.width() as usize / (VaeConfig::SCALE * PATCH),
        };
        let placement = self.networks.placement.clone();
        let ends = placement.of(Part::TransformerEnds);
        let layers = request.layers.or(MODEL_CARD_LAYERS) as usize;
        let mut prompts = Vec::with_capacity(2);
        for (number, prompt) in [Some(prompt), negative].into_iter().flatten().enumerate() {
            progress.report(Stage::Encode, number as u32, steps);
            let embeddings = self.embed(prompt, progress)?;
            let (files, team) = (&self.networks.parts.transformer, placement.team(number));
            let (size, cache) = ((layers, grid), request.diffusion.step_cache);
            prompts.push(PromptOfRun::new(files, &embeddings, size, &team, cache)?);
        }
        self.networks.done_with_text();
        progress.report(Stage::Encode, steps - 1, steps);
        let pixels = to_tensor(image, placement.of(Part::Vae))?;
        on_tensor("pixels", &pixels);
        let vae = self.networks.vae();
        let latents = vae.encode(&pixels, request.hardware.tiling, progress)?;
        let image = pack(&latents.to_device(&ends.device)?.to_dtype(ends.dtype)?)?;
        progress.report(Stage::Encode, steps, steps);
        Ok(Conditions {
            image,
            prompts,
            grid,
            layers,
        })
    }

    /// A prompt's embeddings, which are kept for the next job.
    fn embed(&mut self, prompt: &str, progress: &dyn Progress) -> Result<Tensor> {
        if let Some((_, embeddings)) = self.prompts.iter().find(|(known, _)| known == prompt) {
            return Ok(embeddings.clone());
        }
        let embeddings = self
            .networks
            .text_encoder(false, progress)?
            .encode(prompt, progress)?;
        self.prompts
            .push_front((prompt.to_owned(), embeddings.clone()));
        self.prompts.truncate(KEPT_PROMPTS);
        Ok(embeddings)
    }
}

/// Tells what the transformer was given and gave.
fn tell(
    job: &Job,
    prompts: &[PromptOfRun],
    tokens: &Tensor,
    outputs: &[Tensor],
    step: usize,
) -> Result<()> {
    let calls = step * prompts.len()..TOLD_CALLS;
    for ((call, prompt), output) in calls.zip(prompts).zip(outputs) {
        let values = [
            ("in", Some(tokens)),
            ("text", prompt.embeddings()),
            ("out", Some(output)),
        ];
        for (name, value) in values {
            let Some(value) = value else { continue };
            let name = format!("transformer.{call}.{name}");
            (job.on_tensor)(&name, &value.unsqueeze(0)?);
        }
    }
    Ok(())
}

/// Where the latents' own tokens, the first, move.
fn guided(job: &Job, outputs: &[Tensor], tokens: usize) -> Result<Tensor> {
    let own: Vec<_> = outputs
        .iter()
        .map(|output| output.narrow(0, 0, tokens))
        .collect::<Result<_, _>>()?;
    match own.as_slice() {
        [positive, negative] => {
            let request = job.request;
            guide(
                positive,
                negative,
                request.diffusion.guidance,
                request.diffusion.normalize,
            )
        }
        [only] => Ok(only.clone()),
        _ => Err(ModelError::Request("there is no prompt; write one".into())),
    }
}

/// Every frame but the first, which is the composite; one after the other, so that only one is in memory.
fn decode(
    vae: &Vae,
    tokens: &Tensor,
    grid: Grid,
    job: &Job,
    on_layer: impl Fn(u32),
) -> Result<Vec<RgbaImage>> {
    let latents = unpack(tokens, grid)?;
    (1..latents.dim(0)?)
        .map(|frame| {
            let frame_latents = latents.narrow(0, frame, 1)?;
            let pixels = vae.decode(&frame_latents, job.request.hardware.tiling, job.progress)?;
            on_layer(frame as u32);
            to_image(&pixels)
        })
        .collect()
}

/// Also waits for the device, so that a cancelled run ends within the step it is in.
fn require_finite(latents: &Tensor, step: usize) -> Result<()> {
    let sum = latents.to_dtype(DType::F32)?.abs()?.sum_all()?;
    if sum.to_scalar::<f32>()?.is_finite() {
        Ok(())
    } else {
        Err(ModelError::NotFinite(format!("step {}", step + 1)))
    }
}
