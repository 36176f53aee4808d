//! The files that people have, against the same numbers in plain f32: what the public writers make of the tiny model.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};

use candle_core::{Device, Tensor};
use common::{fixtures, relative_error};
use engine::{
    CaptionLanguage, DecomposeRequest, DeviceChoice, Diffusion, Layers, Lora, ModelSource,
    OffloadChoice, Precision, Rng, SingleFiles,
};
use image::{Rgba, RgbaImage};
use qwen_image_layered::plan::{KnownGpu, PlanOptions, Sizes, plan_for};
use qwen_image_layered::{
    Dump, ModelError, Offload, Pipeline, Placement, Resident, keep_no_tensor, sizes_of_path,
    task_of,
};
use tempfile::TempDir;

/// Every format, made once.
static FORMATS: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/make_formats.py");
    let mut command = Command::new(python());
    let output = command.arg(script).arg(folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    folder
});

/// A Python that has the packages of tests/requirements.txt.
fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/.tools/venv/bin/python");
    let python = std::env::var_os("LAMINA_PYTHON").map_or(own, PathBuf::from);
    assert!(
        python.exists(),
        "{} does not exist: run tests/check.sh, or set LAMINA_PYTHON to a Python with tests/requirements.txt",
        python.display()
    );
    python
}

struct Run {
    caption: String,
    dump: Dump,
    layers: Vec<RgbaImage>,
}

/// Of a small picture into two layers.
fn request(steps: u32, rng: Rng) -> DecomposeRequest {
    let picture = RgbaImage::from_fn(48, 32, |x, y| {
        Rgba([(x * 5) as u8, (y * 7) as u8, ((x ^ y) * 4) as u8, 255])
    });
    DecomposeRequest {
        layers: Layers::AtMost(2),
        diffusion: Diffusion {
            steps,
            rng,
            ..Diffusion::default()
        },
        ..DecomposeRequest::new(Arc::new(picture))
    }
}

fn run(source: &ModelSource, precision: Precision) -> Run {
    run_with(
        source,
        Placement::new(DeviceChoice::Cpu, precision).unwrap(),
    )
}

fn run_with(source: &ModelSource, placement: Placement) -> Run {
    run_changed(source, &[], placement)
}

fn run_changed(source: &ModelSource, loras: &[Lora], placement: Placement) -> Run {
    let mut pipeline = Pipeline::load_with(source, loras, &placement, &()).unwrap();
    let request = request(2, Rng::Cpu);
    let image = &*request.source;
    let dump = Dump::default();
    let keep = |name: &str, value: &Tensor| dump.add(name, value);
    let english = CaptionLanguage::English;
    let caption = pipeline.caption(image, english, &(), &keep).unwrap();
    let layers = pipeline.run(&request, &caption, image, &(), &keep);
    Run {
        caption,
        layers: layers.unwrap(),
        dump,
    }
}

fn files(folder: &Path, ending: &str) -> SingleFiles {
    let split = fixtures().join("split");
    SingleFiles {
        transformer: folder.join(format!("transformer.{ending}")),
        vae: split.join("vae.safetensors"),
        text_encoder: folder.join(format!("text_encoder.{ending}")),
        mmproj: None,
        tokenizer: Some(split.join("tokenizer")),
    }
}

fn made(name: &str) -> SingleFiles {
    files(&FORMATS.path().join(name), "safetensors")
}

fn plain(name: &str) -> ModelSource {
    let folder = FORMATS.path().join(name).join("plain");
    let mut files = files(&folder, "safetensors");
    let own = folder.join("tokenizer");
    if own.is_dir() {
        files.tokenizer = Some(own);
    }
    ModelSource::Files(files)
}

fn gguf() -> SingleFiles {
    gguf_in("gguf")
}

fn gguf_in(name: &str) -> SingleFiles {
    let folder = FORMATS.path().join(name);
    SingleFiles {
        mmproj: Some(folder.join("mmproj.gguf")),
        tokenizer: None,
        ..files(&folder, "gguf")
    }
}

/// Both runs compute with the same numbers, so that nothing at all may differ.
fn assert_equal(found: Run, expected: Run) {
    assert_eq!(found.caption, expected.caption);
    let (found_values, expected_values) = (found.dump.into_tensors(), expected.dump.into_tensors());
    let (found_values, expected_values) = (found_values.unwrap(), expected_values.unwrap());
    assert_eq!(found_values.len(), expected_values.len());
    for (name, expected) in &expected_values {
        let error = relative_error(&found_values[name], expected);
        assert_eq!(error, 0.0, "{name}");
    }
    assert!(found.layers == expected.layers);
}

fn check(source: SingleFiles, name: &str) {
    let source = ModelSource::Files(source);
    let (found, expected) = (
        run(&source, Precision::F32),
        run(&plain(name), Precision::F32),
    );
    assert_equal(found, expected);
}

