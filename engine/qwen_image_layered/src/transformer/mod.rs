//! The denoising transformer: 60 blocks in which a text stream and an image stream attend to each other
//! (huggingface/diffusers 58eb52c, `models/transformers/transformer_qwenimage.py`). Candle-transformers' FLUX and
//! Z-Image differ in modulation, rotary embedding and norms, so nothing of them is used.

mod block;
mod rope;
mod time;

use candle_core::Tensor;

use block::Block;
use rope::Rope;
pub(crate) use rope::{Grid, RopeTables};
use time::TimeEmbedding;

use crate::activation::silu;
use crate::config::TransformerConfig;
use crate::files::{PartFiles, WeightFiles, Weights};
use crate::linear::Linear;
use crate::norm::{RmsNorm, layer_norm};
use crate::placement::{Part, Placement};
use crate::watch::Watch;
use crate::{ModelError, Result};

const EPS: f64 = 1e-6;
/// Only Layered's transformer knows an additional condition of the time.
const LAYERED_MARK: &str = "time_text_embed.addition_t_embedding.weight";
/// An empty tensor that marks Qwen-Image-Edit-2511.
const EDIT_MARK: &str = "__index_timestep_zero__";

pub(crate) struct Transformer {
    image_in: Linear,
    text_norm: RmsNorm,
    text_in: Linear,
    time: TimeEmbedding,
    blocks: Vec<Block>,
    norm_out: Linear,
    out: Linear,
    rope: Rope,
    placement: Placement,
}

/// The text half of a forward pass's input.
pub(crate) struct Prompt<'a> {
    /// [tokens, joint_attention_dim]
    pub embeddings: &'a Tensor,
    pub ropes: &'a RopeTables,
}

pub(crate) struct TransformerFiles {
    pub config: TransformerConfig,
    pub files: WeightFiles,
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
        Ok(Self { config, files })
    }
}

impl Transformer {
    pub fn load(
        config: &TransformerConfig,
        weights: &Weights,
        placement: &Placement,
    ) -> Result<Self> {
        let ends = weights.to(placement.of(Part::TransformerEnds));
        let inner = config.inner();
        let blocks = (0..config.num_layers)
            .map(|index| {
                let place = placement.of(Part::TransformerBlock(index));
                let weights = weights.to(place).at(format!("transformer_blocks.{index}"));
                Block::load(config, &weights, index + 1 == config.num_layers)
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            image_in: Linear::load(&ends.at("img_in"), config.in_channels, inner)?,
            text_norm: RmsNorm::load(&ends.at("txt_norm"), config.joint_attention_dim, EPS)?,
            text_in: Linear::load(&ends.at("txt_in"), config.joint_attention_dim, inner)?,
            time: TimeEmbedding::load(&ends.at("time_text_embed"), inner)?,
            blocks,
            norm_out: Linear::load(&ends.at("norm_out.linear"), inner, 2 * inner)?,
            out: Linear::load(&ends.at("proj_out"), inner, config.in_channels)?,
            rope: Rope::new(config.axes_dims_rope),
            placement: placement.clone(),
        })
    }

    /// The rotation tables of a run, which do not depend on the step.
    pub fn ropes(&self, layers: usize, grid: Grid, text_tokens: usize) -> Result<RopeTables> {
        let place = self.placement.of(Part::TransformerEnds);
        self.rope.tables(layers, grid, text_tokens, &place.device)
    }

    /// The velocity of all image tokens [tokens, in_channels] at `time` in [0, 1]. `watch` can end it before each block.
    pub fn forward(
        &self,
        tokens: &Tensor,
        prompt: &Prompt,
        time: f32,
        watch: &dyn Watch,
    ) -> Result<Tensor> {
        let ends = self.placement.of(Part::TransformerEnds);
        let mut image = self.image_in.forward(tokens)?;
        let mut text = self
            .text_in
            .forward(&self.text_norm.forward(prompt.embeddings)?)?;
        // Every use of the time begins with this SiLU.
        let time = silu(&self.time.forward(time, ends)?)?;
        let mut tables = prompt.ropes.clone();
        for (index, block) in self.blocks.iter().enumerate() {
            watch.check()?;
            let device = &self.placement.of(Part::TransformerBlock(index)).device;
            tables = tables.to_device(device)?;
            (image, text) = block.forward(
                &image.to_device(device)?,
                &text.to_device(device)?,
                &time.to_device(device)?,
                &tables,
            )?;
        }
        watch.check()?;
        let image = image.to_device(&ends.device)?;
        // Scale before shift here, unlike in the blocks.
        let modulation = self.norm_out.forward(&time)?.chunk(2, 1)?;
        let image = layer_norm(&image)?
            .broadcast_mul(&(&modulation[0] + 1.0)?)?
            .broadcast_add(&modulation[1])?;
        self.out.forward(&image)
    }
}
