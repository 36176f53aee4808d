//! Whatever is wrong with the model's files is said in one sentence that names the file, before anything long starts.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use common::{copy_folder, fixtures, model_in};
use engine::{DeviceChoice, ModelSource, Precision};
use proptest::prelude::*;
use qwen_image_layered::{ModelError, Pipeline, Placement};
use tempfile::TempDir;

const VAE: &str = "folder/vae/diffusion_pytorch_model.safetensors";
const SHARD: &str = "folder/transformer/diffusion_pytorch_model-00002-of-00003.safetensors";
const INDEX: &str = "folder/transformer/diffusion_pytorch_model.safetensors.index.json";
const TEXT: &str = "folder/text_encoder/model.safetensors";

/// A copy of the models that a test may break.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let copy = tempfile::tempdir().unwrap();
        for name in ["folder", "split"] {
            copy_folder(&fixtures().join(name), &copy.path().join(name));
        }
        Self(copy)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn edit(&self, name: &str, change: impl FnOnce(&mut HashMap<String, Tensor>)) {
        let path = self.path(name);
        let mut tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
        change(&mut tensors);
        candle_core::safetensors::save(&tensors, &path).unwrap();
    }

    fn replace(&self, name: &str, old: &str, new: &str) {
        let path = self.path(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{name} has no {old}");
        fs::write(&path, text.replace(old, new)).unwrap();
    }

    fn load(&self, model: &str) -> Result<(), ModelError> {
        load(&model_in(self.0.path(), model))
    }

    /// The error, which must be one sentence that names `file`.
    fn error(&self, model: &str, file: &str) -> ModelError {
        let error = self.load(model).expect_err("the model is broken");
        let text = error.to_string();
        assert!(text.contains(file), "\"{text}\" does not name {file}");
        assert!(!text.contains('\n') && text.len() < 600, "{text}");
        error
    }
}

fn load(source: &ModelSource) -> Result<(), ModelError> {
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    Pipeline::load(source, &placement, &()).map(|_| ())
}

fn ones(shape: &[usize]) -> Tensor {
    Tensor::ones(shape, DType::F32, &Device::Cpu).unwrap()
}

#[test]
fn whole_models_load() {
    let copy = Copy::new();
    copy.load("folder").unwrap();
    copy.load("split").unwrap();
}

/// Newer transformers put both towers under "model", ComfyUI has two prefixes for the transformer or none.
#[test]
fn other_layouts_of_names_load() {
    let copy = Copy::new();
    copy.edit("split/text_encoder.safetensors", |tensors| {
        *tensors = tensors
            .drain()
            .map(|(name, tensor)| {
                let moved = name
                    .strip_prefix("model.")
                    .map(|rest| format!("model.language_model.{rest}"))
                    .or_else(|| Some(format!("model.visual.{}", name.strip_prefix("visual.")?)));
                (moved.unwrap_or(name), tensor)
            })
            .collect();
    });
    copy.load("split").unwrap();
    for prefix in ["diffusion_model.", ""] {
        copy.edit("split/transformer.safetensors", |tensors| {
            *tensors = tensors
                .drain()
                .map(|(name, tensor)| {
                    let block = name.rsplit("diffusion_model.").next().unwrap().to_owned();
                    (format!("{prefix}{block}"), tensor)
                })
                .collect();
        });
        copy.load("split").unwrap();
    }
}

#[test]
fn truncated_files_are_damaged() {
    for length in [0, 5, 8, 100, 5_000, 100_000] {
        let copy = Copy::new();
        let file = fs::File::options()
            .write(true)
            .open(copy.path(SHARD))
            .unwrap();
        file.set_len(length).unwrap();
        let error = copy.error("folder", "00002-of-00003");
        assert!(
            matches!(error, ModelError::Corrupt { .. }),
            "{length}: {error}"
        );
        let named = error.to_string().matches("00002-of-00003").count();
        assert_eq!(named, 1, "{error}");
    }
}

#[test]
fn lfs_pointers_are_recognised() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    for (model, name) in [
        ("folder", VAE),
        ("folder", TEXT),
        ("folder", INDEX),
        ("folder", "folder/vae/config.json"),
        ("folder", "folder/tokenizer/tokenizer.json"),
        ("split", "split/tokenizer/merges.txt"),
        ("split", "split/transformer.safetensors"),
    ] {
        let copy = Copy::new();
        fs::write(copy.path(name), pointer).unwrap();
        let file = Path::new(name)
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(matches!(
            copy.error(model, &file),
            ModelError::LfsPointer(_)
        ));
    }
}

