//! Steps that the transformer skips.

use candle_core::{Device, Tensor};
use engine::{DeviceChoice, Precision};
use runtime::weights::Loading;
use runtime::{Offload, Placement, Resident, StepCache};

use super::{Modulations, Prompt, Share, Transformer};
use crate::grid::Grid;
use crate::parts::{Parts, RandomModel};

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
