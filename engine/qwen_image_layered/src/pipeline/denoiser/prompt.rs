use candle_core::Tensor;
use kernels::Rotation;
use runtime::{Part, Placement, StepCache, copy_rotation_to, copy_to};

use crate::Result;
use crate::grid::Grid;
use crate::transformer::{Prompt, Share, TransformerFiles};

/// A prompt over a whole run, on each device of its team.
pub(crate) struct PromptOfRun(Vec<OnDevice>);

struct OnDevice {
    embeddings: Tensor,
    /// For each GPU that has blocks.
    rotations: Vec<Rotation>,
    share: Share,
    cache: Option<StepCache>,
}

impl PromptOfRun {
    /// For one of the placement's teams. `cache`: the threshold of a step cache.
    pub fn new(
        files: &TransformerFiles,
        embeddings: &Tensor,
        (layers, grid): (usize, Grid),
        team: &[Placement],
        cache: Option<f32>,
    ) -> Result<Self> {
        let text_tokens = embeddings.dim(0)?;
        let image_tokens = (layers + 2) * grid.tokens();
        let shares = Share::of_ranks(team.len(), text_tokens, image_tokens);
        let on_device = |(placement, share): (&Placement, Share)| {
            let ends = placement.of(Part::TransformerEnds);
            let rotation = files.rotation(layers, grid, text_tokens, placement)?;
            let rotation = share.rotation(&rotation, text_tokens)?;
            let devices = placement.block_devices();
            let rotations = devices
                .iter()
                .map(|device| copy_rotation_to(&rotation, device));
            Ok(OnDevice {
                embeddings: copy_to(embeddings, &ends.device)?.to_dtype(ends.dtype)?,
                rotations: rotations.collect::<Result<_>>()?,
                share,
                cache: cache.map(StepCache::new),
            })
        };
        let all = team.iter().zip(shares).map(on_device);
        Ok(Self(all.collect::<Result<_>>()?))
    }

    /// [tokens, joint_attention_dim]
    pub fn embeddings(&self) -> Option<&Tensor> {
        self.0.first().map(|first| &first.embeddings)
    }

    pub fn text_tokens(&self) -> usize {
        self.embeddings()
            .map_or(0, |embeddings| embeddings.dims()[0])
    }

    /// Steps that its cache has skipped; all devices skip the same.
    pub fn skipped(&self) -> u32 {
        let cache = self.0.first().and_then(|first| first.cache.as_ref());
        cache.map_or(0, StepCache::skipped)
    }

    /// For each device of the team.
    pub(super) fn prompts(&mut self) -> impl Iterator<Item = Prompt<'_>> {
        self.0.iter_mut().map(OnDevice::prompt)
    }
}

impl OnDevice {
    fn prompt(&mut self) -> Prompt<'_> {
        Prompt {
            embeddings: &self.embeddings,
            rotations: &self.rotations,
            share: &self.share,
            cache: self.cache.as_mut(),
        }
    }
}

#[cfg(test)]
impl PromptOfRun {
    /// Gives a rank a rotation that fits no tokens.
    pub fn spoil(&mut self, rank: usize) {
        if let Some(on_device) = self.0.get_mut(rank) {
            let device = on_device.embeddings.device();
            let row = Tensor::zeros((1, 1), candle_core::DType::F32, device);
            if let Ok(row) = row {
                on_device.rotations = vec![Rotation {
                    cos: row.clone(),
                    sin: row,
                }];
            }
        }
    }
}
