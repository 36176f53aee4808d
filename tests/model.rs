//! `lamina decompose` with the committed tiny Qwen-Image-Layered models, which engine/qwen_image_layered/tests/fixtures/make.py
//! made and ran through diffusers.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use image::RgbaImage;
use serde_json::Value;
use support::{
    assert_one_sentence, decompose, files_below, folder, interrupt, lamina, report, stderr,
    write_picture,
};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/qwen_image_layered/tests/fixtures")
}

/// With the model, its processor and torch's CPU noise; `options` divided by spaces.
fn decompose_with(model: &Path, inputs: &[&Path], out: &Path, options: &str) -> Output {
    let model = model.to_str().expect("UTF-8");
    let fixed = [
        "--backend",
        "qwen",
        "--model",
        model,
        "--device",
        "cpu",
        "--rng",
        "cpu",
    ];
    let options: Vec<_> = fixed
        .into_iter()
        .chain(options.split_whitespace())
        .collect();
    decompose(inputs, out, &options)
}

/// The least that the model can be asked for.
const SHORT: &str = "--layers 1 --steps 1 --guidance 1 --prompt square";

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let name = |path: PathBuf| Some(path.strip_prefix(folder).ok()?.to_str()?.to_owned());
    files_below(folder).into_iter().filter_map(name).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn rgba(path: &Path) -> RgbaImage {
    image::open(path).expect("it opens").to_rgba8()
}

fn stages(report: &Value) -> Vec<&str> {
    let stages = report["stages"].as_array().expect("stages");
    stages
        .iter()
        .filter_map(|stage| stage["stage"].as_str())
        .collect()
}

#[test]
fn raw_layers_and_the_caption_are_those_of_diffusers() {
    let case = fixtures().join("cases/bucket");
    let settings = report(&case.join("case.json"));
    let dir = folder();
    let out = dir.path().join("out");
    let options = format!(
        "--precision f32 --raw --layers {} --steps {} --guidance {} --seed {}",
        settings["layers"], settings["steps"], settings["cfg"], settings["seed"]
    );
    let input = case.join("input.png");
    let result = decompose_with(&fixtures().join("folder"), &[&input], &out, &options);
    assert!(result.status.success(), "{}", stderr(&result));
    assert_eq!(
        names(&out),
        set(&["layer_0.png", "layer_1.png", "report.json"])
    );
    for file in ["layer_0.png", "layer_1.png"] {
        // The case keeps every fourth pixel.
        let (found, expected) = (rgba(&out.join(file)), rgba(&case.join(file)));
        assert_eq!(found.dimensions(), (736, 544));
        assert_eq!(expected.dimensions(), (736 / 4, 544 / 4));
        for (x, y, pixel) in expected.enumerate_pixels() {
            let found = found.get_pixel(4 * x, 4 * y);
            let near = pixel.0.iter().zip(found.0).all(|(a, b)| a.abs_diff(b) <= 1);
            assert!(near, "{file} at {x}, {y}: {found:?} for {pixel:?}");
        }
    }
    let report = report(&out.join("report.json"));
    assert_eq!(report["resolved"]["caption"], settings["caption"]);
    assert_eq!(report["resolved"]["backend"]["id"], "qwen");
    assert_eq!(
        stages(&report),
        ["prepare", "load", "caption", "encode", "denoise", "decode"]
    );
    let caption = settings["caption"].as_str().expect("a caption");
    assert!(stdout(&result).contains(&format!("{caption:?}")));
}

