//! The step cache over whole jobs: what it skips, what it says, and that a job leaves nothing of it to the next.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::cell::RefCell;
use std::sync::Arc;

use candle_core::Tensor;
use common::model;
use engine::{
    BackendChoice, CancelToken, DecomposeRequest, DeviceChoice, Diffusion, Hardware, Layers,
    Precision, Progress, Rng,
};
use image::{Rgba, RgbaImage};
use qwen_image_layered::{Pipeline, Placement, QwenBackend, RandomModel};

const STEPS: u32 = 3;

#[derive(Default)]
struct Skipped(RefCell<Option<Vec<u32>>>);

impl Progress for Skipped {
    fn skipped_steps(&self, steps: &[u32]) {
        *self.0.borrow_mut() = Some(steps.to_vec());
    }
}

fn request(step_cache: Option<f32>) -> DecomposeRequest {
    let picture = RgbaImage::from_fn(80, 60, |x, y| Rgba([x as u8 * 3, y as u8 * 4, 90, 255]));
    DecomposeRequest {
        layers: Layers::AtMost(1),
        backend: BackendChoice::Named("qwen".into()),
        rebuild: false,
        diffusion: Diffusion {
            steps: STEPS,
            rng: Rng::Cpu,
            step_cache,
            prompt: "a cup".into(),
            ..Diffusion::default()
        },
        ..DecomposeRequest::new(Arc::new(picture))
    }
}

/// The last latents, and the steps that were skipped.
fn run(model: &mut Pipeline, request: &DecomposeRequest) -> (Vec<f32>, Option<Vec<u32>>) {
    let (skipped, latents) = (Skipped::default(), RefCell::default());
    let keep = |name: &str, value: &Tensor| {
        if name == format!("step.{}.latents", STEPS - 1) {
            *latents.borrow_mut() = value.flatten_all().unwrap().to_vec1().unwrap();
        }
    };
    let image = Pipeline::resize(request);
    model
        .run(request, &request.diffusion.prompt, &image, &skipped, &keep)
        .unwrap();
    (latents.into_inner(), skipped.0.into_inner())
}

#[test]
fn a_threshold_decides_how_much_is_skipped_in_each_job_anew() {
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    let tiny = RandomModel::tiny().with_blocks(3);
    let mut model = Pipeline::random(&tiny, &placement, &()).unwrap();
    let (plain, none) = run(&mut model, &request(None));
    assert_eq!(none, None);

    let (unskipped, skipped) = run(&mut model, &request(Some(f32::MIN_POSITIVE)));
    assert_eq!(skipped, Some(vec![0, 0]));
    assert!(unskipped == plain);

    let (reused, skipped) = run(&mut model, &request(Some(1.0)));
    assert_eq!(skipped, Some(vec![STEPS - 1, STEPS - 1]));
    assert!(reused != plain && reused.iter().all(|value| value.is_finite()));
    let (again, skipped) = run(&mut model, &request(Some(1.0)));
    assert_eq!(skipped, Some(vec![STEPS - 1, STEPS - 1]));
    assert!(again == reused);

    // The same prompt twice: each has its own cache, so guidance between them changes nothing.
    let same = DecomposeRequest {
        diffusion: Diffusion {
            negative_prompt: Some("a cup".into()),
            normalize: false,
            ..request(Some(1.0)).diffusion
        },
        ..request(Some(1.0))
    };
    let alone = DecomposeRequest {
        diffusion: Diffusion {
            negative_prompt: None,
            ..same.clone().diffusion
        },
        ..same.clone()
    };
    let (guided, skipped) = run(&mut model, &same);
    assert_eq!(skipped, Some(vec![STEPS - 1, STEPS - 1]));
    let (single, skipped) = run(&mut model, &alone);
    assert_eq!(skipped, Some(vec![STEPS - 1]));
    assert!(guided == single);
}

#[test]
fn the_report_tells_the_skipped_steps() {
    let mut backends: Vec<Box<dyn engine::Backend>> =
        vec![Box::new(QwenBackend::new(Some(model("folder"))))];
    let mut report = |step_cache| {
        let cancel = CancelToken::default();
        let request = DecomposeRequest {
            diffusion: Diffusion {
                negative_prompt: None,
                ..request(step_cache).diffusion
            },
            hardware: Hardware {
                device: DeviceChoice::Cpu,
                precision: Precision::F32,
                ..Hardware::default()
            },
            ..request(step_cache)
        };
        let made = engine::run(&mut backends, &request, &mut |_| {}, &cancel).unwrap();
        made.report
    };
    let cached = report(Some(1.0));
    let skipped = cached.skipped_steps.clone().unwrap();
    assert!(matches!(skipped.as_slice(), [1..STEPS]), "{skipped:?}");
    let json = serde_json::to_value(cached).unwrap();
    assert_eq!(json["request"]["diffusion"]["step_cache"], 1.0);
    assert_eq!(json["skipped_steps"], serde_json::json!(skipped));
    assert_eq!(report(None).skipped_steps, None);
}
