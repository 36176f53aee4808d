//! What offloading may change: where weights are, never a result.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::cell::Cell;
use std::sync::Arc;

use candle_core::Device;
use engine::{
    CaptionLanguage, DecomposeRequest, DeviceChoice, Diffusion, Layers, Precision, Progress,
    Resolution,
};
use image::{Rgba, RgbaImage};
use qwen_image_layered::{
    ModelError, Offload, Pipeline, Placement, RandomModel, Resident, Spread, keep_no_tensor,
};

fn on_processor(offload: Offload) -> Placement {
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    placement.with_offload(offload)
}

fn request() -> DecomposeRequest {
    let picture = RgbaImage::from_fn(80, 60, |x, y| Rgba([x as u8 * 3, y as u8 * 4, 90, 255]));
    DecomposeRequest {
        layers: Layers::AtMost(1),
        diffusion: Diffusion {
            steps: 1,
            resolution: Resolution::R640,
            negative_prompt: None,
            ..Diffusion::default()
        },
        ..DecomposeRequest::new(Arc::new(picture))
    }
}

/// Ends a caption after a few tokens.
#[derive(Default)]
struct Short(Cell<u32>);

impl Progress for Short {
    fn is_cancelled(&self) -> bool {
        self.0.get() >= 3
    }

    fn report(&self, stage: engine::Stage, step: u32, _: u32) {
        if stage == engine::Stage::Caption {
            self.0.set(step);
        }
    }
}

/// Two jobs on one model, the first of them with a caption.
fn layers(offload: Offload) -> Vec<Vec<RgbaImage>> {
    let model = RandomModel::tiny().with_blocks(3);
    let mut model = Pipeline::random(&model, &on_processor(offload), &()).unwrap();
    let request = request();
    let image = Pipeline::resize(&request);
    let caption = model.caption(
        &image,
        CaptionLanguage::English,
        &Short::default(),
        &keep_no_tensor,
    );
    assert!(matches!(caption, Err(ModelError::Cancelled)));
    ["a cup", "two cups on a table"]
        .map(|prompt| {
            model
                .run(&request, prompt, &image, &(), &keep_no_tensor)
                .unwrap()
        })
        .into()
}

#[test]
fn offloading_changes_no_pixel() {
    let expected = layers(Offload::None);
    assert!(layers(Offload::Component) == expected);
    let resident = Resident {
        blocks: 1,
        text_layers: 0,
    };
    assert!(layers(Offload::Block(resident)) == expected);
}

/// A guided job on a placement with a second device.
fn guided(spread: Spread) -> Vec<RgbaImage> {
    let placement = on_processor(Offload::None)
        .with_others(vec![Device::Cpu])
        .unwrap()
        .with_spread(spread);
    let model = RandomModel::tiny().with_blocks(3);
    let mut model = Pipeline::random(&model, &placement, &()).unwrap();
    let request = DecomposeRequest {
        diffusion: Diffusion {
            negative_prompt: Some(" ".into()),
            steps: 2,
            ..request().diffusion
        },
        ..request()
    };
    let image = Pipeline::resize(&request);
    model
        .run(&request, "a cup", &image, &(), &keep_no_tensor)
        .unwrap()
}

#[test]
fn sharing_the_work_between_devices_changes_no_pixel() {
    let expected = guided(Spread::One);
    assert!(guided(Spread::GUIDANCE) == expected);
    assert!(guided(Spread::Blocks(vec![1, 2])) == expected);
}

/// Counts how often it is asked before it cancels.
struct Impatient(Cell<u32>);

impl Progress for Impatient {
    fn is_cancelled(&self) -> bool {
        self.0.set(self.0.get().saturating_sub(1));
        self.0.get() == 0
    }
}

#[test]
fn cancelling_ends_both_devices_and_leaves_the_model_usable() {
    let placement = on_processor(Offload::Component)
        .with_others(vec![Device::Cpu])
        .unwrap()
        .with_spread(Spread::GUIDANCE);
    let model = RandomModel::tiny().with_blocks(3);
    let mut model = Pipeline::random(&model, &placement, &()).unwrap();
    let request = DecomposeRequest {
        diffusion: Diffusion {
            negative_prompt: Some(" ".into()),
            ..request().diffusion
        },
        ..request()
    };
    let image = Pipeline::resize(&request);
    let expected = model
        .run(&request, "a cup", &image, &(), &keep_no_tensor)
        .unwrap();
    let mut ended = 0;
    for patience in [2, 5] {
        let progress = Impatient(Cell::new(patience));
        let result = model.run(&request, "a cup", &image, &progress, &keep_no_tensor);
        ended += u32::from(matches!(result, Err(ModelError::Cancelled)));
    }
    assert!(ended > 0);
    assert!(
        model
            .run(&request, "a cup", &image, &(), &keep_no_tensor)
            .unwrap()
            == expected
    );
}