#[test]
fn a_dump_has_the_reference_s_names_and_the_next_run_removes_what_it_does_not_write() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 64, 64);
    let out = dir.path().join("out");
    let model = fixtures().join("folder");
    let options = "--raw --dump-tensors --layers 2 --steps 2 --prompt square --no-negative-prompt";
    let result = decompose_with(&model, &[&input], &out, options);
    assert!(result.status.success(), "{}", stderr(&result));

    let tensors = fs::read(out.join("tensors.safetensors")).expect("dumped");
    let length = u64::from_le_bytes(tensors[..8].try_into().expect("8 bytes")) as usize;
    let header: BTreeMap<String, Value> =
        serde_json::from_slice(&tensors[8..8 + length]).expect("a safetensors header");
    for name in ["sigmas", "step.0.latents", "step.1.latents"] {
        assert!(header.contains_key(name), "{name}: {:?}", header.keys());
    }
    for call in 0..2 {
        for part in ["in", "out", "text"] {
            assert!(header.contains_key(&format!("transformer.{call}.{part}")));
        }
    }
    assert!(!header.contains_key("transformer.2.in"), "one call a step");
    // Two layers and the composite, at 640 × 640 in tokens of 16 × 16.
    assert_eq!(
        header["step.1.latents"]["shape"],
        serde_json::json!([1, 3 * 40 * 40, 64])
    );

    fs::write(out.join("notes.txt"), "mine").expect("a file of the user's");
    let result = decompose_with(&model, &[&input], &out, &format!("--raw {SHORT}"));
    assert!(result.status.success(), "{}", stderr(&result));
    assert_eq!(
        names(&out),
        set(&["layer_0.png", "notes.txt", "report.json"])
    );
}

#[test]
fn single_files_work_and_several_pictures_get_folders_of_their_own() {
    let dir = folder();
    let inputs = ["a", "b"].map(|sub| {
        fs::create_dir(dir.path().join(sub)).expect("a folder");
        let path = dir.path().join(sub).join("poster.png");
        write_picture(&path, 32, 32);
        path
    });
    let split = fixtures().join("split");
    let file = |name: &str| split.join(name).to_str().expect("UTF-8").to_owned();
    let (transformer, vae) = (file("transformer.safetensors"), file("vae.safetensors"));
    let (text, tokenizer) = (file("text_encoder.safetensors"), file("tokenizer"));
    let mut options = vec!["--raw", "--device", "cpu", "--transformer", &transformer];
    options.extend([
        "--vae",
        &vae,
        "--text-encoder",
        &text,
        "--tokenizer",
        &tokenizer,
    ]);
    options.extend(SHORT.split_whitespace());
    let out = dir.path().join("out");
    let result = decompose(&[&inputs[0], &inputs[1]], &out, &options);
    assert!(result.status.success(), "{}", stderr(&result));
    assert_eq!(
        names(&out),
        set(&[
            "poster/layer_0.png",
            "poster/report.json",
            "poster-2/layer_0.png",
            "poster-2/report.json"
        ])
    );
    let second = report(&out.join("poster-2/report.json"));
    assert!(!stages(&second).contains(&"load"), "the model stays loaded");
    assert_eq!(second["caption"], Value::Null);
}

