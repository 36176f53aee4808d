//! The denoising transformer: 60 blocks in which a text stream and an image stream attend to each other
//! (huggingface/diffusers 58eb52c, `models/transformers/transformer_qwenimage.py`). Candle-transformers' FLUX and
//! Z-Image differ in modulation, rotary embedding and norms, so nothing of them is used.

mod block;
mod cache;
mod modulation;
mod residual;
mod rope;
mod time;

use std::sync::Arc;

use candle_core::Tensor;
use kernels::{Pace, Rotation};

use block::Block;
pub(crate) use cache::StepCache;
pub(crate) use modulation::Modulations;
use residual::Residual;
pub(crate) use rope::Grid;
use rope::Rope;

use crate::config::TransformerConfig;
use crate::files::{Loading, PartFiles, WeightFiles, Weights};
use crate::gpus::bring_rotation;
use crate::layers::Layers;
use crate::linear::Linear;
use crate::norm::RmsNorm;
use crate::placement::{Part, Placement};
use crate::watch::Watch;
use crate::{ModelError, Result};

const EPS: f64 = 1e-6;
/// Blocks that wait for the device: at 1024 a block takes an H100 22 ms, and a job ends within a second of its cancelling.
const AHEAD: usize = 8;
/// Only Layered's transformer knows an additional condition of the time.
const LAYERED_MARK: &str = "time_text_embed.addition_t_embedding.weight";
/// An empty tensor that marks Qwen-Image-Edit-2511.
const EDIT_MARK: &str = "__index_timestep_zero__";

pub(crate) struct Transformer {
    image_in: Linear,
    text_norm: RmsNorm,
    text_in: Linear,
    blocks: Layers<Block>,
    out: Linear,
    placement: Placement,
}

/// The text half of a forward pass's input.
pub(crate) struct Prompt<'a> {
    /// [tokens, joint_attention_dim]
    pub embeddings: &'a Tensor,
    pub rotation: &'a Rotation,
    /// This prompt's own over a whole run.
    pub cache: Option<&'a mut StepCache>,
}

pub(crate) struct TransformerFiles {
    pub config: TransformerConfig,
    pub files: Arc<WeightFiles>,
}

impl TransformerFiles {
    /// Opens the headers, tells the siblings of the model apart and reads or derives the configuration.
    pub fn open(part: &PartFiles) -> Result<Self> {
        let files = part.open(|name| {
            let prefixes = ["model.diffusion_model.", "diffusion_model."];
            let plain = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
            Some(plain.unwrap_or(name).to_owned())
        })?;
        let wrong = |reason: &str| ModelError::WrongModel {
            path: files.path().to_owned(),
            reason: format!("{reason}; choose the Qwen-Image-Layered transformer"),
        };
        if files.shape(EDIT_MARK).is_some() {
            return Err(wrong("holds the weights of Qwen-Image-Edit"));
        }
        let is_qwen_image =
            files.shape("txt_norm.weight").is_some() && files.shape("img_in.weight").is_some();
        if is_qwen_image && files.shape(LAYERED_MARK).is_none() {
            return Err(wrong(
                "holds the weights of the base Qwen-Image or of Qwen-Image-Edit",
            ));
        }
        let config = match &part.config {
            Some(path) => TransformerConfig::read(path)?,
            None => TransformerConfig::from_shapes(&files)?,
        };
        let stored = files.count("transformer_blocks");
        if stored != config.num_layers {
            let last = stored.max(config.num_layers) - 1;
            return Err(ModelError::MissingTensor {
                path: files.path().to_owned(),
                name: format!(
                    "transformer_blocks.{last} as config.json has it ({} blocks, {stored} are stored)",
                    config.num_layers
                ),
            });
        }
        Ok(Self {
            config,
            files: Arc::new(files),
        })
    }

    /// The rotation of all tokens in a run, which does not depend on the step.
    pub fn rotation(
        &self,
        layers: usize,
        grid: Grid,
        text_tokens: usize,
        placement: &Placement,
    ) -> Result<Rotation> {
        let device = &placement.of(Part::TransformerEnds).device;
        Rope::new(self.config.axes_dims_rope).rotation(layers, grid, text_tokens, device)
    }

    /// What the times in [0, 1] of a run do to each block.
    pub fn modulations(
        &self,
        times: &[f32],
        placement: &Placement,
        watch: &dyn Watch,
    ) -> Result<Modulations> {
        let loading = Loading::silent(watch);
        let place = placement.of(Part::TransformerEnds);
        let weights = Weights::new(&self.files, &loading, place);
        Modulations::compute(&self.config, &weights, placement, times)
    }
}

