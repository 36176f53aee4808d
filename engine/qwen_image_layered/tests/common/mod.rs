#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use engine::{ModelSource, SingleFiles};

use sha2::{Digest, Sha256};

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The models that make.py saved, by the name that a case gives them.
pub fn model(name: &str) -> ModelSource {
    model_in(&fixtures(), name)
}

/// The same in a copy of the fixtures.
pub fn model_in(fixtures: &Path, name: &str) -> ModelSource {
    match name {
        "folder" => ModelSource::Folder(fixtures.join("folder")),
        _ => {
            let split = fixtures.join("split");
            ModelSource::Files(SingleFiles {
                transformer: split.join("transformer.safetensors"),
                vae: split.join("vae.safetensors"),
                text_encoder: split.join("text_encoder.safetensors"),
                mmproj: None,
                tokenizer: Some(split.join("tokenizer")),
            })
        }
    }
}

/// ‖a − b‖ / ‖b‖
pub fn relative_error(found: &Tensor, expected: &Tensor) -> f32 {
    let norm = |x: &Tensor| {
        x.sqr()
            .unwrap()
            .sum_all()
            .unwrap()
            .sqrt()
            .unwrap()
            .to_scalar::<f32>()
            .unwrap()
    };
    let difference = (found.flatten_all().unwrap() - expected.flatten_all().unwrap()).unwrap();
    norm(&difference) / norm(expected)
}

pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