/// ComfyUI's folders with its own tokenizer, a LoRA that the report keeps, and the same job once more from there.
#[test]
fn a_comfyui_folder_works_and_loras_stand_in_the_report() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 32, 32);
    let comfyui = dir.path().join("ComfyUI");
    let split = fixtures().join("split");
    for (from, to) in [
        (
            "transformer.safetensors",
            "models/diffusion_models/layered.safetensors",
        ),
        ("vae.safetensors", "models/vae/layered/vae.safetensors"),
        ("text_encoder.safetensors", "models/clip/qwen.safetensors"),
        (
            "tokenizer/vocab.json",
            "comfy/text_encoders/qwen25_tokenizer/vocab.json",
        ),
        (
            "tokenizer/merges.txt",
            "comfy/text_encoders/qwen25_tokenizer/merges.txt",
        ),
    ] {
        let to = comfyui.join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(split.join(from), to).expect("copied");
    }
    let run = |out: &str, options: &[&str]| {
        let out = dir.path().join(out);
        let mut all = vec!["--raw", "--device", "cpu"];
        all.extend(SHORT.split_whitespace());
        all.extend(options);
        let result = decompose(&[&input], &out, &all);
        assert!(result.status.success(), "{}", stderr(&result));
        (
            fs::read(out.join("layer_0.png")).expect("a layer"),
            report(&out.join("report.json")),
        )
    };
    let comfyui = comfyui.to_str().expect("UTF-8");
    let (plain, _) = run("plain", &["--comfyui", comfyui]);
    let lora = dir.path().join("bright.safetensors");
    write_lora(&lora);
    let lora = lora.to_str().expect("UTF-8");
    let with_lora = format!("{lora}:0.5");
    let (changed, told) = run("lora", &["--comfyui", comfyui, "--lora", &with_lora]);
    assert!(plain != changed);
    assert_eq!(told["request"]["diffusion"]["loras"][0]["file"], lora);
    assert_eq!(told["request"]["diffusion"]["loras"][0]["strength"], 0.5);
    let nothing = format!("{lora}:0");
    assert!(plain == run("nothing", &["--comfyui", comfyui, "--lora", &nothing]).0);

    let other = format!("{comfyui}/models/diffusion_models/other.safetensors");
    fs::copy(split.join("transformer.safetensors"), &other).expect("copied");
    let out = dir.path().join("two");
    let result = decompose(&[&input], &out, &["--raw", "--comfyui", comfyui]);
    let said = stderr(&result);
    assert_one_sentence(&said);
    assert!(
        said.contains("more than one transformer") && said.contains("--transformer"),
        "{said}"
    );
    let named = run("named", &["--comfyui", comfyui, "--transformer", &other]);
    assert!(plain == named.0);
}

/// Of ones, for the layer into the stream.
fn write_lora(path: &Path) {
    let header = r#"{"img_in.lora_down.weight":{"dtype":"F32","shape":[1,64],"data_offsets":[0,256]},"img_in.lora_up.weight":{"dtype":"F32","shape":[32,1],"data_offsets":[256,384]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend([0.5f32; 96].iter().flat_map(|number| number.to_le_bytes()));
    fs::write(path, bytes).expect("written");
}

/// The choice of `--backend auto`, and the PSD with rebuilt layers.
#[test]
fn auto_takes_the_model_that_the_environment_names() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 60, 40);
    let out = dir.path().join("out");
    let run = |model: Option<PathBuf>| {
        let mut command = lamina();
        command
            .arg("decompose")
            .arg(&input)
            .arg("-o")
            .arg(&out)
            .args(SHORT.split_whitespace());
        if let Some(model) = model {
            command.env("LAMINA_MODEL", model);
        }
        let result = command.output().expect("lamina starts");
        assert!(result.status.success(), "{}", stderr(&result));
        (stdout(&result), report(&out.join("poster.json")))
    };
    let (said, report) = run(Some(fixtures().join("folder")));
    assert_eq!(report["resolved"]["backend"]["id"], "qwen");
    assert!(said.contains("Qwen-Image-Layered"), "{said}");
    assert_eq!(report["request"]["diffusion"]["steps"], 1);
    assert_eq!(
        stages(&report),
        ["prepare", "load", "encode", "denoise", "decode", "rebuild"]
    );
    assert_eq!(report["width"], 60);
    assert!(out.join("poster.psd").exists());
    assert_eq!(report["layers"].as_array().map(Vec::len), Some(1));

    // Not usable, or not there: quick, with the reason.
    let (said, report) = run(Some(dir.path().join("gone")));
    assert_eq!(report["resolved"]["backend"]["id"], "quick");
    assert!(said.contains("gone is not a folder"), "{said}");
    let (said, report) = run(None);
    assert_eq!(report["resolved"]["backend"]["id"], "quick");
    assert!(said.contains("no model is chosen"), "{said}");
    assert!(
        report["resolved"]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("no model is chosen"))
    );
}

