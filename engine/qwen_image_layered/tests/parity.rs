//! Every stage against diffusers on the committed tiny models.

mod common;

use std::fs;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use common::{fixtures, model, relative_error};
use engine::{CaptionLanguage, DecomposeRequest, Rng};
use qwen_image_layered::{DeviceChoice, Dump, Pipeline, Placement, Precision, RunOptions, Watch};
use serde_json::Value;

const TOLERANCE: f32 = 1e-4;

#[derive(Default)]
struct Recorder(Dump);

impl Watch for Recorder {
    fn tensor(&self, name: &str, value: &Tensor) {
        self.0.add(name, value);
    }
}

fn check(name: &str) {
    let case = fixtures().join("cases").join(name);
    let settings: Value =
        serde_json::from_str(&fs::read_to_string(case.join("case.json")).unwrap()).unwrap();
    let image = image::open(case.join("input.png")).unwrap().to_rgba8();
    let text = |name: &str| settings[name].as_str().map(str::to_owned);
    let request = DecomposeRequest {
        layers: settings["layers"].as_u64().unwrap() as u32,
        steps: settings["steps"].as_u64().unwrap() as u32,
        guidance: settings["cfg"].as_f64().unwrap() as f32,
        normalize: settings["normalize"].as_bool().unwrap(),
        prompt: text("prompt").unwrap(),
        negative_prompt: text("negative"),
        caption_language: if settings["english"].as_bool().unwrap() {
            CaptionLanguage::English
        } else {
            CaptionLanguage::Chinese
        },
        seed: settings["seed"].as_u64().unwrap(),
        rng: Rng::Cpu,
        ..DecomposeRequest::new(Arc::new(image.clone()))
    };
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    let pipeline =
        Pipeline::load(&model(settings["model"].as_str().unwrap()), &placement, &()).unwrap();
    let watch = Recorder::default();
    let prompt = if Pipeline::wants_caption(&request.prompt) {
        let caption = pipeline
            .caption(&image, request.caption_language, &watch)
            .unwrap();
        assert_eq!(Some(caption.as_str()), settings["caption"].as_str());
        caption
    } else {
        request.prompt.clone()
    };
    let layers = pipeline
        .run(&request, &prompt, &image, RunOptions::default(), &watch)
        .unwrap();

    let found = watch.0.into_tensors().unwrap();
    let expected =
        candle_core::safetensors::load(case.join("tensors.safetensors"), &Device::Cpu).unwrap();
    for (name, expected) in &expected {
        // The recorder keeps the first calls only.
        let Some(found) = found.get(name) else {
            let call = name
                .split('.')
                .nth(1)
                .and_then(|call| call.parse::<usize>().ok());
            assert!(
                name.starts_with("transformer.") && call >= Some(4),
                "{name} is missing"
            );
            continue;
        };
        let error = relative_error(found, expected);
        assert!(error <= TOLERANCE, "{name}: {error:e}");
        if name == "sigmas" {
            let bits = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(bits(found), bits(expected));
        }
    }
    assert_eq!(layers.len(), request.layers as usize);
    for (index, layer) in layers.iter().enumerate() {
        let expected = image::open(case.join(format!("layer_{index}.png")))
            .unwrap()
            .to_rgba8();
        assert_eq!(layer.dimensions(), expected.dimensions());
        let farthest = layer
            .iter()
            .zip(expected.iter())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(farthest <= Some(1), "layer {index}: {farthest:?}");
    }
}

/// Guided and normalised, three steps of the exponential schedule, transparent source, sharded files.
#[test]
fn guided_run_equals_diffusers() {
    check("guided");
}

/// Tall, captioned in English, no negative prompt.
#[test]
fn english_caption_and_run_equal_diffusers() {
    check("english_caption");
}

/// A prompt that is cut, mixed scripts, scale 1, opaque source.
#[test]
fn long_prompt_run_equals_diffusers() {
    check("long_prompt");
}

/// Wide, five layers, captioned in Chinese, guided without normalisation; single bf16 files in ComfyUI's names, vocab.json
/// and merges.txt, every configuration derived.
#[test]
fn split_files_run_equals_diffusers() {
    check("chinese_caption");
}