impl Transformer {
    pub fn load(
        files: &TransformerFiles,
        loading: &Loading,
        placement: &Placement,
    ) -> Result<Self> {
        let TransformerFiles { config, files } = files;
        let ends = Weights::new(files, loading, placement.of(Part::TransformerEnds));
        let inner = config.inner();
        let count = config.num_layers;
        let blocks = Layers::load(
            count,
            |index| placement.block_stays(index, count),
            |index| {
                let place = placement.of(Part::TransformerBlock(index));
                let weights = ends.to(place).at(format!("transformer_blocks.{index}"));
                Block::load(config, &weights, index + 1 == count)
            },
        )?;
        Ok(Self {
            image_in: Linear::load(&ends.at("img_in"), config.in_channels, inner)?,
            text_norm: RmsNorm::load(&ends.at("txt_norm"), config.joint_attention_dim, EPS)?,
            text_in: Linear::load(&ends.at("txt_in"), config.joint_attention_dim, inner)?,
            blocks,
            out: Linear::load(&ends.at("proj_out"), inner, config.in_channels)?,
            placement: placement.clone(),
        })
    }

    /// The velocity of all image tokens [tokens, in_channels] at the time of this number, for each prompt. A block runs
    /// for all prompts before the next one does, so that one that streams comes once, or not at all where their caches
    /// skip it. `watch` can end it before each block.
    pub fn forward(
        &self,
        tokens: &Tensor,
        prompts: &mut [Prompt],
        modulations: &Modulations,
        time: usize,
        watch: &dyn Watch,
    ) -> Result<Vec<Tensor>> {
        let image = self.image_in.forward(tokens)?;
        let mut passes: Vec<_> = prompts
            .iter_mut()
            .map(|prompt| self.begin(&image, prompt))
            .collect::<Result<_>>()?;
        let mut pace = Pace::default();
        self.blocks.each_while(|index, block| {
            let device = &self.placement.of(Part::TransformerBlock(index)).device;
            let modulation = modulations.of(index, time)?;
            for pass in passes.iter_mut().filter(|pass| !pass.skips) {
                watch.check()?;
                pass.rotation = bring_rotation(&pass.rotation, device)?;
                pass.image.move_to(device)?;
                pass.text.move_to(device)?;
                (pass.image, pass.text) =
                    block.forward(&pass.image, &pass.text, &modulation, &pass.rotation)?;
                pace.keep(device, AHEAD)?;
            }
            if index == 0 {
                for pass in &mut passes {
                    pass.skip(&image)?;
                }
            }
            Ok(passes.iter().any(|pass| !pass.skips))
        })?;
        watch.check()?;
        let ends = self.placement.of(Part::TransformerEnds);
        let [scale, shift] = modulations.out(time)?;
        let finish = |mut pass: Pass| -> Result<Tensor> {
            if let Some(cache) = pass.cache {
                cache.keep(&pass.image.add()?)?;
            }
            pass.image.move_to(&ends.device)?;
            let (_, rows) = pass.image.modulated([&shift, &scale], &self.out)?;
            self.out.forward_prepared(&rows)
        };
        passes.into_iter().map(finish).collect()
    }

    fn begin<'a>(&self, image: &Tensor, prompt: &'a mut Prompt) -> Result<Pass<'a>> {
        let text = self.text_norm.forward(prompt.embeddings)?;
        Ok(Pass {
            image: Residual::of(image.clone()),
            text: Residual::of(self.text_in.forward(&text)?),
            rotation: prompt.rotation.clone(),
            cache: prompt.cache.as_deref_mut(),
            skips: false,
        })
    }
}

/// Both streams for one prompt between two blocks.
struct Pass<'a> {
    image: Residual,
    text: Residual,
    rotation: Rotation,
    cache: Option<&'a mut StepCache>,
    /// The image is already as the last block leaves it.
    skips: bool,
}

impl Pass<'_> {
    /// Skips the other blocks where the cache says so. `before` is the image stream that the first block took.
    fn skip(&mut self, before: &Tensor) -> Result<()> {
        let Some(cache) = &mut self.cache else {
            return Ok(());
        };
        let after = self.image.add()?;
        let before = before.to_device(after.device())?;
        if let Some(image) = cache.skip(&before, &after)? {
            self.image = Residual::of(image);
            self.skips = true;
        }
        Ok(())
    }
}
