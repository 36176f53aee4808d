//! Runs the model of a reference case and prints how far each stage is from what diffusers computed. A case is a folder
//! with model/, input.png, and expected/ with case.json (the settings), tensors.safetensors (intermediate values) and
//! layer_0.png, … `cargo run --release -p qwen_image_layered --example compare -- [--device D] [--precision P] CASE…`.
//! In bf16 only the first step is judged, by a wider tolerance: later ones start from latents that already differ.

use std::cell::Cell;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{Device, Tensor};
use engine::{
    CaptionLanguage, DecomposeRequest, DeviceChoice, Diffusion, Layers, ModelSource, Precision,
    Progress, Resolution, Rng, Stage,
};
use image::RgbaImage;
use qwen_image_layered::{Dump, Pipeline, Placement};
use serde_json::Value;

/// Largest relative error ‖a − b‖/‖b‖ of an intermediate value in f32, and in bf16 against a reference in bf16.
const TOLERANCE: f32 = 1e-4;
const GPU_TOLERANCE: f32 = 1e-3;
const BF16_TOLERANCE: f32 = 2e-2;
/// Share of bytes that may differ by more than 1, and the most that any may differ by.
const FAR_SHARE: f64 = 1e-3;
const FARTHEST: u8 = 3;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Where the cases run.
#[derive(Clone, Copy)]
struct On {
    device: DeviceChoice,
    precision: Precision,
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<bool, Box<dyn Error>> {
    let mut on = On {
        device: DeviceChoice::Cpu,
        precision: Precision::F32,
    };
    let mut equal = true;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--device" => on.device = value()?.parse()?,
            "--precision" => on.precision = value()?.parse()?,
            case => {
                println!("{case}");
                let same = compare(Path::new(case), on)?;
                println!(
                    "  {}",
                    if same {
                        "equal within tolerance"
                    } else {
                        "DIFFERENT"
                    }
                );
                equal &= same;
            }
        }
    }
    Ok(equal)
}

fn compare(case: &Path, on: On) -> Result<bool, Box<dyn Error>> {
    let settings: Value =
        serde_json::from_str(&fs::read_to_string(case.join("expected/case.json"))?)?;
    let request = request(case, &settings)?;
    let (progress, dump) = (Clock::default(), Dump::default());
    let keep = |name: &str, value: &Tensor| dump.add(name, value);
    let placement = Placement::new(on.device, on.precision)?;
    let mut model = Pipeline::load(
        &ModelSource::Folder(case.join("model")),
        &placement,
        &progress,
    )?;
    let image = Pipeline::resize(&request);
    let mut equal = true;
    let prompt = if request.diffusion.wants_caption() {
        let caption =
            model.caption(&image, request.diffusion.caption_language, &progress, &keep)?;
        let same = settings["caption"].as_str() == Some(&caption);
        println!(
            "  caption of {} characters: {}",
            caption.chars().count(),
            if same { "equal" } else { "DIFFERENT" }
        );
        equal &= same;
        caption
    } else {
        request.diffusion.prompt.clone()
    };
    let layers = model.run(&request, &prompt, &image, &progress, &keep)?;
    progress.stop();

    let found = dump.into_tensors()?;
    let expected =
        candle_core::safetensors::load(case.join("expected/tensors.safetensors"), &Device::Cpu)?;
    let mut names: Vec<_> = expected
        .keys()
        .filter(|name| found.contains_key(*name))
        .collect();
    names.sort();
    for name in names {
        let error = relative_error(&found[name], &expected[name])?;
        println!("  {name}: {error:.1e}");
        equal &= on.tolerance(name).is_none_or(|most| error <= most);
    }
    for (index, layer) in layers.iter().enumerate() {
        let path = case.join(format!("expected/layer_{index}.png"));
        let near = compare_pixels(index, layer, &image::open(path)?.to_rgba8());
        equal &= near || on.precision == Precision::Bf16;
    }
    Ok(equal)
}

