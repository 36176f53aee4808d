//! How far one forward of the transformer in FP8 is from the same in bf16, on random weights of the published size and
//! initialisation, and on such whose attention's scores are eight times as large.
//! `cargo run --release -p qwen_image_layered --features cuda --example fp8_error -- [640|1024] [fp8 fp8-all …]`

use std::cell::RefCell;
use std::error::Error;
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use engine::{DecomposeRequest, DeviceChoice, Diffusion, Precision, Resolution};
use image::{Rgba, RgbaImage};
use qwen_image_layered::{Pipeline, Placement, RandomModel};

/// How much larger scores are for attention that rests on few keys.
const PEAKED: f64 = 8.0;

fn main() -> Result<(), Box<dyn Error>> {
    let resolution = match std::env::args().nth(1).as_deref() {
        None | Some("640") => Resolution::R640,
        Some("1024") => Resolution::R1024,
        Some(other) => return Err(format!("{other} is no resolution; choose 640 or 1024").into()),
    };
    let mut precisions: Vec<Precision> = std::env::args()
        .skip(2)
        .map(|name| name.parse())
        .collect::<Result<_, _>>()?;
    if precisions.is_empty() {
        precisions.push(Precision::FP8);
    }
    for scores in [1.0, PEAKED] {
        let model = RandomModel::full().with_scores(scores);
        let reference = first(&model, Precision::Bf16, resolution)?;
        for precision in &precisions {
            let found = first(&model, *precision, resolution)?;
            let (error, cosine) = apart(&found, &reference)?;
            println!(
                "scores x {scores}, {precision}: relative error {error:.4}, cosine {cosine:.6}"
            );
        }
    }
    Ok(())
}

fn apart(found: &Tensor, reference: &Tensor) -> candle_core::Result<(f64, f64)> {
    let dot = |a: &Tensor, b: &Tensor| -> candle_core::Result<f64> {
        (a * b)?.to_dtype(DType::F64)?.sum_all()?.to_scalar()
    };
    let difference = (found - reference)?;
    let length = dot(reference, reference)?.sqrt();
    let lengths = length * dot(found, found)?.sqrt();
    Ok((
        dot(&difference, &difference)?.sqrt() / length,
        dot(found, reference)? / lengths,
    ))
}

fn first(
    model: &RandomModel,
    precision: Precision,
    resolution: Resolution,
) -> Result<Tensor, Box<dyn Error>> {
    let placement = Placement::new(DeviceChoice::Cuda(0), precision)?;
    let mut model = Pipeline::random(model, &placement, &())?;
    let picture = RgbaImage::from_fn(640, 640, |x, y| {
        Rgba([x as u8, y as u8, (x + y) as u8, 255])
    });
    let request = DecomposeRequest {
        diffusion: Diffusion {
            resolution,
            steps: 1,
            negative_prompt: None,
            ..Diffusion::default()
        },
        ..DecomposeRequest::new(Arc::new(picture))
    };
    let image = Pipeline::resize(&request);
    // The transformer's first result, in f32 on the processor.
    let found = RefCell::new(None);
    let keep = |name: &str, value: &Tensor| {
        if name == "transformer.0.out" {
            let value = value.to_dtype(DType::F32);
            *found.borrow_mut() = value.and_then(|x| x.to_device(&Device::Cpu)).ok();
        }
    };
    model.run(&request, "a poster", &image, &(), &keep)?;
    found
        .take()
        .ok_or_else(|| "the transformer did not run".into())
}
