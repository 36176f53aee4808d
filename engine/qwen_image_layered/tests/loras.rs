//! LoRAs of every dialect against diffusers with peft, and what is said of those that do not fit.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use common::{fixtures, model, relative_error};
use engine::{DecomposeRequest, DeviceChoice, Diffusion, Layers, Lora, Precision, Rng};
use qwen_image_layered::{Dump, ModelError, Pipeline, Placement};

const TOLERANCE: f32 = 1e-4;

fn folder() -> PathBuf {
    fixtures().join("loras")
}

fn lora(name: &str, strength: f32) -> Lora {
    Lora {
        file: folder().join(format!("{name}.safetensors")),
        strength,
    }
}

fn load(loras: &[Lora]) -> Result<Pipeline, ModelError> {
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    Pipeline::load_with(&model("folder"), loras, &placement, &())
}

/// What diffusers made of the same, one case after the other.
#[test]
fn every_dialect_equals_diffusers() {
    let cases = std::fs::read_to_string(folder().join("cases.json")).unwrap();
    let cases: BTreeMap<String, Vec<(String, f32)>> = serde_json::from_str(&cases).unwrap();
    let expected = folder().join("expected.safetensors");
    let expected = candle_core::safetensors::load(expected, &Device::Cpu).unwrap();
    let image = image::open(folder().join("input.png")).unwrap().to_rgba8();
    assert_eq!(cases.len(), 9);
    for (case, loras) in cases {
        let loras: Vec<_> = loras.iter().map(|(name, s)| lora(name, *s)).collect();
        let mut pipeline = load(&loras).unwrap();
        assert_eq!(pipeline.notes(), [""; 0], "{case}");
        let request = DecomposeRequest {
            layers: Layers::AtMost(1),
            seed: 3,
            diffusion: Diffusion {
                steps: 2,
                rng: Rng::Cpu,
                loras,
                ..Diffusion::default()
            },
            ..DecomposeRequest::new(Arc::new(image.clone()))
        };
        let dump = Dump::default();
        let keep = |name: &str, value: &Tensor| dump.add(name, value);
        let layers = pipeline.run(&request, "a red circle", &image, &(), &keep);
        let layers = layers.unwrap();
        let found = dump.into_tensors().unwrap();
        for call in 0..4 {
            let name = format!("transformer.{call}.out");
            let error = relative_error(&found[&name], &expected[&format!("{case}.{name}")]);
            assert!(error <= TOLERANCE, "{case}: {name}: {error:e}");
        }
        let expected = expected[&format!("{case}.layers")].flatten_all().unwrap();
        let expected = expected.to_vec1::<u8>().unwrap();
        let found = layers.iter().flat_map(|layer| layer.as_raw());
        assert_eq!(found.clone().count(), expected.len());
        let differences = found.zip(&expected).map(|(a, b)| a.abs_diff(*b));
        assert!(differences.max() <= Some(1), "{case}");
    }
}

/// A tensor's name and shape.
type Named = (&'static str, [usize; 2]);

/// A file of these tensors.
fn written(folder: &Path, tensors: &[Named]) -> Lora {
    let tensors: HashMap<_, _> = tensors
        .iter()
        .map(|(name, shape)| {
            let ones = Tensor::ones(shape.as_slice(), DType::F32, &Device::Cpu);
            ((*name).to_owned(), ones.unwrap())
        })
        .collect();
    let file = folder.join("made.safetensors");
    candle_core::safetensors::save(&tensors, &file).unwrap();
    Lora {
        file,
        strength: 1.0,
    }
}

const DOWN: &str = "transformer_blocks.0.attn.to_q.lora_down.weight";
const UP: &str = "transformer_blocks.0.attn.to_q.lora_up.weight";

#[test]
fn what_fits_nothing_is_counted_and_said() {
    let made = tempfile::tempdir().unwrap();
    let lora = written(
        made.path(),
        &[
            (DOWN, [2, 32]),
            (UP, [32, 2]),
            ("text_encoder.layers.0.q.lora_down.weight", [2, 2]),
            ("transformer_blocks.99.attn.to_q.lora_up.weight", [2, 2]),
        ],
    );
    let notes = load(&[lora]).unwrap().notes();
    let [note] = notes.as_slice() else {
        panic!("{notes:?}");
    };
    assert!(note.contains("2 of the 4 tensors") && note.contains("made.safetensors"));
}

#[test]
fn what_does_not_fit_is_refused_by_name_and_reason() {
    let flux = "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight";
    let comfy = "diffusion_model.transformer_blocks.0.attn.to_q.lora_A.weight";
    let cases: [(&[Named], &str); 6] = [
        (&[(flux, [2, 32])], "FLUX"),
        (
            &[("some.other.lora_A.weight", [2, 32])],
            "none of its layers",
        ),
        (&[(DOWN, [2, 33]), (UP, [32, 2])], "another size"),
        (&[(DOWN, [2, 32]), (UP, [32, 3])], "another size"),
        (&[(DOWN, [2, 32])], "only a part"),
        (&[(DOWN, [2, 32]), (UP, [32, 2]), (comfy, [2, 32])], "twice"),
    ];
    for (tensors, reason) in cases {
        let made = tempfile::tempdir().unwrap();
        let error = load(&[written(made.path(), tensors)]).map(|_| ());
        let text = error.unwrap_err().to_string();
        assert!(text.contains("made.safetensors"), "{text}");
        assert!(text.contains(reason), "{text} does not say {reason}");
        assert!(!text.contains('\n'), "{text}");
    }
    let missing = load(&[lora("nowhere", 1.0)]).map(|_| ());
    assert!(matches!(missing, Err(ModelError::NotFound(_))));
}
