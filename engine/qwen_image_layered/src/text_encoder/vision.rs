use candle_core::{DType, Tensor};
use engine::Progress;
use kernels::{Mask, attention, join_heads, split_heads};
use runtime::weights::Weights;
use runtime::{Linear, RmsNorm};

use super::picture::Patches;
use super::rotation::Rotation;
use super::windows::Windows;
use crate::Result;
use crate::config::VisionConfig;
use crate::grid::Grid;
use crate::rotary::frequencies;
use kernels::{gelu_erf, silu_mul};

const EPS: f64 = 1e-6;
const THETA: f32 = 10_000.0;

/// Qwen2.5-VL's vision tower: a picture as embeddings for the language model (transformers 5.23,
/// `models/qwen2_5_vl/modeling_qwen2_5_vl.py`).
pub(super) struct Vision {
    config: VisionConfig,
    patches: Linear,
    blocks: Vec<Block>,
    merger: Merger,
}

struct Block {
    norm1: RmsNorm,
    qkv: Linear,
    projection: Linear,
    norm2: RmsNorm,
    gate: Linear,
    up: Linear,
    down: Linear,
}

/// Joins the patches of a unit.
struct Merger {
    norm: RmsNorm,
    first: Linear,
    second: Linear,
}

impl Vision {
    pub fn load(config: &VisionConfig, weights: &Weights) -> Result<Self> {
        let blocks = (0..config.depth)
            .map(|index| Block::load(config, &weights.at(format!("blocks.{index}"))))
            .collect::<Result<_>>()?;
        let patch = config.patch_size;
        // A convolution whose kernel is as large as its step is a matrix product over flattened patches.
        let kernel = weights.at("patch_embed.proj").tensor(
            "weight",
            &[
                config.hidden_size,
                3,
                config.temporal_patch_size,
                patch,
                patch,
            ],
        )?;
        let merged = config.hidden_size * config.spatial_merge_size.pow(2);
        let merger = weights.at("merger");
        Ok(Self {
            patches: Linear::from_weight(kernel.flatten_from(1)?),
            blocks,
            merger: Merger {
                norm: RmsNorm::load(&merger.at("ln_q"), config.hidden_size, EPS)?,
                first: Linear::load(&merger.at("mlp.0"), merged, merged)?,
                second: Linear::load(&merger.at("mlp.2"), merged, config.out_hidden_size)?,
            },
            config: config.clone(),
        })
    }

    /// [units, out_hidden_size] in reading order.
    pub fn forward(&self, picture: &Patches, progress: &dyn Progress) -> Result<Tensor> {
        let windows = Windows::new(picture.units, self.config.window());
        let per_unit = self.config.spatial_merge_size.pow(2);
        let device = picture.values.device();

        let order: Vec<u32> = windows
            .order
            .iter()
            .flat_map(|unit| (0..per_unit).map(move |inner| (unit * per_unit + inner) as u32))
            .collect();
        let order = Tensor::new(order, device)?;
        let mut x = self
            .patches
            .forward(&picture.values)?
            .index_select(&order, 0)?;
        let rotation = self.rotation(picture.units, &windows, &x)?;

        let whole = [(1, picture.units.tokens() * per_unit)];
        let runs: Vec<_> = windows
            .runs
            .iter()
            .map(|(count, units)| (*count, units * per_unit))
            .collect();
        for (index, block) in self.blocks.iter().enumerate() {
            progress.check()?;
            let full = self.config.fullatt_block_indexes.contains(&index);
            x = block.forward(
                &x,
                &rotation,
                if full { &whole } else { &runs },
                &self.config,
            )?;
        }
        let merged = self.merger.forward(&x, per_unit)?;
        Ok(merged.index_select(&Tensor::new(windows.places(), device)?, 0)?)
    }

    /// Each patch turns with its row and column, half of the angles each, in f32.
    fn rotation(&self, units: Grid, windows: &Windows, like: &Tensor) -> Result<Rotation> {
        let merge = self.config.spatial_merge_size;
        let positions: Vec<[f32; 2]> = windows
            .order
            .iter()
            .flat_map(|unit| {
                (0..merge * merge).map(move |inner| {
                    [
                        (unit / units.columns * merge + inner / merge) as f32,
                        (unit % units.columns * merge + inner % merge) as f32,
                    ]
                })
            })
            .collect();
        let size = self.config.head() / 2;
        let frequencies: Vec<_> = (0..2)
            .flat_map(|axis| frequencies(THETA, size).map(move |frequency| (axis, frequency)))
            .collect();
        Rotation::new(&positions, &frequencies, like.device(), DType::F32)
    }
}

impl Block {
    fn load(config: &VisionConfig, weights: &Weights) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            norm1: RmsNorm::load(&weights.at("norm1"), hidden, EPS)?,
            qkv: Linear::load(&weights.at("attn.qkv"), hidden, 3 * hidden)?,
            projection: Linear::load(&weights.at("attn.proj"), hidden, hidden)?,
            norm2: RmsNorm::load(&weights.at("norm2"), hidden, EPS)?,
            gate: Linear::load(&weights.at("mlp.gate_proj"), hidden, inner)?,
            up: Linear::load(&weights.at("mlp.up_proj"), hidden, inner)?,
            down: Linear::load(&weights.at("mlp.down_proj"), inner, hidden)?,
        })
    }

    /// `runs`: how the patches fall into windows, as neighbouring ones of equal size.
    fn forward(
        &self,
        x: &Tensor,
        rotation: &Rotation,
        runs: &[(usize, usize)],
        config: &VisionConfig,
    ) -> Result<Tensor> {
        let heads = config.num_heads;
        let qkv = self.qkv.forward(&self.norm1.forward(x)?)?.chunk(3, 1)?;
        let q = rotation.split_and_turn(&qkv[0].contiguous()?, heads)?;
        let k = rotation.split_and_turn(&qkv[1].contiguous()?, heads)?;
        let v = split_heads(&qkv[2].contiguous()?, heads)?;
        let mut first = 0;
        let mut attended = Vec::with_capacity(runs.len());
        for (count, size) in runs {
            // Windows of one size attend together, as if they were heads.
            let apart = |x: &Tensor| -> Result<Tensor> {
                Ok(x.narrow(1, first, count * size)?.contiguous()?.reshape((
                    heads * count,
                    *size,
                    config.head(),
                ))?)
            };
            let part = attention(&apart(&q)?, &apart(&k)?, &apart(&v)?, Mask::All)?;
            attended.push(part.reshape((heads, count * size, config.head()))?);
            first += count * size;
        }
        let attended = join_heads(&Tensor::cat(&attended, 1)?)?;
        let x = (x + self.projection.forward(&attended)?)?;
        let normal = self.norm2.forward(&x)?;
        let hidden = silu_mul(&self.gate.forward(&normal)?, &self.up.forward(&normal)?)?;
        Ok((x + self.down.forward(&hidden)?)?)
    }
}

impl Merger {
    fn forward(&self, x: &Tensor, per_unit: usize) -> Result<Tensor> {
        let (patches, hidden) = x.dims2()?;
        let units = self
            .norm
            .forward(x)?
            .reshape((patches / per_unit, per_unit * hidden))?;
        self.second
            .forward(&gelu_erf(&self.first.forward(&units)?)?)
    }
}