#[test]
fn missing_parts_are_named() {
    for name in [
        SHARD,
        VAE,
        "folder/transformer",
        "folder/text_encoder",
        "folder/tokenizer",
        "folder/tokenizer/tokenizer.json",
    ] {
        let copy = Copy::new();
        let path = copy.path(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
        let error = copy.error("folder", "folder");
        assert!(
            matches!(error, ModelError::Missing { .. }),
            "{name}: {error}"
        );
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(
        load(&ModelSource::Folder(empty.path().to_owned())),
        Err(ModelError::Missing { .. })
    ));
    assert!(matches!(
        load(&ModelSource::Folder(empty.path().join("nowhere"))),
        Err(ModelError::NotAFolder { .. })
    ));
    let copy = Copy::new();
    fs::remove_file(copy.path("split/vae.safetensors")).unwrap();
    assert!(matches!(
        copy.error("split", "vae.safetensors"),
        ModelError::NotFound(_)
    ));
}

#[test]
fn pickles_are_not_opened() {
    let copy = Copy::new();
    let vae = copy.path(VAE);
    fs::rename(&vae, vae.with_extension("bin")).unwrap();
    assert!(copy.error("folder", "vae").to_string().contains("pickled"));
}

#[test]
fn shards_outside_the_folder_are_refused() {
    for outside in [
        "../vae/diffusion_pytorch_model.safetensors",
        "/etc/hostname",
    ] {
        let copy = Copy::new();
        copy.replace(
            INDEX,
            "diffusion_pytorch_model-00002-of-00003.safetensors",
            outside,
        );
        let error = copy.error("folder", "index.json");
        assert!(matches!(error, ModelError::Config { .. }), "{error}");
    }
}

#[test]
fn the_rgb_vae_is_told_from_the_rgba_one() {
    let copy = Copy::new();
    copy.edit("split/vae.safetensors", |tensors| {
        let name = "encoder.conv1.weight".to_owned();
        let rgb = tensors[&name]
            .narrow(1, 0, 3)
            .unwrap()
            .contiguous()
            .unwrap();
        tensors.insert(name, rgb);
    });
    assert!(
        copy.error("split", "vae.safetensors")
            .to_string()
            .contains("RGBA")
    );
    let copy = Copy::new();
    copy.replace(
        "folder/vae/config.json",
        "\"input_channels\": 4",
        "\"input_channels\": 3",
    );
    assert!(matches!(
        copy.error("folder", "vae"),
        ModelError::WrongModel { .. }
    ));
}

#[test]
fn siblings_of_the_transformer_are_told_apart() {
    let copy = Copy::new();
    copy.edit("split/transformer.safetensors", |tensors| {
        tensors.retain(|name, _| !name.contains("addition_t_embedding"));
    });
    assert!(
        copy.error("split", "transformer")
            .to_string()
            .contains("base Qwen-Image")
    );
    let copy = Copy::new();
    copy.edit("split/transformer.safetensors", |tensors| {
        tensors.insert("__index_timestep_zero__".into(), ones(&[1]));
    });
    assert!(
        copy.error("split", "transformer")
            .to_string()
            .contains("Edit")
    );
    let copy = Copy::new();
    copy.replace(
        "folder/transformer/config.json",
        "\"zero_cond_t\": false",
        "\"zero_cond_t\": true",
    );
    assert!(matches!(
        copy.error("folder", "config.json"),
        ModelError::WrongModel { .. }
    ));
    // A VAE in the transformer's place.
    let copy = Copy::new();
    fs::copy(
        copy.path("split/vae.safetensors"),
        copy.path("split/transformer.safetensors"),
    )
    .unwrap();
    assert!(matches!(
        copy.error("split", "transformer"),
        ModelError::MissingTensor { .. }
    ));
}

#[test]
fn tensors_of_another_shape_or_type_are_named() {
    let bias = "transformer_blocks.0.attn.to_q.bias";
    let name = format!("model.diffusion_model.{bias}");
    let with = |tensor: Tensor| {
        let copy = Copy::new();
        copy.edit("split/transformer.safetensors", |tensors| {
            tensors.insert(name.clone(), tensor);
        });
        let error = copy.error("split", "transformer.safetensors");
        assert!(error.to_string().contains(bias), "{error}");
        error
    };
    assert!(matches!(with(ones(&[31])), ModelError::WrongShape { .. }));
    assert!(matches!(
        with(ones(&[32, 1])),
        ModelError::WrongShape { .. }
    ));
    let whole = ones(&[32]).to_dtype(DType::U8).unwrap();
    assert!(matches!(with(whole), ModelError::UnsupportedType { .. }));
    let overflown = (ones(&[32]) * 1e6).unwrap().to_dtype(DType::F16).unwrap();
    assert!(matches!(with(overflown), ModelError::NotFinite(_)));

    let copy = Copy::new();
    copy.edit(TEXT, |tensors| {
        tensors.remove("model.layers.1.mlp.up_proj.weight");
    });
    assert!(matches!(
        copy.error("folder", "text_encoder"),
        ModelError::MissingTensor { .. }
    ));
}

#[test]
fn impossible_configurations_are_refused_before_memory_is_asked_for() {
    for (name, old, new) in [
        (
            "transformer",
            "\"num_layers\": 2",
            "\"num_layers\": 1000000000",
        ),
        ("transformer", "\"num_layers\": 2", "\"num_layers\": 3"),
        ("transformer", "\"num_layers\": 2", "\"num_layers\": -1"),
        (
            "transformer",
            "\"num_attention_heads\": 2",
            "\"num_attention_heads\": 18446744073709551615",
        ),
        (
            "transformer",
            "\"attention_head_dim\": 16",
            "\"attention_head_dim\": 0",
        ),
        (
            "transformer",
            "\"joint_attention_dim\": 64",
            "\"joint_attention_dim\": 1000000",
        ),
        ("vae", "\"base_dim\": 4", "\"base_dim\": 1000000"),
        ("vae", "\"z_dim\": 16", "\"z_dim\": 0"),
        (
            "vae",
            "\"num_res_blocks\": 2",
            "\"num_res_blocks\": \"two\"",
        ),
        (
            "text_encoder",
            "\"hidden_size\": 64",
            "\"hidden_size\": 1000000",
        ),
        (
            "text_encoder",
            "\"num_key_value_heads\": 2",
            "\"num_key_value_heads\": 3",
        ),
        ("text_encoder", "\"window_size\": 112", "\"window_size\": 1"),
        (
            "processor",
            "\"shortest_edge\": 60000",
            "\"shortest_edge\": 100000000000",
        ),
        (
            "scheduler",
            "\"shift_terminal\": 0.02",
            "\"shift_terminal\": 1.5",
        ),
        (
            "scheduler",
            "\"use_karras_sigmas\": false",
            "\"use_karras_sigmas\": true",
        ),
    ] {
        let copy = Copy::new();
        let file = match name {
            "processor" => "folder/processor/processor_config.json".to_owned(),
            "scheduler" => "folder/scheduler/scheduler_config.json".to_owned(),
            _ => format!("folder/{name}/config.json"),
        };
        copy.replace(&file, old, new);
        copy.error("folder", name);
    }
    for name in ["transformer", "vae", "text_encoder"] {
        let copy = Copy::new();
        fs::write(
            copy.path(&format!("folder/{name}/config.json")),
            "{ not json",
        )
        .unwrap();
        assert!(matches!(
            copy.error("folder", "config.json"),
            ModelError::Config { .. }
        ));
    }
}

#[test]
fn a_broken_tokenizer_is_an_error() {
    let copy = Copy::new();
    fs::write(copy.path("folder/tokenizer/tokenizer.json"), "{}").unwrap();
    assert!(matches!(
        copy.error("folder", "tokenizer"),
        ModelError::Tokenizer { .. }
    ));
    let copy = Copy::new();
    fs::write(
        copy.path("split/tokenizer/merges.txt"),
        "#version: 0.2\nq zz\n",
    )
    .unwrap();
    assert!(matches!(
        copy.error("split", "tokenizer"),
        ModelError::Tokenizer { .. }
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The model loads or says why not; it never panics.
    #[test]
    fn flipped_bits_in_headers_never_panic(
        file in prop::sample::select(vec![VAE, SHARD, TEXT, "split/vae.safetensors"]),
        place in 0usize..4_000,
        bit in 0u8..8,
    ) {
        let copy = Copy::new();
        let path = copy.path(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[place] ^= 1 << bit;
        fs::write(&path, bytes).unwrap();
        let model = if file.starts_with("folder") { "folder" } else { "split" };
        if let Err(error) = copy.load(model) {
            prop_assert!(error.to_string().len() < 1_000);
        }
    }
}
