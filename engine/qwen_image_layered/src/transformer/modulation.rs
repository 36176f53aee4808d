use candle_core::{Device, Tensor};
use kernels::silu;
use runtime::weights::Weights;
use runtime::{Linear, Part, Placement, copy_to};

use super::time::TimeEmbedding;
use crate::Result;
use crate::config::TransformerConfig;

const VECTORS: usize = 6;

/// How the times of a run modulate each block. It depends on nothing else, so it is computed before the first step, and
/// the third of the transformer's weights that it takes is in memory one block at a time.
pub(crate) struct Modulations {
    /// [times, 6·inner] of the image and of the text, by block and on its device.
    blocks: Vec<[Tensor; 2]>,
    /// [times, 2·inner]: scale and shift of the output.
    out: Tensor,
}

/// One block's at one time: shift, scale and gate [1, inner] before attention, and again before the MLP.
pub(super) struct Modulation {
    pub image: [Tensor; VECTORS],
    pub text: [Tensor; VECTORS],
}

impl Modulations {
    /// `times` in [0, 1]. `weights` are all of the transformer's.
    pub fn compute(
        config: &TransformerConfig,
        weights: &Weights,
        placement: &Placement,
        times: &[f32],
    ) -> Result<Self> {
        let ends = placement.of(Part::TransformerEnds);
        let weights = weights.to(ends);
        let inner = config.inner();
        let embedding = TimeEmbedding::load(&weights.at("time_text_embed"), inner)?;
        // Every use of the time begins with this SiLU.
        let embedded = silu(&embedding.forward(times, ends)?)?;
        let linear = |name: &str, count: usize| -> Result<Tensor> {
            Linear::load(&weights.at(name), inner, count * inner)?.forward(&embedded)
        };
        let blocks = (0..config.num_layers)
            .map(|index| {
                let block = format!("transformer_blocks.{index}");
                let device = &placement.of(Part::TransformerBlock(index)).device;
                Ok([
                    copy_to(&linear(&format!("{block}.img_mod.1"), VECTORS)?, device)?,
                    copy_to(&linear(&format!("{block}.txt_mod.1"), VECTORS)?, device)?,
                ])
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            blocks,
            out: linear("norm_out.linear", 2)?,
        })
    }

    /// A copy, all of it on one device.
    pub fn on(&self, device: &Device) -> Result<Self> {
        let blocks = self.blocks.iter().map(|[image, text]| -> Result<_> {
            Ok([copy_to(image, device)?, copy_to(text, device)?])
        });
        Ok(Self {
            blocks: blocks.collect::<Result<_>>()?,
            out: copy_to(&self.out, device)?,
        })
    }

    /// Of a block at a time, by their numbers.
    pub(super) fn of(&self, block: usize, time: usize) -> Result<Modulation> {
        let vectors = |tensor: &Tensor| -> Result<[Tensor; VECTORS]> {
            let row = tensor.narrow(0, time, 1)?;
            let width = row.dim(1)? / VECTORS;
            let [a, b, c, d, e, f] =
                [0, 1, 2, 3, 4, 5].map(|index| row.narrow(1, index * width, width));
            Ok([a?, b?, c?, d?, e?, f?])
        };
        let [image, text] = &self.blocks[block];
        Ok(Modulation {
            image: vectors(image)?,
            text: vectors(text)?,
        })
    }

    /// Scale and shift of the output, in this order, unlike in the blocks.
    pub(super) fn out(&self, time: usize) -> Result<[Tensor; 2]> {
        let row = self.out.narrow(0, time, 1)?;
        let width = row.dim(1)? / 2;
        Ok([row.narrow(1, 0, width)?, row.narrow(1, width, width)?])
    }
}
