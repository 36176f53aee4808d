//! The files of a ComfyUI, in its own folders and in those that it is told of.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::fs;
use std::path::Path;

use common::fixtures;
use engine::ModelSource;
use qwen_image_layered::{ComfyUi, NamedFiles, check};

fn put(part: &str, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(fixtures().join("split").join(part), to).unwrap();
}

#[test]
fn folders_that_a_comfyui_is_told_of_are_looked_into() {
    let home = tempfile::tempdir().unwrap();
    let (comfy, shared) = (home.path().join("ComfyUI"), home.path().join("shared"));
    put(
        "transformer.safetensors",
        &comfy.join("models/diffusion_models/t.safetensors"),
    );
    put("vae.safetensors", &shared.join("a/vae.safetensors"));
    put(
        "text_encoder.safetensors",
        &home.path().join("other/text.safetensors"),
    );
    fs::create_dir_all(shared.join("loras")).unwrap();
    let lora = fixtures().join("loras/comfy.safetensors");
    fs::copy(&lora, shared.join("loras/l.safetensors")).unwrap();
    let other = home.path().join("other");
    let list = format!(
        "one:\n    base_path: ../shared\n    loras: loras/\n    vae: |\n        nowhere\n        a\n    checkpoints: a\n\
         two:\n    text_encoders: {}\n    clip: {0}\n",
        other.display()
    );
    fs::write(comfy.join("extra_model_paths.yaml"), list).unwrap();

    for folder in [comfy.clone(), comfy.join("models")] {
        let found = ComfyUi::look(&folder).unwrap();
        assert_eq!(found.files.len(), 3, "each once: {:?}", found.files);
        assert_eq!(found.loras.len(), 1);
        let model = found.model(&folder, &NamedFiles::default()).unwrap();
        assert!(model.vae.ends_with("a/vae.safetensors"));
        check(&ModelSource::Folder(folder)).unwrap();
    }
}

#[test]
fn a_list_that_cannot_be_read_is_named() {
    let comfy = tempfile::tempdir().unwrap();
    fs::create_dir_all(comfy.path().join("models/unet")).unwrap();
    fs::write(comfy.path().join("extra_model_paths.yaml"), "one: [\n").unwrap();
    let error = ComfyUi::look(comfy.path()).unwrap_err().to_string();
    assert!(
        error.contains("extra_model_paths.yaml") && error.contains("mend it"),
        "{error}"
    );
    assert!(!error.contains('\n'), "{error}");
}
