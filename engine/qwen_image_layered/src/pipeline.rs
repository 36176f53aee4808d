//! All stages of diffusers' `QwenImageLayeredPipeline` (huggingface/diffusers 58eb52c,
//! `pipelines/qwenimage/pipeline_qwenimage_layered.py`).

use candle_core::{DType, Tensor};
use engine::{CaptionLanguage, DecomposeRequest, Resolution, Stage};
use image::RgbaImage;
use kernels::Rotation;

use crate::config::SchedulerConfig;
use crate::files::{Loading, ModelSource, Weights};
use crate::guidance::guide;
use crate::image_processor::{bucket, resize_lanczos, to_image, to_tensor};
use crate::latents::{PATCH, pack, unpack};
use crate::placement::{Part, Placement};
use crate::rng::{Gpu, randn};
use crate::scheduler::{Schedule, even_sigmas};
use crate::text_encoder::{MAX_CAPTION_TOKENS, TextEncoder, TextEncoderFiles};
use crate::transformer::{Grid, Modulations, Prompt, Transformer, TransformerFiles};
use crate::vae::{SCALE, Tiling, Vae, VaeFiles};
use crate::watch::Watch;
use crate::{ModelError, Result};

/// Transformer calls whose values are told to [`Watch::tensor`]; later ones would fill the memory.
const TOLD_CALLS: usize = 4;

/// The loaded model.
pub struct Pipeline {
    text_encoder: TextEncoder,
    transformer: Transformer,
    vae: Vae,
    scheduler: SchedulerConfig,
    channels: usize,
    placement: Placement,
}

/// What a run takes beside the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOptions {
    /// The GPU whose noise a CUDA seed reproduces.
    pub gpu: Gpu,
    pub tiling: Tiling,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            gpu: Gpu::H100,
            tiling: Tiling::Off,
        }
    }
}

/// What a whole run refers to.
struct Job<'a> {
    request: &'a DecomposeRequest,
    options: RunOptions,
    watch: &'a dyn Watch,
}

/// A prompt embedded, and the rotation of all tokens that its length leads to.
struct Embedded {
    embeddings: Tensor,
    rotation: Rotation,
}

/// What stays the same in every step.
struct Conditions {
    /// The picture's tokens [tokens, in_channels].
    image: Tensor,
    positive: Embedded,
    negative: Option<Embedded>,
    grid: Grid,
}

impl Pipeline {
    /// All headers and configurations are checked before the first tensor is read.
    pub fn load(source: &ModelSource, placement: &Placement, watch: &dyn Watch) -> Result<Self> {
        let model = source.find()?;
        let transformer = TransformerFiles::open(&model.transformer)?;
        let vae = VaeFiles::open(&model.vae)?;
        let text_encoder = TextEncoderFiles::open(&model)?;
        let scheduler = match &model.scheduler {
            Some(path) => SchedulerConfig::read(path)?,
            None => SchedulerConfig::default(),
        };
        let disagree = |reason: String| ModelError::config(transformer.files.path(), reason);
        let channels = transformer.config.out_channels;
        if channels != vae.config.z_dim {
            return Err(disagree(format!(
                "it works on {channels} latent channels and the VAE on {}",
                vae.config.z_dim
            )));
        }
        let (text, hidden) = (
            transformer.config.joint_attention_dim,
            text_encoder.config.language.hidden_size,
        );
        if text != hidden {
            return Err(disagree(format!(
                "it reads text of width {text} and the text encoder writes {hidden}"
            )));
        }

        let all = [&*transformer.files, &vae.files, &text_encoder.files];
        let loading = Loading::new(all.iter().map(|files| files.bytes()).sum(), watch);
        let vae_weights = Weights::new(&vae.files, &loading, placement.of(Part::Vae));
        let pipeline = Self {
            vae: Vae::load(&vae.config, &vae_weights, placement)?,
            transformer: Transformer::load(&transformer, &loading, placement)?,
            text_encoder: text_encoder.load(&loading, placement)?,
            scheduler,
            channels,
            placement: placement.clone(),
        };
        loading.finish();
        Ok(pipeline)
    }

    /// The picture at the size that the model works at.
    pub fn resize(request: &DecomposeRequest) -> RgbaImage {
        let side = match request.resolution {
            Resolution::R640 => 640,
            Resolution::R1024 => 1024,
        };
        let (width, height) = bucket(request.source.width(), request.source.height(), side);
        resize_lanczos(&request.source, width, height)
    }

    /// Whether diffusers captions the picture for this prompt.
    pub fn wants_caption(prompt: &str) -> bool {
        prompt.is_empty() || prompt == " "
    }

    /// A caption of a resized picture.
    pub fn caption(
        &self,
        image: &RgbaImage,
        language: CaptionLanguage,
        watch: &dyn Watch,
    ) -> Result<String> {
        let most = MAX_CAPTION_TOKENS as u32;
        watch.progress(Stage::Caption, 0, most);
        let mut written = 0;
        let caption = self
            .text_encoder
            .caption(image, language, watch, &mut |tokens, text| {
                written = tokens as u32;
                watch.progress(Stage::Caption, written, most);
                watch.caption(text);
            })?;
        watch.progress(Stage::Caption, written, written);
        Ok(caption)
    }

