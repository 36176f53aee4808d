//! What offloading may change: where weights are, never a result.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::cell::Cell;
use std::sync::Arc;

use engine::{CaptionLanguage, DecomposeRequest, Resolution};
use image::{Rgba, RgbaImage};
use qwen_image_layered::{
    DeviceChoice, ModelError, Offload, Pipeline, Placement, Precision, RandomModel, Resident,
    RunOptions, Watch,
};

fn on_processor(offload: Offload) -> Placement {
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    placement.with_offload(offload)
}

fn request() -> DecomposeRequest {
    let picture = RgbaImage::from_fn(80, 60, |x, y| Rgba([x as u8 * 3, y as u8 * 4, 90, 255]));
    DecomposeRequest {
        layers: 1,
        steps: 1,
        resolution: Resolution::R640,
        negative_prompt: None,
        ..DecomposeRequest::new(Arc::new(picture))
    }
}

/// Ends a caption after a few tokens.
#[derive(Default)]
struct Short(Cell<u32>);

impl Watch for Short {
    fn cancelled(&self) -> bool {
        self.0.get() >= 3
    }

    fn progress(&self, stage: engine::Stage, step: u32, _: u32) {
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
    let caption = model.caption(&image, CaptionLanguage::English, &Short::default());
    assert!(matches!(caption, Err(ModelError::Cancelled)));
    ["a cup", "two cups on a table"]
        .map(|prompt| {
            let options = RunOptions::default();
            model.run(&request, prompt, &image, options, &()).unwrap()
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
