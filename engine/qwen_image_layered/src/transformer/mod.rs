//! The denoising transformer: 60 blocks in which a text stream and an image stream attend to each other
//! (huggingface/diffusers 58eb52c, `models/transformers/transformer_qwenimage.py`). Candle-transformers' FLUX and
//! Z-Image differ in modulation, rotary embedding and norms, so nothing of them is used.

mod block;
mod files;
mod modulation;
mod pass;
mod residual;
mod rope;
mod share;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod step_cache_tests;
mod time;

use candle_core::{Device, Tensor};
use engine::Progress;
use kernels::{Carrier, Lane, Mask, Pace, Prepared, Rank, Rotation, ToRows, attention};
use runtime::weights::{Loading, Packed, Weights};
use runtime::{Layers, Linear, Part, Placement, RmsNorm, StepCache, with_room};

use block::{Block, EPS};
pub(crate) use files::TransformerFiles;
use modulation::Modulation;
pub(crate) use modulation::Modulations;
use pass::Pass;
use residual::{Residual, Streams};
pub(crate) use share::Share;

use crate::{ModelError, Result};

const BLOCKS: &str = "transformer_blocks";

pub(crate) struct Transformer {
    image_in: Linear,
    text_norm: RmsNorm,
    text_in: Linear,
    blocks: Layers<Block>,
    out: Linear,
    placement: Placement,
    /// Where others have the rest of the tokens.
    rank: Option<Rank>,
    /// Between the GPUs that have blocks.
    carrier: Carrier,
}

/// The text half of a forward pass's input.
pub(crate) struct Prompt<'a> {
    /// [tokens, joint_attention_dim]
    pub embeddings: &'a Tensor,
    /// Of the tokens in the share, on each GPU that has blocks.
    pub rotations: &'a [Rotation],
    pub share: &'a Share,
    /// This prompt's own over a whole run.
    pub cache: Option<&'a mut StepCache>,
}