#[test]
fn plain_fp8_is_read() {
    check(made("fp8_e4m3fn"), "fp8_e4m3fn");
    check(made("fp8_e5m2"), "fp8_e5m2");
}

#[test]
fn fp8_with_scales_of_older_files_is_read() {
    check(made("fp8_scaled"), "fp8_scaled");
}

/// Layers in fp8, nvfp4, int8 and bf16, described by tensors or in the file's metadata.
#[test]
fn layers_described_one_by_one_are_read() {
    check(made("comfy_quant"), "comfy_quant");
    check(made("comfy_metadata"), "comfy_metadata");
}

/// All types of a transformer, a text encoder under llama.cpp's names, its mmproj, and its own tokenizer.
#[test]
fn gguf_is_read() {
    check(gguf(), "gguf");
}

/// Within what f32 rounds otherwise, and the layers within 1/255.
fn assert_near(found: Run, expected: Run) {
    assert_eq!(found.caption, expected.caption);
    let (found_values, expected_values) = (found.dump.into_tensors(), expected.dump.into_tensors());
    let (found_values, expected_values) = (found_values.unwrap(), expected_values.unwrap());
    for (name, expected) in &expected_values {
        let error = relative_error(&found_values[name], expected);
        assert!(error <= 1e-4, "{name}: {error:e}");
    }
    for (found, expected) in found.layers.iter().zip(&expected.layers) {
        let pairs = found.as_raw().iter().zip(expected.as_raw());
        assert!(pairs.map(|(a, b)| a.abs_diff(*b)).max() <= Some(1));
    }
}

/// How a LoRA's matrices make a change.
#[derive(Clone, Copy)]
enum Shape {
    Product,
    ProductOfProducts,
    Kronecker,
}

/// A LoRA of random numbers. `ranks` by module.
fn made_lora(folder: &Path, name: &str, ranks: &[(&str, usize)], shape: Shape) -> Lora {
    let random = |shape: [usize; 2]| Tensor::randn(0f32, 0.3, &shape, &Device::Cpu).unwrap();
    let mut tensors = HashMap::new();
    for (module, rank) in ranks {
        let (inputs, outputs) = match *module {
            module if module.ends_with("net.0.proj") => (32, 128),
            module if module.ends_with("net.2") => (128, 32),
            _ => (32, 32),
        };
        let mut add = |ending: &str, shape| {
            tensors.insert(format!("{module}{ending}"), random(shape));
        };
        match shape {
            Shape::Product => {
                add(".lora_A.weight", [*rank, inputs]);
                add(".lora_B.weight", [outputs, *rank]);
            }
            Shape::ProductOfProducts => {
                for half in ["1", "2"] {
                    add(&format!(".hada_w{half}_a"), [outputs, *rank]);
                    add(&format!(".hada_w{half}_b"), [*rank, inputs]);
                }
            }
            Shape::Kronecker => {
                add(".lokr_w1", [2, 4]);
                add(".lokr_w2_a", [outputs / 2, *rank]);
                add(".lokr_w2_b", [*rank, inputs / 4]);
            }
        }
        let alpha = Tensor::new(1.5f32, &Device::Cpu).unwrap();
        tensors.insert(format!("{module}.alpha"), alpha);
    }
    let file = folder.join(name);
    candle_core::safetensors::save(&tensors, &file).unwrap();
    Lora {
        file,
        strength: 0.7,
    }
}

/// Of all linears of a block, some in one block only and with other ranks in others.
const CHANGED: [(&str, usize); 6] = [
    ("transformer_blocks.0.attn.to_q", 2),
    ("transformer_blocks.1.attn.to_q", 3),
    ("transformer_blocks.1.attn.to_v", 1),
    ("transformer_blocks.0.attn.add_k_proj", 2),
    ("transformer_blocks.0.img_mlp.net.0.proj", 4),
    ("transformer_blocks.1.img_mlp.net.2", 2),
];

fn one_of_each_shape(folder: &Path) -> [Lora; 3] {
    [
        ("lora.safetensors", &CHANGED[..], Shape::Product),
        ("loha.safetensors", &CHANGED[..3], Shape::ProductOfProducts),
        ("lokr.safetensors", &CHANGED[1..], Shape::Kronecker),
    ]
    .map(|(name, ranks, shape)| made_lora(folder, name, ranks, shape))
}

