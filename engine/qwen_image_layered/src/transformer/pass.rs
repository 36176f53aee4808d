use candle_core::{Device, Tensor};
use kernels::{Carrier, Rank, Rotation, Way};
use runtime::{StepCache, copy_to};

use super::residual::{Residual, Streams};
use super::share::Share;
use crate::{ModelError, Result};

/// Both streams for one prompt between two blocks.
pub(super) struct Pass<'a> {
    pub streams: Streams,
    pub rotations: &'a [Rotation],
    /// Of the picture and the text over the GPUs that have blocks.
    pub ways: [Way; 2],
    pub share: &'a Share,
    pub cache: Option<&'a mut StepCache>,
    /// The image stream that the first block takes, for the cache.
    pub before: Option<Tensor>,
    /// The image is already as the last block leaves it.
    pub skips: bool,
}

impl<'a> Pass<'a> {
    pub fn rotation(&self, gpu: usize) -> Result<&'a Rotation> {
        let missing = || ModelError::Request(format!("GPU {gpu} has none of the prompt's blocks"));
        self.rotations.get(gpu).ok_or_else(missing)
    }

    /// Begins to go to where the next block is, or the ends.
    pub fn leave(&mut self, device: &Device, carrier: &Carrier) -> Result<()> {
        let [image, text] = &mut self.ways;
        self.streams.image.leave(device, carrier, image)?;
        match &mut self.streams.text {
            Some(stream) => stream.leave(device, carrier, text),
            None => Ok(()),
        }
    }

    pub fn arrive(&mut self, device: &Device, carrier: &Carrier) -> Result<()> {
        let [image, text] = &mut self.ways;
        self.streams.image.arrive(device, carrier, image)?;
        match &mut self.streams.text {
            Some(stream) => stream.arrive(device, carrier, text),
            None => Ok(()),
        }
    }

    /// Skips the other blocks where the cache says so.
    pub fn skip(&mut self, rank: Option<&Rank>) -> Result<()> {
        let (Some(cache), Some(before)) = (&mut self.cache, self.before.take()) else {
            return Ok(());
        };
        let after = self.streams.image.add()?;
        let before = copy_to(&before, after.device())?;
        if let Some(image) = cache.skip(&before, &after, rank)? {
            self.streams.image = Residual::of(image);
            self.skips = true;
        }
        Ok(())
    }
}
