#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::cell::Cell;

use engine::{DeviceChoice, Precision, Progress};
use runtime::{Offload, Part, Resident, Spread};

use super::*;
use crate::grid::Grid;
use crate::parts::{Parts, RandomModel};

/// Neither the heads nor the tokens of a prompt and the picture can be shared evenly by two, three and four.
const HEADS: usize = 5;
const GRID: Grid = Grid {
    rows: 5,
    columns: 3,
};
const IMAGE_TOKENS: usize = 3 * 15;
const TEXTS: [usize; 2] = [8, 14];
const STEPS: usize = 3;
/// What f32 sums in another order may change, in relation to all numbers.
const ROUNDING: f32 = 1e-5;
const TEAMS: [(usize, usize); 6] = [(1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (2, 3)];

struct Model {
    parts: Parts,
    placement: Placement,
    denoiser: Denoiser,
    times: TimesOfRun,
}

impl Model {
    fn new(spread: Spread, offload: Offload, precision: Precision) -> Self {
        let placement = Placement::new(DeviceChoice::Cpu, precision)
            .unwrap()
            .with_others(vec![Device::Cpu; 5])
            .unwrap()
            .with_spread(spread)
            .with_offload(offload);
        Self::on(placement)
    }

    fn on(placement: Placement) -> Self {
        let parts = Parts::random(&RandomModel::tiny().with_heads(HEADS)).unwrap();
        let files = &parts.transformer;
        let denoiser = Denoiser::load(files, &Loading::silent(&()), &placement).unwrap();
        let times = files
            .modulations(&[1.0, 0.98, 0.9], &placement, &())
            .unwrap();
        Self {
            times: TimesOfRun::new(times, &placement).unwrap(),
            parts,
            placement,
            denoiser,
        }
    }

    fn of(prompts: usize, ranks: usize) -> Self {
        let spread = Spread::Teams { prompts, ranks };
        Self::new(spread, Offload::None, Precision::F32)
    }

    fn alone() -> Self {
        Self::new(Spread::One, Offload::None, Precision::F32)
    }

    fn prompts(&self, texts: &[usize], cache: Option<f32>) -> Vec<PromptOfRun> {
        let files = &self.parts.transformer;
        let prompt = |(number, tokens): (usize, &usize)| {
            let embeddings = wave(
                *tokens,
                files.config.joint_attention_dim,
                0.7 + number as f64,
            );
            let team = self.placement.team(number);
            PromptOfRun::new(files, &embeddings, (1, GRID), &team, cache).unwrap()
        };
        texts.iter().enumerate().map(prompt).collect()
    }

    fn step(
        &self,
        prompts: &mut [PromptOfRun],
        time: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<Tensor>> {
        let channels = self.parts.transformer.config.in_channels;
        let tokens = wave(IMAGE_TOKENS, channels, 0.3 + 1e-6 * time as f64);
        let place = self.placement.of(Part::TransformerEnds);
        let tokens = tokens.to_device(&place.device)?.to_dtype(place.dtype)?;
        self.denoiser
            .forward(&tokens, prompts, &self.times, time, progress)
    }

    /// The velocities of each step and prompt, and the steps that each prompt skipped.
    fn run(&self, texts: &[usize], cache: Option<f32>) -> (Vec<Tensor>, Vec<u32>) {
        let mut prompts = self.prompts(texts, cache);
        let steps = (0..STEPS).flat_map(|time| self.step(&mut prompts, time, &()).unwrap());
        let velocities = steps.collect();
        (
            velocities,
            prompts.iter().map(PromptOfRun::skipped).collect(),
        )
    }
}

fn wave(rows: usize, columns: usize, step: f64) -> Tensor {
    let values = (0..rows * columns).map(|index| (index as f64 * step).sin() as f32);
    let flat = Tensor::from_iter(values, &Device::Cpu).unwrap();
    flat.reshape((rows, columns)).unwrap()
}

/// The greatest ‖a − b‖ / ‖b‖.
fn difference(found: &[Tensor], expected: &[Tensor]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let norm = |x: &Tensor| x.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>();
    let pairs = found.iter().zip(expected);
    let differences = pairs.map(|(a, b)| {
        assert_eq!(a.dims(), b.dims());
        norm(&(a - b).unwrap()).unwrap() / norm(b).unwrap()
    });
    differences.fold(0.0, f32::max)
}

#[test]
fn any_teams_compute_what_one_device_does() {
    let one = Model::alone();
    for (prompts, ranks) in TEAMS {
        let teams = Model::of(prompts, ranks);
        for texts in [&TEXTS[..], &TEXTS[..1], &[1, 1], &[90]] {
            let (expected, _) = one.run(texts, None);
            let difference = difference(&teams.run(texts, None).0, &expected);
            assert!(
                difference < ROUNDING,
                "{prompts} × {ranks}, {texts:?}: {difference:e}"
            );
        }
    }
}

#[test]
fn ranks_compose_with_fp8_and_with_weights_that_stream() {
    let block = Offload::Block(Resident::LEAST);
    for (offload, precision) in [(block, Precision::F32), (block, Precision::FP8)] {
        let two = Spread::Teams {
            prompts: 1,
            ranks: 2,
        };
        let [one, two] = [Spread::One, two].map(|spread| {
            let model = Model::new(spread, offload, precision);
            model.run(&TEXTS, None).0
        });
        let difference = difference(&two, &one);
        assert!(difference < ROUNDING, "{precision}: {difference:e}");
    }
}

#[test]
fn ranks_agree_on_the_steps_that_a_cache_skips() {
    let one = Model::alone();
    let mut seen = Vec::new();
    for (prompts, ranks) in [(1, 3), (2, 2)] {
        let teams = Model::of(prompts, ranks);
        for threshold in [f32::MIN_POSITIVE, 0.01, 0.03, 0.1, 0.3, 1.0] {
            let (expected, of_one) = one.run(&TEXTS, Some(threshold));
            let (found, skipped) = teams.run(&TEXTS, Some(threshold));
            assert_eq!(skipped, of_one, "{threshold}");
            let difference = difference(&found, &expected);
            assert!(difference < ROUNDING, "{threshold}: {difference:e}");
            seen.extend(skipped);
        }
    }
    let all = STEPS as u32 - 1;
    assert!(seen.contains(&0) && seen.contains(&all), "{seen:?}");
}

/// Cancels when it was asked so often.
struct Impatient(Cell<usize>);

impl Progress for Impatient {
    fn is_cancelled(&self) -> bool {
        self.0.set(self.0.get().saturating_sub(1));
        self.0.get() == 0
    }
}

#[test]
fn cancelling_ends_all_ranks_before_the_same_block_and_leaves_them_usable() {
    for (prompts, ranks) in TEAMS {
        let teams = Model::of(prompts, ranks);
        let expected = teams.run(&TEXTS, None).0;
        for patience in 1..6 {
            let progress = Impatient(Cell::new(patience));
            let ended = teams.step(&mut teams.prompts(&TEXTS, None), 0, &progress);
            assert!(matches!(ended, Err(ModelError::Cancelled)), "{patience}");
            assert!(!teams.denoiser.is_broken());
        }
        assert_eq!(difference(&teams.run(&TEXTS, None).0, &expected), 0.0);
    }
}

#[test]
fn a_rank_that_fails_ends_all_and_is_told_once() {
    for (prompts, ranks) in TEAMS {
        let teams = Model::of(prompts, ranks);
        for broken in 0..prompts * ranks {
            let teams = Model::of(prompts, ranks);
            let mut given = teams.prompts(&TEXTS, None);
            // A rotation of another size is found wrong in the first block.
            let (team, rank) = (broken / ranks, broken % ranks);
            given[team].spoil(rank);
            let error = teams.step(&mut given, 0, &()).unwrap_err();
            let text = error.to_string();
            // The others' errors are only that this one has given up.
            assert!(text.contains("rope"), "{text}");
            assert_eq!(teams.denoiser.is_broken(), ranks > 1);
        }
        assert!(teams.step(&mut teams.prompts(&TEXTS, None), 0, &()).is_ok());
    }
}

#[test]
fn more_devices_than_there_are_are_refused_in_a_sentence() {
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    let placement = placement.with_spread(Spread::GUIDANCE);
    let parts = Parts::random(&RandomModel::tiny()).unwrap();
    let loaded = Denoiser::load(&parts.transformer, &Loading::silent(&()), &placement);
    let text = loaded.err().unwrap().to_string();
    assert!(text.contains("2 GPUs") && !text.contains('\n'), "{text}");
}

/// All memory of a GPU.
#[cfg(feature = "cuda")]
fn fill(device: &Device) -> Vec<Tensor> {
    let mut held = Vec::new();
    for piece in [1 << 32, 1 << 28, 1 << 24, 1 << 21, 1 << 16, 1 << 10] {
        let room = || Tensor::zeros(piece, candle_core::DType::U8, device);
        while let Ok(tensor) = room() {
            held.push(tensor);
        }
    }
    held
}

#[cfg(feature = "cuda")]
#[test]
fn a_gpu_without_memory_ends_all_ranks_soon_and_the_next_job_runs() {
    use std::time::{Duration, Instant};

    let gpus: Vec<_> = (0..2).map_while(|gpu| Device::new_cuda(gpu).ok()).collect();
    if gpus.len() < 2 {
        println!("{} GPUs, nothing tested", gpus.len());
        return;
    }
    let model = || {
        let placement = Placement::new(DeviceChoice::Cuda(0), Precision::Bf16).unwrap();
        let placement = placement.with_others(vec![gpus[1].clone()]).unwrap();
        Model::on(placement.with_spread(Spread::Teams {
            prompts: 1,
            ranks: 2,
        }))
    };
    let on_host = |velocities: Vec<Tensor>| -> Vec<Tensor> {
        let on_host = velocities.iter().map(|x| {
            let x = x.to_device(&Device::Cpu)?;
            x.to_dtype(candle_core::DType::F32)
        });
        on_host.collect::<Result<_, _>>().unwrap()
    };
    let expected = on_host(model().run(&TEXTS, None).0);
    for full in &gpus {
        let model = model();
        let mut prompts = model.prompts(&TEXTS, None);
        let held = fill(full);
        let begun = Instant::now();
        let ended = model.step(&mut prompts, 0, &());
        let took = begun.elapsed();
        drop(held);
        assert!(matches!(ended, Err(ModelError::OutOfMemory)), "{ended:?}");
        assert!(took < Duration::from_secs(2), "{took:?}");
        kernels::return_freed(full).unwrap();
    }
    let found = on_host(model().run(&TEXTS, None).0);
    assert_eq!(difference(&found, &expected), 0.0);
}