#[test]
fn an_interrupted_model_leaves_nothing() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 64, 64);
    let out = dir.path().join("out");
    // Into loading at once, and into what comes after it.
    for delay in [Duration::ZERO, Duration::from_secs(2)] {
        let mut child = lamina()
            .args([
                "decompose",
                "--raw",
                "--dump-tensors",
                "--steps",
                "1000",
                "--model",
            ])
            .arg(fixtures().join("folder"))
            .arg(&input)
            .arg("-o")
            .arg(&out)
            .spawn()
            .expect("starts");
        while !out.exists() {
            std::thread::sleep(Duration::from_millis(2));
            assert!(child.try_wait().expect("waits").is_none(), "still at work");
        }
        std::thread::sleep(delay);
        interrupt(&child);
        assert_eq!(child.wait().expect("ends").code(), Some(130));
        assert_eq!(files_below(&out), BTreeSet::new());
        fs::remove_dir_all(&out).expect("only the folder is left");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// Changes one setting of a configuration.
fn configure(file: &Path, path: &[&str], value: u64) {
    let mut config = report(file);
    let mut place = &mut config;
    for name in path {
        place = &mut place[*name];
    }
    assert!(place.is_number(), "{path:?} is there");
    *place = value.into();
    fs::write(file, config.to_string()).expect("written");
}

#[test]
fn a_broken_model_is_refused_in_one_sentence_with_code_2() {
    const SHARD: &str = "transformer/diffusion_pytorch_model-00002-of-00003.safetensors";
    const VAE: &str = "vae/diffusion_pytorch_model.safetensors";
    const HUGE: u64 = 1 << 40;
    type Break = fn(&Path);
    // What is broken, how, and the file that the sentence names.
    let cases: [(&str, Break, &str); 8] = [
        (
            "a missing shard",
            |model| fs::remove_file(model.join(SHARD)).expect("removed"),
            "00002-of-00003",
        ),
        (
            "a truncated file",
            |model| {
                let bytes = fs::read(model.join(VAE)).expect("read");
                fs::write(model.join(VAE), &bytes[..bytes.len() / 2]).expect("written");
            },
            VAE,
        ),
        (
            "a damaged header",
            |model| {
                let mut bytes = fs::read(model.join(SHARD)).expect("read");
                bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
                fs::write(model.join(SHARD), bytes).expect("written");
            },
            SHARD,
        ),
        (
            "a pointer in place of weights",
            |model| {
                let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
                fs::write(model.join(VAE), pointer).expect("written");
            },
            "git lfs pull",
        ),
        (
            "a tensor of terabytes in the transformer",
            |model| {
                let config = model.join("transformer/config.json");
                configure(&config, &["num_attention_heads"], HUGE);
            },
            "transformer",
        ),
        (
            "a tensor of terabytes in the text encoder",
            |model| {
                let config = model.join("text_encoder/config.json");
                configure(&config, &["text_config", "vocab_size"], HUGE);
            },
            "text_encoder",
        ),
        (
            "more blocks than there are",
            |model| {
                let config = model.join("transformer/config.json");
                configure(&config, &["num_layers"], HUGE);
            },
            "transformer",
        ),
        (
            "a tokenizer that is none",
            |model| fs::write(model.join("tokenizer/tokenizer.json"), "{}").expect("written"),
            "tokenizer",
        ),
    ];
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 32, 32);
    for (index, (what, spoil, named)) in cases.into_iter().enumerate() {
        let model = dir.path().join(format!("model-{index}"));
        copy_folder(&fixtures().join("folder"), &model);
        spoil(&model);
        let out = dir.path().join("out");
        let result = decompose_with(&model, &[&input], &out, SHORT);
        let said = stderr(&result);
        assert_eq!(result.status.code(), Some(2), "{what}: {said}");
        assert_one_sentence(&said);
        assert!(said.contains(named), "{what}: {said}");
        assert_eq!(files_below(&out), BTreeSet::new(), "{what}");
    }
}
