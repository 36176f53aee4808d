//! Devices that share a prompt's tokens, or take a prompt each, make what one device would.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use common::relative_error;
use engine::{DecomposeRequest, Rng};
use image::{Rgba, RgbaImage};
use qwen_image_layered::{
    DeviceChoice, ModelError, Offload, Pipeline, Placement, Precision, RandomModel, Resident,
    RunOptions, Spread, Watch,
};

const STEPS: u32 = 3;
/// What f32 sums in another order may change, in relation to all latents.
const ROUNDING: f32 = 1e-5;
/// Neither they nor the picture's tokens with a prompt's can be shared evenly by all of two, three and four.
const HEADS: usize = 5;

/// Remembers the last latents and the skipped steps, and cancels when it was asked so often.
#[derive(Default)]
struct Recorder {
    latents: RefCell<Option<Tensor>>,
    skipped: RefCell<Option<Vec<u32>>>,
    patience: Cell<Option<u32>>,
}

impl Watch for Recorder {
    fn cancelled(&self) -> bool {
        let left = self.patience.get().map(|left| left.saturating_sub(1));
        self.patience.set(left);
        left == Some(0)
    }

    fn tensor(&self, name: &str, value: &Tensor) {
        if name == format!("step.{}.latents", STEPS - 1) {
            *self.latents.borrow_mut() = Some(value.clone());
        }
    }

    fn skipped_steps(&self, steps: &[u32]) {
        *self.skipped.borrow_mut() = Some(steps.to_vec());
    }
}

fn teams(prompts: usize, ranks: usize) -> Spread {
    Spread::Teams { prompts, ranks }
}

fn model(spread: Spread, offload: Offload, precision: Precision) -> Pipeline {
    let placement = Placement::new(DeviceChoice::Cpu, precision)
        .unwrap()
        .with_others(vec![Device::Cpu; 5])
        .unwrap()
        .with_spread(spread)
        .with_offload(offload);
    let tiny = RandomModel::tiny().with_blocks(3).with_heads(HEADS);
    Pipeline::random(&tiny, &placement, &()).unwrap()
}

fn request() -> DecomposeRequest {
    let picture = RgbaImage::from_fn(80, 57, |x, y| Rgba([x as u8 * 3, y as u8 * 4, 90, 255]));
    DecomposeRequest {
        layers: 1,
        steps: STEPS,
        rng: Rng::Cpu,
        negative_prompt: Some("blurred, and a longer text than the other one".into()),
        ..DecomposeRequest::new(Arc::new(picture))
    }
}

fn run(
    model: &mut Pipeline,
    request: &DecomposeRequest,
    watch: &Recorder,
) -> Result<(), ModelError> {
    let image = Pipeline::resize(request);
    let options = RunOptions::default();
    model
        .run(request, "a cup on a table", &image, options, watch)
        .map(|_| ())
}

fn latents(model: &mut Pipeline, request: &DecomposeRequest) -> (Tensor, Option<Vec<u32>>) {
    let watch = Recorder::default();
    run(model, request, &watch).unwrap();
    (
        watch.latents.into_inner().unwrap(),
        watch.skipped.into_inner(),
    )
}

#[test]
fn any_number_of_ranks_makes_the_latents_of_one_device() {
    let guided = request();
    let alone = DecomposeRequest {
        negative_prompt: None,
        ..guided.clone()
    };
    let mut one = model(Spread::One, Offload::None, Precision::F32);
    let expected = [&guided, &alone].map(|request| latents(&mut one, request).0);
    for (prompts, ranks) in [(1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (2, 3)] {
        let mut model = model(teams(prompts, ranks), Offload::None, Precision::F32);
        for (request, expected) in [&guided, &alone].into_iter().zip(&expected) {
            let error = relative_error(&latents(&mut model, request).0, expected);
            assert!(error < ROUNDING, "{prompts} × {ranks}: {error:e}");
        }
    }
}

#[test]
fn ranks_compose_with_fp8_and_with_offloading() {
    let request = request();
    let block = Offload::Block(Resident::LEAST);
    for (offload, precision) in [
        (Offload::Component, Precision::F32),
        (block, Precision::F32),
        (block, Precision::Fp8),
    ] {
        let [one, two] = [Spread::One, teams(1, 2)]
            .map(|spread| latents(&mut model(spread, offload, precision), &request).0);
        let error = relative_error(&two, &one);
        assert!(error < ROUNDING, "{offload}, {precision}: {error:e}");
    }
}

#[test]
fn ranks_agree_on_the_steps_that_a_cache_skips() {
    let mut one = model(Spread::One, Offload::None, Precision::F32);
    let mut three = model(teams(1, 3), Offload::None, Precision::F32);
    let mut both = model(teams(2, 2), Offload::None, Precision::F32);
    let mut skipped = Vec::new();
    for threshold in [f32::MIN_POSITIVE, 0.05, 0.1, 0.2, 0.4, 1.0] {
        let request = DecomposeRequest {
            step_cache: Some(threshold),
            ..request()
        };
        let (expected, of_one) = latents(&mut one, &request);
        for model in [&mut three, &mut both] {
            let (found, of_ranks) = latents(model, &request);
            assert_eq!(of_ranks, of_one, "{threshold}");
            let error = relative_error(&found, &expected);
            assert!(error < ROUNDING, "{threshold}: {error:e}");
        }
        skipped.extend(of_one.unwrap());
    }
    assert!(skipped.contains(&0) && skipped.contains(&(STEPS - 1)));
}

#[test]
fn cancelling_ends_all_ranks_and_leaves_the_model_usable() {
    let request = request();
    for spread in [teams(1, 3), teams(2, 2)] {
        let mut model = model(spread, Offload::None, Precision::F32);
        let expected = latents(&mut model, &request).0;
        let mut ended = 0;
        for patience in 1..60 {
            let watch = Recorder::default();
            watch.patience.set(Some(patience));
            match run(&mut model, &request, &watch) {
                Err(ModelError::Cancelled) => ended += 1,
                other => other.unwrap(),
            }
        }
        assert!(ended > 20);
        assert_eq!(
            relative_error(&latents(&mut model, &request).0, &expected),
            0.0
        );
    }
}

#[test]
fn more_ranks_than_devices_are_refused_in_a_sentence() {
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32)
        .unwrap()
        .with_spread(teams(2, 2));
    let model = Pipeline::random(&RandomModel::tiny().with_blocks(1), &placement, &());
    let error = model.err().unwrap().to_string();
    assert!(error.contains("4 GPUs") && !error.contains('\n'), "{error}");
}