/// What a LoRA adds goes beside weights that stay as their file has them, and is what it is when added to the same weights
/// in full, which equals diffusers with peft.
#[test]
fn loras_beside_stored_weights_do_what_merged_ones_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut loras = one_of_each_shape(folder.path());
    loras[1].strength = -0.4;
    let placement = |precision| Placement::new(DeviceChoice::Cpu, precision).unwrap();
    let streaming = Offload::Block(Resident {
        blocks: 1,
        text_layers: 0,
    });
    for (files, name, precision, offload) in [
        (gguf(), "gguf", Precision::F32, Offload::None),
        (
            gguf_in("gguf_blocks"),
            "gguf_blocks",
            Precision::F32,
            streaming,
        ),
        (
            made("comfy_quant"),
            "comfy_quant",
            Precision::FP8,
            Offload::None,
        ),
        (made("fp8_scaled"), "fp8_scaled", Precision::FP8, streaming),
    ] {
        let source = ModelSource::Files(files);
        let found = run_changed(&source, &loras, placement(precision).with_offload(offload));
        let expected = run_changed(&plain(name), &loras, placement(Precision::F32));
        let unchanged = run(&plain(name), Precision::F32);
        assert!(expected.layers != unchanged.layers);
        assert_near(found, expected);
    }
}

/// What the transformer makes first on a prompt.
#[cfg(feature = "cuda")]
fn first_velocity(source: &ModelSource, loras: &[Lora], placement: &Placement) -> Tensor {
    let mut pipeline = Pipeline::load_with(source, loras, placement, &()).unwrap();
    // A processor's generator draws other numbers for bf16.
    let request = request(1, Rng::Cuda);
    let dump = Dump::default();
    let keep = |name: &str, value: &Tensor| dump.add(name, value);
    let layers = pipeline.run(&request, "a red circle", &request.source, &(), &keep);
    layers.unwrap();
    dump.into_tensors().unwrap()["transformer.0.out"].clone()
}

/// On a GPU what LoRAs add beside stored weights is what they add to the same weights in full, within what bf16 and FP8 round.
#[cfg(feature = "cuda")]
#[test]
fn loras_beside_stored_weights_on_a_gpu() {
    let Ok(gpu) = Placement::new(DeviceChoice::Cuda(0), Precision::Bf16) else {
        println!("no GPU, nothing tested");
        return;
    };
    drop(gpu);
    let folder = tempfile::tempdir().unwrap();
    let loras = one_of_each_shape(folder.path());
    let streaming = Offload::Block(Resident {
        blocks: 1,
        text_layers: 0,
    });
    let on = |device, precision| Placement::new(device, precision).unwrap();
    let processor = on(DeviceChoice::Cpu, Precision::F32);
    for (files, name, precision, offload) in [
        (gguf(), "gguf", Precision::Bf16, Offload::None),
        (
            gguf_in("gguf_blocks"),
            "gguf_blocks",
            Precision::Bf16,
            streaming,
        ),
        (
            made("comfy_quant"),
            "comfy_quant",
            Precision::FP8,
            Offload::None,
        ),
        (made("fp8_scaled"), "fp8_scaled", Precision::FP8, streaming),
    ] {
        let gpu = on(DeviceChoice::Cuda(0), precision).with_offload(offload);
        let found = first_velocity(&ModelSource::Files(files), &loras, &gpu);
        let expected = first_velocity(&plain(name), &loras, &processor);
        let unchanged = first_velocity(&plain(name), &[], &processor);
        let found = found.to_device(&Device::Cpu).unwrap();
        let error = relative_error(&found, &expected);
        let change = relative_error(&unchanged, &expected);
        println!("{name}: off by {error:.3}, changed by {change:.3}");
        assert!(
            error < 0.1 && error < change / 4.0,
            "{name}: {error} of {change}"
        );
    }
}

/// Blocks of other lengths follow each other through the same slots, and stay as the file has them.
#[test]
fn gguf_streams_block_by_block() {
    let source = ModelSource::Files(gguf_in("gguf_blocks"));
    for precision in [Precision::F32, Precision::Bf16] {
        let expected = run(&plain("gguf_blocks"), precision);
        let streaming = Offload::Block(Resident {
            blocks: 1,
            text_layers: 0,
        });
        let placement = Placement::new(DeviceChoice::Cpu, precision).unwrap();
        assert_equal(
            run_with(&source, placement.with_offload(streaming)),
            expected,
        );
    }
}

/// The planner counts what the blocks take in the file.
#[test]
fn quantised_blocks_are_planned_with_their_own_bytes() {
    let sizes = |folder: &str, ending: &str| {
        let file = FORMATS
            .path()
            .join(folder)
            .join(format!("transformer.{ending}"));
        sizes_of_path(&file, &[]).unwrap()
    };
    let gpu = KnownGpu::all().iter().find(|gpu| gpu.name == "rtx-4090");
    let request = DecomposeRequest::new(Arc::new(RgbaImage::new(8, 8)));
    let options = PlanOptions::of_gpu_alone(Precision::Bf16, OffloadChoice::None, None);
    let peak = |sizes: &Sizes| {
        let plan = plan_for(gpu.unwrap(), sizes, &task_of(&request), &options, None);
        plan.unwrap().peak
    };
    let (packed, plain) = (
        sizes("gguf_blocks", "gguf"),
        sizes("gguf_blocks/plain", "safetensors"),
    );
    assert!(peak(&packed) < peak(&plain));
    assert_eq!(packed.blocks, 4);
    assert!(matches!(
        sizes_of_path(&FORMATS.path().join("nowhere.gguf"), &[]),
        Err(ModelError::NotFound(_))
    ));
}

