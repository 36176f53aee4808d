use candle_core::{DType, Tensor};
use kernels::Rank;

use crate::Result;
use crate::copy_to;

/// First-block cache of one prompt over the steps of a run (chengzeyi/ParaAttention, `README.md`; huggingface/diffusers,
/// `hooks/first_block_cache.py`). Where the first block changes the image stream nearly as in the last computed step, the
/// other blocks are taken to do so too. Of their work only the image's is kept, for nothing reads the text's at the end.
pub struct StepCache {
    threshold: f32,
    computed: Option<Computed>,
    begun: Option<Begun>,
    skipped: u32,
}

/// What the last computed step added to the image stream [tokens, inner].
struct Computed {
    by_first: Tensor,
    /// Σ|by_first|, a scalar.
    size: Tensor,
    by_others: Tensor,
}

/// A step whose first block has run and whose others will.
struct Begun {
    by_first: Tensor,
    after_first: Tensor,
}

impl StepCache {
    /// A step is skipped where the first block's work differs by less than this share (relative L1) from that of the last
    /// computed step.
    pub fn new(threshold: f32) -> Self {
        Self {
            threshold,
            computed: None,
            begun: None,
            skipped: 0,
        }
    }

    pub fn skipped(&self) -> u32 {
        self.skipped
    }

    /// The image stream after the last block, from that before and after the first; `None` where the other blocks have to
    /// run. Waits for the device. Of ranks that each have some of the tokens all skip the step or none.
    pub fn skip(
        &mut self,
        before: &Tensor,
        after: &Tensor,
        rank: Option<&Rank>,
    ) -> Result<Option<Tensor>> {
        let by_first = (after - before)?;
        if let Some(computed) = &self.computed
            && computed.distance(&by_first, rank)? < f64::from(self.threshold)
        {
            self.skipped += 1;
            return Ok(Some((after + &computed.by_others)?));
        }
        // Freed before the other blocks need memory.
        self.computed = None;
        self.begun = Some(Begun {
            by_first,
            after_first: after.clone(),
        });
        Ok(None)
    }

    /// Keeps what a step did that was not skipped, from the image stream after the last block.
    pub fn keep(&mut self, after_last: &Tensor) -> Result<()> {
        let Some(Begun {
            by_first,
            after_first,
        }) = self.begun.take()
        else {
            return Ok(());
        };
        let after_last = copy_to(after_last, after_first.device())?;
        self.computed = Some(Computed {
            size: size(&by_first)?,
            by_first,
            by_others: (after_last - after_first)?,
        });
        Ok(())
    }
}

impl Computed {
    /// ‖by_first − self.by_first‖₁ / ‖self.by_first‖₁ over the tokens of all ranks; not a number where both are zero.
    fn distance(&self, by_first: &Tensor, rank: Option<&Rank>) -> Result<f64> {
        let difference = size(&(by_first - &self.by_first)?)?;
        let Some(rank) = rank else {
            return Ok(f64::from((difference / &self.size)?.to_scalar::<f32>()?));
        };
        let own = [difference, self.size.clone()].map(|sum| Ok(f64::from(sum.to_scalar::<f32>()?)));
        let all = rank.all_gather(own.into_iter().collect::<Result<_>>()?)?;
        let sum = |index| -> f64 { all.iter().filter_map(|sums| sums.get(index)).sum() };
        Ok(sum(0) / sum(1))
    }
}

/// Σ|x| in f32.
fn size(x: &Tensor) -> Result<Tensor> {
    Ok(x.abs()?.to_dtype(DType::F32)?.sum_all()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn a_step_is_compared_with_the_last_computed_one() {
        let at = |value: f32| Tensor::new(&[[value, -value]], &Device::Cpu).unwrap();
        let mut cache = StepCache::new(0.25);
        let mut step = |by_first: f32, by_others: f32| {
            let after = at(by_first);
            let skipped = cache.skip(&at(0.0), &after, None).unwrap();
            if skipped.is_none() {
                cache.keep(&at(by_first + by_others)).unwrap();
            }
            skipped.map(|image| image.to_vec2::<f32>().unwrap()[0][0])
        };
        assert_eq!(step(1.0, 10.0), None);
        assert_eq!(step(1.125, 20.0), Some(11.125));
        // A fifth more than the step before, which was not computed.
        assert_eq!(step(1.375, 30.0), None);
        assert_eq!(step(1.5, 40.0), Some(31.5));
        assert_eq!(step(0.0, 50.0), None);
        // Nothing to compare with.
        assert_eq!(step(0.0, 60.0), None);
    }
}
