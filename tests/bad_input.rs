//! What cannot be decomposed, and how `lamina decompose` says so.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::ImageFormat;
use support::{
    assert_one_sentence, decompose, files_below, folder, picture, png_bytes, stderr, write_picture,
};

#[test]
fn bad_input_is_refused_in_one_sentence_with_code_2_and_leaves_nothing() {
    let dir = folder();
    let good = png_bytes(&picture(64, 64));
    let mut bomb = good.clone();
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]); // 65536 × 65536, the checksum now wrong as well
    let noise: Vec<u8> = (0..4096_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let cases: [(&str, Option<&[u8]>); 5] = [
        ("missing.png", None),
        ("empty.png", Some(&[])),
        ("truncated.png", Some(&good[..good.len() / 2])),
        ("random.png", Some(&noise)),
        ("bomb.png", Some(&bomb)),
    ];
    for (name, bytes) in cases {
        let input = dir.path().join(name);
        if let Some(bytes) = bytes {
            fs::write(&input, bytes).expect("written");
        }
        let out = dir.path().join("out");
        let result = decompose(&[&input], &out, &[]);
        assert_eq!(result.status.code(), Some(2), "{name}: {}", stderr(&result));
        assert_one_sentence(&stderr(&result));
        assert!(stderr(&result).contains(name));
        assert_eq!(files_below(&out), BTreeSet::new(), "{name}");
    }
    let result = decompose(&[dir.path()], &dir.path().join("out"), &[]);
    assert_eq!(
        result.status.code(),
        Some(2),
        "a folder: {}",
        stderr(&result)
    );
}

#[test]
fn settings_that_cannot_be_are_refused_in_one_sentence_with_code_2() {
    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 32, 32);
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).expect("made");
    let empty = empty.to_str().expect("UTF-8");
    let file = input.to_str().expect("UTF-8");
    let long = "word ".repeat(20_000);
    // The options, and what the sentence tells to do or names.
    let cases: &[(&[&str], &str)] = &[
        (&["--layers", "0"], "1 to 64"),
        (&["--layers", "65"], "1 to 64"),
        (&["--layers", "few"], "auto or a whole number"),
        (&["--layers", "-2"], "whole number"),
        (&["--resolution", "700"], "640, 1024"),
        (&["--steps", "-5"], "whole number"),
        (&["--steps", "0"], "1 to 1000"),
        (&["--steps", "1001"], "1 to 1000"),
        (&["--guidance", "NaN"], "0 to 100"),
        (&["--guidance", "-1"], "0 to 100"),
        (&["--guidance", "inf"], "0 to 100"),
        (&["--guidance", "much"], "number"),
        (&["--step-cache", "0"], "at most 1"),
        (&["--step-cache", "1.5"], "at most 1"),
        (&["--step-cache", "much"], "number"),
        (&["--prompt", &long], "20000"),
        (&["--negative-prompt", &long], "20000"),
        (&["--caption-language", "fr"], "en, zh"),
        (&["--seed", "-1"], "whole number"),
        (&["--rng", "dice"], "cuda, cpu"),
        (&["--rng-gpu", "abacus"], "h100"),
        (&["--precision", "f16"], "overflows"),
        (&["--precision", "int8"], "bf16"),
        (&["--device", "tpu"], "cpu or cuda:N"),
        (&["--device", "cuda:77"], "cuda:77"),
        (&["--gpus", "some"], "balanced or numbers"),
        (&["--gpus", "1,1"], "twice"),
        (&["--gpus", "0,77"], "cuda:"),
        (&["--gpus", "0,1", "--device", "cpu"], "--device"),
        (&["--gpus", "0,1", "--spread", "wide"], "guidance, sequence"),
        (&["--spread", "sequence"], "--gpus"),
        (&["--backend", "nonesuch"], "qwen, quick"),
        (&["--backend", "qwen"], "--model"),
        (&["--raw"], "--model"),
        (&["--model", empty], "transformer"),
        (&["--backend", "qwen", "--model", empty], "transformer"),
        (&["--model", "nowhere"], "nowhere"),
        (&["--model", file], "not a folder"),
        (&["--model", empty, "--transformer", file], "--transformer"),
        (&["--transformer", file, "--vae", file], "--text-encoder"),
        (&["--tokenizer", empty], "--transformer"),
        (&["--comfyui", empty], "diffusion_models"),
        (&["--comfyui", empty, "--model", empty], "--comfyui"),
        (&["--lora", "x.safetensors:99"], "-10 to 10"),
        (&["--raw", "--backend", "quick"], "--raw"),
        (&["--raw", "--keep-original"], "--keep-original"),
        (&["--dump-tensors"], "--raw"),
        (
            &["--no-negative-prompt", "--negative-prompt", "dull"],
            "--negative-prompt",
        ),
        (&["--laeyrs", "4"], "--help"),
    ];
    let out = dir.path().join("out");
    for (options, hint) in cases {
        let result = decompose(&[&input], &out, options);
        let said = stderr(&result);
        let shown: Vec<_> = options
            .iter()
            .map(|option| &option[..option.len().min(40)])
            .collect();
        assert_eq!(result.status.code(), Some(2), "{shown:?}: {said}");
        assert_one_sentence(&said);
        assert!(said.contains(hint), "{shown:?} says {hint:?}: {said}");
        assert!(said.len() < 400, "{shown:?}: {said}");
        assert_eq!(files_below(&out), BTreeSet::new(), "{shown:?}");
    }
}

/// A small deterministic generator, so that a failure can be repeated.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn two_thousand_mutated_pictures_end_in_a_whole_result_or_a_sentence() {
    let dir = folder();
    let image = picture(24, 18);
    let rgb = image::DynamicImage::ImageRgba8(image).to_rgb8();
    let formats = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Bmp,
        ImageFormat::Gif,
        ImageFormat::Tiff,
        ImageFormat::WebP,
    ];
    let mut random = Lcg(7);
    let mut inputs = Vec::new();
    for index in 0..2000 {
        let mut bytes = Cursor::new(Vec::new());
        rgb.write_to(&mut bytes, formats[index % formats.len()])
            .expect("encodes");
        let mut bytes = bytes.into_inner();
        if random.below(3) == 0 {
            bytes.truncate(random.below(bytes.len()));
        } else {
            for _ in 0..=random.below(8) {
                let at = random.below(bytes.len());
                bytes[at] = random.below(256) as u8;
            }
        }
        let path = dir.path().join(format!("m{index}.bin"));
        fs::write(&path, bytes).expect("written");
        inputs.push(path);
    }
    let out = dir.path().join("out");
    let mut good = 0;
    for batch in inputs.chunks(500) {
        let batch: Vec<&Path> = batch.iter().map(PathBuf::as_path).collect();
        let result = decompose(&batch, &out, &[]);
        assert!(
            matches!(result.status.code(), Some(0 | 2)),
            "{:?}: {}",
            result.status,
            stderr(&result)
        );
        assert!(!stderr(&result).contains("panicked"), "{}", stderr(&result));
        good += String::from_utf8_lossy(&result.stdout).lines().count();
        assert_eq!(
            result.stdout.split(|b| *b == b'\n').count() - 1 + stderr(&result).lines().count(),
            batch.len()
        );
    }
    let reports = files_below(&out)
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .count();
    let psds = files_below(&out)
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "psd"))
        .count();
    assert_eq!((reports, psds), (good, good), "each result is whole");
    assert!(
        good > 50 && good < 1950,
        "the mutations reach both sides: {good}"
    );
    assert!(
        files_below(&out)
            .iter()
            .all(|path| !path.display().to_string().contains("/.lamina-"))
    );
}
