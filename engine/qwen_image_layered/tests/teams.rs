//! Devices that share a prompt's tokens make the layers that one would.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::cell::RefCell;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use common::relative_error;
use engine::{DecomposeRequest, DeviceChoice, Diffusion, Layers, Precision, Rng};
use image::{Rgba, RgbaImage};
use qwen_image_layered::{Pipeline, Placement, RandomModel, Spread};

#[test]
fn a_guided_job_of_two_teams_of_two_makes_the_latents_of_one_device() {
    let picture = RgbaImage::from_fn(80, 57, |x, y| Rgba([x as u8 * 3, y as u8 * 4, 90, 255]));
    let request = DecomposeRequest {
        layers: Layers::AtMost(1),
        diffusion: Diffusion {
            steps: 2,
            rng: Rng::Cpu,
            negative_prompt: Some("blurred, and a longer text than the other one".into()),
            ..Diffusion::default()
        },
        ..DecomposeRequest::new(Arc::new(picture))
    };
    let teams = Spread::Teams {
        prompts: 2,
        ranks: 2,
    };
    let [one, four] = [Spread::One, teams].map(|spread| {
        let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
        let placement = placement.with_others(vec![Device::Cpu; 3]).unwrap();
        let placement = placement.with_spread(spread);
        let tiny = RandomModel::tiny().with_blocks(1).with_heads(3);
        let mut model = Pipeline::random(&tiny, &placement, &()).unwrap();
        let image = Pipeline::resize(&request);
        let latents = RefCell::new(None);
        let keep = |name: &str, value: &Tensor| {
            if name == "step.1.latents" {
                *latents.borrow_mut() = Some(value.clone());
            }
        };
        model.run(&request, "a cup", &image, &(), &keep).unwrap();
        latents.into_inner().unwrap()
    });
    let error = relative_error(&four, &one);
    assert!(error < 1e-5, "{error:e}");
}