    /// Layers of a resized picture, bottom first. `prompt` stands in for the request's.
    pub fn run(
        &self,
        request: &DecomposeRequest,
        prompt: &str,
        image: &RgbaImage,
        options: RunOptions,
        watch: &dyn Watch,
    ) -> Result<Vec<RgbaImage>> {
        let layers = request.layers as usize;
        let job = Job {
            request,
            options,
            watch,
        };
        let conditions = self.encode(&job, prompt, image)?;
        let Grid { rows, columns } = conditions.grid;
        let shape = [1, layers + 1, self.channels, rows * PATCH, columns * PATCH];
        let place = self.placement.of(Part::TransformerEnds);
        let noise = randn(request.rng, request.seed, options.gpu, &shape, place)?;
        let mut latents = pack(&noise.squeeze(0)?)?;
        let schedule = Schedule::new(
            &self.scheduler,
            conditions.grid.tokens(),
            &even_sigmas(request.steps as usize),
        );
        watch.tensor("sigmas", &Tensor::new(schedule.sigmas(), &place.device)?);
        let times: Vec<_> = (0..schedule.steps())
            .map(|step| schedule.time(step, place.dtype))
            .collect();
        let modulations = self.transformer.modulations(&times, watch)?;

        let steps = schedule.steps() as u32;
        watch.progress(Stage::Denoise, 0, steps);
        for step in 0..schedule.steps() {
            let velocity = self.velocity(&job, &conditions, &modulations, &latents, step)?;
            let next = schedule.euler(step, &latents, &velocity)?;
            watch.tensor(&format!("step.{step}.latents"), &next.unsqueeze(0)?);
            require_finite(&next, step)?;
            let done = step as u32 + 1;
            watch.progress(Stage::Denoise, done, steps);
            if done < steps && watch.wants_preview(done, steps) {
                let clean = schedule.predict_clean(step, &latents, &velocity)?;
                let preview = self.decode(&clean, conditions.grid, options.tiling, watch, |_| {});
                watch.preview(preview?);
            }
            latents = next;
        }

        let of = request.layers;
        watch.progress(Stage::Decode, 0, of);
        self.decode(&latents, conditions.grid, options.tiling, watch, |done| {
            watch.progress(Stage::Decode, done, of);
        })
    }

    /// The prompts and the picture as the transformer takes them.
    fn encode(&self, job: &Job, prompt: &str, image: &RgbaImage) -> Result<Conditions> {
        let Job {
            request,
            options,
            watch,
        } = *job;
        let negative = request
            .negative_prompt
            .as_deref()
            .filter(|_| request.guidance > 1.0);
        let steps = if negative.is_some() { 3 } else { 2 };
        let grid = Grid {
            rows: image.height() as usize / (SCALE * PATCH),
            columns: image.width() as usize / (SCALE * PATCH),
        };
        let ends = self.placement.of(Part::TransformerEnds);
        let embed = |prompt: &str| -> Result<Embedded> {
            let embeddings = self.text_encoder.encode(prompt, watch)?;
            let layers = request.layers as usize;
            Ok(Embedded {
                rotation: self
                    .transformer
                    .rotation(layers, grid, embeddings.dim(0)?)?,
                embeddings: embeddings.to_device(&ends.device)?.to_dtype(ends.dtype)?,
            })
        };
        watch.progress(Stage::Encode, 0, steps);
        let positive = embed(prompt)?;
        watch.progress(Stage::Encode, 1, steps);
        let negative = negative.map(embed).transpose()?;
        watch.progress(Stage::Encode, steps - 1, steps);
        let pixels = to_tensor(image, self.placement.of(Part::Vae))?;
        watch.tensor("pixels", &pixels);
        let latents = self.vae.encode(&pixels, options.tiling, watch)?;
        let image = pack(&latents.to_device(&ends.device)?.to_dtype(ends.dtype)?)?;
        watch.progress(Stage::Encode, steps, steps);
        Ok(Conditions {
            image,
            positive,
            negative,
            grid,
        })
    }

    /// Where the latents' own tokens move at this step, guided.
    fn velocity(
        &self,
        job: &Job,
        conditions: &Conditions,
        modulations: &Modulations,
        latents: &Tensor,
        step: usize,
    ) -> Result<Tensor> {
        let Job { request, watch, .. } = *job;
        let tokens = Tensor::cat(&[latents, &conditions.image], 0)?;
        let passes = 1 + usize::from(conditions.negative.is_some());
        let pass = |embedded: &Embedded, index: usize| -> Result<Tensor> {
            let prompt = Prompt {
                embeddings: &embedded.embeddings,
                rotation: &embedded.rotation,
            };
            let out = self
                .transformer
                .forward(&tokens, &prompt, modulations, step, watch)?;
            let call = step * passes + index;
            if call < TOLD_CALLS {
                let tell = |name: &str, value: &Tensor| -> Result<()> {
                    watch.tensor(&format!("transformer.{call}.{name}"), &value.unsqueeze(0)?);
                    Ok(())
                };
                tell("in", &tokens)?;
                tell("text", &embedded.embeddings)?;
                tell("out", &out)?;
            }
            Ok(out.narrow(0, 0, latents.dim(0)?)?)
        };
        let positive = pass(&conditions.positive, 0)?;
        match &conditions.negative {
            Some(negative) => guide(
                &positive,
                &pass(negative, 1)?,
                request.guidance,
                request.normalize,
            ),
            None => Ok(positive),
        }
    }

    /// Every frame but the first, which is the composite; one after the other, so that only one is in memory.
    fn decode(
        &self,
        tokens: &Tensor,
        grid: Grid,
        tiling: Tiling,
        watch: &dyn Watch,
        on_layer: impl Fn(u32),
    ) -> Result<Vec<RgbaImage>> {
        let latents = unpack(tokens, grid)?;
        (1..latents.dim(0)?)
            .map(|frame| {
                let pixels = self
                    .vae
                    .decode(&latents.narrow(0, frame, 1)?, tiling, watch)?;
                on_layer(frame as u32);
                to_image(&pixels)
            })
            .collect()
    }
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