/// What is stored in FP8 keeps its own scale, and nothing else is brought to FP8.
#[test]
fn stored_fp8_is_not_rounded_again() {
    for name in ["fp8_e4m3fn", "fp8_scaled", "comfy_quant"] {
        let found = run(&ModelSource::Files(made(name)), Precision::FP8);
        assert_equal(found, run(&plain(name), Precision::F32));
    }
}

/// What is said of `file` in one part's place: one sentence that names it.
fn refused(file: &str, place: impl Fn(&mut SingleFiles, PathBuf)) -> String {
    let mut files = gguf();
    place(&mut files, FORMATS.path().join("wrong").join(file));
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    let loaded = Pipeline::load(&ModelSource::Files(files), &placement, &());
    let text = loaded.map(|_| ()).unwrap_err().to_string();
    assert!(text.contains(file) && !text.contains('\n'), "{text}");
    text
}

#[test]
fn files_of_other_models_are_told_apart() {
    let transformer = |files: &mut SingleFiles, file| files.transformer = file;
    let text_encoder = |files: &mut SingleFiles, file| files.text_encoder = file;
    let mmproj = |files: &mut SingleFiles, file| files.mmproj = Some(file);
    assert!(refused("flux.gguf", transformer).contains("GGUF of flux"));
    assert!(refused("edit.gguf", transformer).contains("Qwen-Image-Edit"));
    assert!(refused("llama.gguf", text_encoder).contains("GGUF of llama"));
    assert!(refused("small.gguf", text_encoder).contains("vision half"));
    assert!(refused("gemma.gguf", mmproj).contains("gemma3"));
    assert!(refused("llama.gguf", mmproj).contains("no vision half"));
    assert!(refused("small.gguf", mmproj).contains("64 wide"));
}

#[test]
fn what_cannot_be_read_is_named() {
    let transformer = |files: &mut SingleFiles, file| files.transformer = file;
    let unread = refused("unread.gguf", transformer);
    assert!(unread.contains("txt_in.weight as IQ2_XXS"), "{unread}");
    for file in ["nan.gguf", "nan.safetensors"] {
        let text = refused(file, transformer);
        assert!(
            text.contains("txt_in") && text.contains("not numbers"),
            "{text}"
        );
    }
}

/// What ComfyUI writes and is not read here: the file is refused before anything is loaded.
#[test]
fn layers_in_formats_that_are_not_read_are_named() {
    let made = tempfile::tempdir().unwrap();
    let plain = std::fs::read(fixtures().join("split/transformer.safetensors")).unwrap();
    let (length, rest) = plain.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    for (described, said) in [
        (r#"{"format":"mxfp8"}"#, "txt_in.weight as mxfp8"),
        (
            r#"{"format":"int8_tensorwise","convrot":true}"#,
            "txt_in.weight as int8_tensorwise with rotated inputs",
        ),
    ] {
        let mut header: serde_json::Value = serde_json::from_slice(header).unwrap();
        let mut names = header.as_object().unwrap().keys();
        let layer = names.find_map(|name| {
            name.strip_suffix(".weight")
                .filter(|name| name.ends_with("txt_in"))
        });
        let layers = format!(r#"{{"layers":{{"{}":{described}}}}}"#, layer.unwrap());
        header["__metadata__"] = serde_json::json!({"_quantization_metadata": layers});
        let header = header.to_string();
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        let file = made.path().join("transformer.safetensors");
        std::fs::write(&file, bytes).unwrap();
        let text = refused(file.to_str().unwrap(), |files, file| {
            files.transformer = file;
        });
        assert!(text.contains(said), "{text}");
    }
}

/// Without its vision half a text encoder reads prompts but no pictures.
#[test]
fn a_gguf_without_mmproj_asks_for_a_prompt() {
    let source = ModelSource::Files(SingleFiles {
        mmproj: None,
        ..gguf()
    });
    let placement = Placement::new(DeviceChoice::Cpu, Precision::F32).unwrap();
    let mut pipeline = Pipeline::load(&source, &placement, &()).unwrap();
    let image = RgbaImage::new(48, 32);
    let english = CaptionLanguage::English;
    let error = pipeline.caption(&image, english, &(), &keep_no_tensor);
    let text = error.unwrap_err().to_string();
    assert!(text.contains("prompt"), "{text}");
}
