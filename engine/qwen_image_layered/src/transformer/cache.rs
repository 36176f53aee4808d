use candle_core::{DType, Tensor};
use kernels::Rank;

use crate::Result;
use crate::bring::bring;

/// First-block cache of one prompt over the steps of a run (chengzeyi/ParaAttention, `README.md`; huggingface/diffusers,
/// `hooks/first_block_cache.py`). Where the first block changes the image stream nearly as in the last computed step, the
/// other blocks are taken to do so too. Of their work only the image's is kept, for nothing reads the text's at the end.
pub(crate) struct StepCache {
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
        let after_last = bring(after_last, after_first.device())?;
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
    use engine::{DeviceChoice, Precision};

    use super::*;
    use crate::files::Loading;
    use crate::offload::{Offload, Resident};
    use crate::parts::{Parts, RandomModel};
    use crate::placement::Placement;
    use crate::transformer::{Grid, Modulations, Prompt, Share, Transformer};

    const GRID: Grid = Grid {
        rows: 4,
        columns: 4,
    };
    const IMAGE_TOKENS: usize = 3 * 16;
    const TEXT_TOKENS: usize = 5;
    const NEVER: f32 = f32::MIN_POSITIVE;
    const ALWAYS: f32 = 1.0;

    /// A small transformer at two times that are near each other.
    struct Model {
        parts: Parts,
        placement: Placement,
        transformer: Transformer,
        modulations: Modulations,
    }

    impl Model {
        fn new(offload: Offload) -> Self {
            let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
            let placement = placement.with_offload(offload);
            let parts = Parts::random(&RandomModel::tiny()).unwrap();
            let files = &parts.transformer;
            let loading = Loading::silent(&());
            let transformer = Transformer::load(files, &loading, &placement, None).unwrap();
            let modulations = files.modulations(&[1.0, 0.98], &placement, &()).unwrap();
            Self {
                parts,
                placement,
                transformer,
                modulations,
            }
        }

        /// The velocities of each prompt, a number that it is made from, at this time; its tokens are near those at others.
        fn forward(&self, time: usize, prompts: &mut [(f64, Option<StepCache>)]) -> Vec<Tensor> {
            let config = &self.parts.transformer.config;
            let tokens = wave(IMAGE_TOKENS, config.in_channels, 0.3 + 1e-6 * time as f64);
            let texts: Vec<_> = prompts
                .iter()
                .map(|(prompt, _)| wave(TEXT_TOKENS, config.joint_attention_dim, *prompt))
                .collect();
            let files = &self.parts.transformer;
            let rotation = files.rotation(1, GRID, TEXT_TOKENS, &self.placement);
            let rotation = rotation.unwrap();
            let [share] = &Share::of_ranks(1, TEXT_TOKENS, IMAGE_TOKENS)[..] else {
                panic!("one share for one rank");
            };
            let mut prompts: Vec<_> = prompts
                .iter_mut()
                .zip(&texts)
                .map(|((_, cache), embeddings)| Prompt {
                    embeddings,
                    rotations: std::slice::from_ref(&rotation),
                    share,
                    cache: cache.as_mut(),
                })
                .collect();
            self.transformer
                .forward(&tokens, &mut prompts, &self.modulations, time, &())
                .unwrap()
        }
    }

    fn wave(rows: usize, columns: usize, step: f64) -> Tensor {
        let values = (0..rows * columns).map(|index| (index as f64 * step).sin() as f32);
        Tensor::from_iter(values, &Device::Cpu)
            .unwrap()
            .reshape((rows, columns))
            .unwrap()
    }

    fn numbers(x: &Tensor) -> Vec<f32> {
        x.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn cache(threshold: f32) -> Option<StepCache> {
        Some(StepCache::new(threshold))
    }

    #[test]
    fn a_prompt_that_skips_leaves_the_other_one_as_it_is() {
        let block = Offload::Block(Resident {
            blocks: 1,
            text_layers: 0,
        });
        for offload in [Offload::None, block] {
            let model = Model::new(offload);
            let plain = model.forward(1, &mut [(0.7, None), (1.3, None)]);

            let mut both = [(0.7, cache(ALWAYS)), (1.3, cache(NEVER))];
            let mut alone = [(0.7, cache(ALWAYS))];
            model.forward(0, &mut both);
            model.forward(0, &mut alone);
            let [reused, computed] = model.forward(1, &mut both).try_into().unwrap();
            let reused_alone = model.forward(1, &mut alone);

            let skipped = both
                .each_ref()
                .map(|(_, cache)| cache.as_ref().unwrap().skipped());
            assert_eq!(skipped, [1, 0]);
            assert_eq!(numbers(&computed), numbers(&plain[1]));
            assert_eq!(numbers(&reused), numbers(&reused_alone[0]));
            assert_ne!(numbers(&reused), numbers(&plain[0]));
            // The pass after one that was skipped is whole again.
            assert_eq!(
                numbers(&model.forward(1, &mut [(1.3, None)])[0]),
                numbers(&plain[1])
            );
        }
    }

    #[test]
    fn a_step_like_the_last_one_gives_what_that_gave() {
        let model = Model::new(Offload::None);
        let mut prompts = [(0.7, cache(NEVER))];
        let first = model.forward(0, &mut prompts);
        let again = model.forward(0, &mut prompts);
        assert_eq!(prompts[0].1.as_ref().unwrap().skipped(), 1);
        for (a, b) in numbers(&first[0]).iter().zip(numbers(&again[0])) {
            assert!((a - b).abs() <= 1e-4 * a.abs().max(1.0), "{a} and {b}");
        }
    }

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
            skipped.map(|image| numbers(&image)[0])
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
