//! cuDNN compiles at the first use of a size, for up to a second. Here that happens beside the reading of weights.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use candle_core::{DType, Tensor};
use engine::Tiling;
use kernels::{Mask, QkNorm, Rotation, attention, attention_in_fp8, shares};
use runtime::{Part, Place, Placement};

use crate::Result;
use crate::grid::Grid;
use crate::grid::PATCH;
use crate::vae::Vae;

/// What decides which kernels a run needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub grid: Grid,
    pub tiling: Tiling,
    /// Of latents.
    pub channels: usize,
    /// Of text and picture together, for each prompt.
    pub tokens: Vec<usize>,
    /// Of the transformer, and numbers in each.
    pub heads: usize,
    pub head_size: usize,
}

/// A thread that goes through attention and the decoder once, on zeros. Dropped, it has ended.
pub(crate) struct WarmUp(Option<JoinHandle<()>>);

impl WarmUp {
    pub fn begin(sizes: Sizes, vae: Arc<Vae>, placement: Placement) -> Self {
        let work = move || {
            // Whatever fails is tried again, and told, where it is needed.
            let _ = sizes.attend(&placement);
            let _ = sizes.decode(&vae, placement.of(Part::Vae));
            for device in placement.devices() {
                let _ = device.synchronize();
            }
        };
        Self(
            thread::Builder::new()
                .name("warm-up".into())
                .spawn(work)
                .ok(),
        )
    }
}

impl Drop for WarmUp {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

impl Sizes {
    /// On each device that attends.
    fn attend(&self, placement: &Placement) -> Result<()> {
        for (prompt, tokens) in self.tokens.iter().enumerate() {
            let team = placement.team(prompt);
            for (member, heads) in team.iter().zip(shares(self.heads, team.len())) {
                let place = member.block_place();
                match team.len() == 1 && place.attends_in_fp8() {
                    true => self.attend_in_fp8(place, *tokens)?,
                    false => self.attend_on(place, *tokens, heads)?,
                }
            }
        }
        Ok(())
    }

    fn attend_on(&self, place: &Place, tokens: usize, heads: usize) -> Result<()> {
        let shape = (tokens, 3, heads, self.head_size);
        let qkv = Tensor::zeros(shape, place.dtype, &place.device)?;
        let part = |index| qkv.narrow(1, index, 1)?.squeeze(1)?.transpose(0, 1);
        attention(&part(0)?, &part(1)?, &part(2)?, Mask::All)?;
        Ok(())
    }

    fn attend_in_fp8(&self, place: &Place, tokens: usize) -> Result<()> {
        let width = 3 * self.heads * self.head_size;
        let qkv = Tensor::zeros((tokens, width), place.dtype, &place.device)?;
        let weight = Tensor::zeros(self.head_size, place.dtype, &place.device)?;
        let turns = Tensor::zeros((tokens, self.head_size / 2), DType::F32, &place.device)?;
        let norm = QkNorm {
            rows: tokens,
            q: &weight,
            k: &weight,
            eps: 1.0,
        };
        let rotation = Rotation {
            cos: turns.clone(),
            sin: turns,
        };
        match attention_in_fp8(&qkv, self.heads, &[norm], &rotation)? {
            Some(_) => Ok(()),
            None => self.attend_on(place, tokens, self.heads),
        }
    }

    fn decode(&self, vae: &Vae, place: &Place) -> Result<()> {
        let Grid { rows, columns } = self.grid;
        let shape = (1, self.channels, rows * PATCH, columns * PATCH);
        let latents = Tensor::zeros(shape, place.dtype, &place.device)?;
        vae.decode(&latents, self.tiling, &())?;
        Ok(())
    }
}