impl Transformer {
    pub fn load(
        files: &TransformerFiles,
        loading: &Loading,
        placement: &Placement,
        rank: Option<Rank>,
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
                let packed = match placement.block_stays(index, count) {
                    true => Packed::Tight,
                    false => Packed::LikeOthers(BLOCKS),
                };
                let weights = ends.to(place).packed(packed);
                let weights = weights.at(format!("{BLOCKS}.{index}"));
                with_room(&place.device, || {
                    Block::load(config, &weights, index + 1 == count)
                })
            },
        )?;
        Ok(Self {
            image_in: Linear::load(&ends.at("img_in"), config.in_channels, inner)?,
            text_norm: RmsNorm::load(&ends.at("txt_norm"), config.joint_attention_dim, EPS)?,
            text_in: Linear::load(&ends.at("txt_in"), config.joint_attention_dim, inner)?,
            blocks,
            out: Linear::load(&ends.at("proj_out"), inner, config.in_channels)?,
            carrier: Carrier::new(&placement.block_devices())?,
            placement: placement.clone(),
            rank,
        })
    }

    /// The velocity of the share's image tokens [tokens, in_channels] at the time of this number, for each prompt, from
    /// those of all `tokens`. A block that streams comes once for all prompts, or not at all where their caches skip it.
    /// `progress` can end it before each block, in all ranks at once.
    pub fn forward(
        &self,
        tokens: &Tensor,
        prompts: &mut [Prompt],
        modulations: &Modulations,
        time: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<Tensor>> {
        let mut passes: Vec<_> = prompts
            .iter_mut()
            .map(|prompt| self.begin(tokens, prompt))
            .collect::<Result<_>>()?;
        let mut pace = Pace::default();
        let goes_on = |index| self.placement.goes_on(index);
        self.blocks.each_stretch(goes_on, |stretch| {
            let mut wanted: Vec<_> = passes.iter_mut().filter(|pass| !pass.skips).collect();
            // Ranks have a pass's tokens exchanged while they compute with another's, so a block is for all passes at once.
            let together = if self.rank.is_some() { wanted.len() } else { 1 };
            for passes in wanted.chunks_mut(together.max(1)) {
                for (index, block) in stretch {
                    self.check(progress)?;
                    let modulation = modulations.of(*index, time)?;
                    self.run(*index, block, passes, &modulation)?;
                    pace.keep(&self.placement.of(Part::TransformerBlock(*index)).device)?;
                    if passes.iter().all(|pass| pass.skips) {
                        break;
                    }
                }
                let next = stretch.last().map_or(0, |(index, _)| index + 1);
                for pass in passes {
                    let next = self.device_after(pass, next);
                    pass.leave(next, &self.carrier)?;
                }
            }
            Ok(passes.iter().any(|pass| !pass.skips))
        })?;
        self.check(progress)?;
        let ends = self.placement.of(Part::TransformerEnds);
        let [scale, shift] = modulations.out(time)?;
        let finish = |mut pass: Pass| -> Result<Tensor> {
            if let Some(cache) = pass.cache.take() {
                cache.keep(&pass.streams.image.add()?)?;
            }
            pass.arrive(&ends.device, &self.carrier)?;
            let rows =
                pass.streams
                    .image
                    .modulate([&shift, &scale], &self.out, &mut Lane::main())?;
            self.out.forward_prepared(&rows, &mut Lane::main())
        };
        passes.into_iter().map(finish).collect()
    }

    /// Has passes go through a block.
    fn run(
        &self,
        index: usize,
        block: &Block,
        passes: &mut [&mut Pass],
        modulation: &Modulation,
    ) -> Result<()> {
        let gpu = self.placement.spread().gpu_of(index);
        let device = &self.placement.of(Part::TransformerBlock(index)).device;
        for pass in passes.iter_mut() {
            pass.arrive(device, &self.carrier)?;
        }
        match &self.rank {
            None => {
                for pass in passes.iter_mut() {
                    let rotation = pass.rotation(gpu)?;
                    let attended = block.attended(&mut pass.streams, modulation, rotation)?;
                    block.finish(&mut pass.streams, &attended, modulation)?;
                }
            }
            Some(rank) => {
                let qkv = |pass: &mut Pass| {
                    let rotation = pass.rotation(gpu)?;
                    block.qkv(&mut pass.streams, modulation, rotation)
                };
                let of_passes = attend_among_ranks(rank, block.heads(), passes, qkv)?;
                for (pass, groups) in passes.iter_mut().zip(of_passes) {
                    let attended = Prepared::Dense(ToRows::finish(groups)?);
                    block.finish(&mut pass.streams, &attended, modulation)?;
                }
            }
        }
        if index == 0 {
            for pass in passes {
                pass.skip(self.rank.as_ref())?;
            }
        }
        Ok(())
    }

    /// Where a pass goes that is done with the blocks before the one of this number.
    fn device_after(&self, pass: &Pass, next: usize) -> &Device {
        let part = match pass.skips || next >= self.blocks.count() {
            true => Part::TransformerEnds,
            false => Part::TransformerBlock(next),
        };
        &self.placement.of(part).device
    }

    /// Fails all ranks that share tokens with this one, now and from now on.
    pub fn give_up(&self) {
        if let Some(rank) = &self.rank {
            rank.abort();
        }
    }

    pub fn has_given_up(&self) -> bool {
        self.rank.as_ref().is_some_and(Rank::is_aborted)
    }

    /// Whether to go on, on which all ranks agree, for none of them computes a block alone.
    fn check(&self, progress: &dyn Progress) -> Result<()> {
        let Some(rank) = &self.rank else {
            return Ok(progress.check()?);
        };
        let cancelled = f64::from(u8::from(progress.is_cancelled()));
        let told = rank.all_gather(vec![cancelled])?;
        match told.into_iter().flatten().any(|told| told > 0.0) {
            true => Err(ModelError::Cancelled),
            false => Ok(()),
        }
    }

    fn begin<'a>(&self, tokens: &Tensor, prompt: &'a mut Prompt<'_>) -> Result<Pass<'a>> {
        let Share { text, image, .. } = prompt.share;
        let text = match text.len() {
            0 => None,
            count => {
                let rows = prompt.embeddings.narrow(0, text.start, count)?;
                let rows = self.text_norm.forward(&rows)?;
                Some(self.text_in.forward(&rows)?)
            }
        };
        let tokens = tokens.narrow(0, image.start, image.len())?;
        let image = self.image_in.forward(&tokens)?;
        let way = |rows| self.carrier.way((rows, image.dim(1)?), image.dtype());
        Ok(Pass {
            ways: [way(image.dim(0)?)?, way(prompt.share.text.len())?],
            before: prompt.cache.as_ref().map(|_| image.clone()),
            streams: Streams {
                image: Residual::of(image),
                text: text.map(Residual::of),
            },
            rotations: prompt.rotations,
            share: prompt.share,
            cache: prompt.cache.as_deref_mut(),
            skips: false,
        })
    }
}

/// This rank's share of the heads attends over all tokens of each pass; while one exchange is under way the device computes with
/// what another has brought. For each pass its groups of heads, on their way back to the ranks that have the tokens.
fn attend_among_ranks<'a>(
    rank: &'a Rank,
    heads: usize,
    passes: &mut [&mut Pass],
    qkv: impl Fn(&mut Pass) -> Result<[Tensor; 3]>,
) -> Result<Vec<Vec<ToRows<'a>>>> {
    let tokens = passes.iter().flat_map(|pass| &pass.share.rows).sum();
    let groups = rank.head_groups(heads, tokens, passes.len());
    let to_heads = passes.iter_mut().map(|pass| {
        let qkv = qkv(pass)?;
        let rows = &pass.share.rows;
        let to_heads = groups
            .iter()
            .map(|heads| Ok(rank.rows_to_heads(&qkv, heads.clone(), rows)?));
        to_heads.collect::<Result<Vec<_>>>()
    });
    let to_heads = to_heads.collect::<Result<Vec<_>>>()?;
    let to_rows = passes.iter().zip(to_heads).map(|(pass, to_heads)| {
        let to_rows = to_heads.into_iter().zip(&groups).map(|(qkv, heads)| {
            let [q, k, v] = qkv.finish()?;
            let attended = attention(&q, &k, &v, Mask::All)?;
            Ok(rank.heads_to_rows(&attended, &pass.share.rows, heads.len())?)
        });
        to_rows.collect()
    });
    to_rows.collect()
}