impl On {
    fn tolerance(self, name: &str) -> Option<f32> {
        let first = ["sigmas", "transformer.0.", "transformer.1."];
        match (self.precision, self.device) {
            (Precision::Bf16, _) if first.iter().any(|start| name.starts_with(start)) => {
                Some(BF16_TOLERANCE)
            }
            (Precision::Bf16, _) => None,
            (_, DeviceChoice::Cpu) => Some(TOLERANCE),
            _ => Some(GPU_TOLERANCE),
        }
    }
}

fn request(case: &Path, settings: &Value) -> Result<DecomposeRequest, Box<dyn Error>> {
    let source = image::open(case.join("input.png"))?.to_rgba8();
    let number = |name: &str| {
        settings[name]
            .as_u64()
            .ok_or(format!("case.json has no {name}"))
    };
    let text = |name: &str| {
        settings[name]
            .as_str()
            .map(str::to_owned)
            .unwrap_or_default()
    };
    let negative = text("negative");
    Ok(DecomposeRequest {
        layers: Layers::AtMost(number("layers")? as u32),
        seed: number("seed")?,
        rebuild: false,
        diffusion: Diffusion {
            resolution: if number("resolution")? == 1024 {
                Resolution::R1024
            } else {
                Resolution::R640
            },
            steps: number("steps")? as u32,
            guidance: settings["cfg"].as_f64().unwrap_or(1.0) as f32,
            normalize: settings["normalize"].as_bool().unwrap_or(false),
            prompt: text("prompt"),
            negative_prompt: (negative != "none").then_some(negative),
            caption_language: if settings["english"].as_bool().unwrap_or(false) {
                CaptionLanguage::English
            } else {
                CaptionLanguage::Chinese
            },
            rng: Rng::Cpu,
            ..Diffusion::default()
        },
        ..DecomposeRequest::new(Arc::new(source))
    })
}

fn relative_error(found: &Tensor, expected: &Tensor) -> candle_core::Result<f32> {
    let norm = |x: &Tensor| x.sqr()?.sum_all()?.sqrt()?.to_scalar::<f32>();
    Ok(norm(&(found.flatten_all()? - expected.flatten_all()?)?)?
        / norm(expected)?.max(f32::MIN_POSITIVE))
}

fn compare_pixels(index: usize, found: &RgbaImage, expected: &RgbaImage) -> bool {
    if found.dimensions() != expected.dimensions() {
        println!(
            "  layer {index}: {:?} instead of {:?}",
            found.dimensions(),
            expected.dimensions()
        );
        return false;
    }
    let differences = || {
        found
            .iter()
            .zip(expected.iter())
            .map(|(a, b)| a.abs_diff(*b))
    };
    let far = differences().filter(|difference| *difference > 1).count();
    let equal = differences().filter(|difference| *difference == 0).count();
    let farthest = differences().max().unwrap_or(0);
    let bytes = found.len() as f64;
    println!(
        "  layer {index}: {:.4} % equal, {:.4} % within 1, farthest {farthest}",
        equal as f64 / bytes * 100.0,
        100.0 - far as f64 / bytes * 100.0
    );
    far as f64 <= FAR_SHARE * bytes && farthest <= FARTHEST
}

/// Prints the time of each stage.
#[derive(Default)]
struct Clock(Cell<Option<(Stage, Instant)>>);

impl Clock {
    fn stop(&self) {
        if let Some((stage, began)) = self.0.take() {
            println!("  {} {:.2} s", stage.label(), began.elapsed().as_secs_f64());
        }
    }
}

impl Progress for Clock {
    fn report(&self, stage: Stage, _step: u32, _steps: u32) {
        if self.0.get().is_none_or(|(current, _)| current != stage) {
            self.stop();
            self.0.set(Some((stage, Instant::now())));
        }
    }
}
