//! `lamina plan` and `lamina bench` as a user meets them, on a computer without a GPU.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::process::{Command, Output};

use serde_json::Value;

fn lamina(arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lamina"))
        .args(arguments.split_whitespace())
        .env("LAMINA_LANGUAGE", "en")
        .output()
        .expect("lamina starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn a_plan_names_the_way_its_peak_and_its_time() {
    let plan = |arguments: &str| {
        let output = lamina(&format!("plan --card {arguments}"));
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let whole = plan("h100");
    assert!(whole.contains("bf16, everything stays on the device; at most 4"));
    let in_turns = plan("h100 --vram-budget 36");
    assert!(in_turns.contains("take turns on the device; at most 2"));
    let streams = plan("rtx-3060-12gb --precision bf16");
    assert!(streams.contains("stream through it") && streams.contains("of the computer's memory"));
    assert_eq!(plan("rtx-4090").lines().count(), 1);
    assert!(plan("all").lines().count() > 10);
}

/// The header alone says how large a model is.
#[test]
fn a_file_is_planned_by_its_header() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../engine/qwen_image_layered/tests/fixtures/split/transformer.safetensors"
    );
    let output = lamina(&format!("plan --card rtx-4090 --model {file}"));
    let plan = text(&output.stdout);
    assert!(
        plan.contains("the text encoder") || plan.contains("everything"),
        "{plan}"
    );
    let published = text(&lamina("plan --card rtx-4090").stdout);
    assert_ne!(plan, published);
    let output = lamina("plan --card rtx-4090 --model nowhere.gguf");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("nowhere.gguf does not exist"));
}

#[test]
fn a_plan_that_cannot_be_says_what_would_fit() {
    let output = lamina("plan --card rtx-4090 --precision bf16 --offload none");
    let plan = text(&output.stdout);
    assert!(plan.contains("GiB free and this job needs 4"), "{plan}");
    let output = lamina("plan --card rtx-4090 --layers 17");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    let error = text(&output.stderr);
    assert!(error.contains("makes at most 16"), "{error}");
    // No processor's memory is taken for a GPU's.
    let output = lamina("plan --vram-budget 24");
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.contains("no GPU here") && error.contains("--card"),
        "{error}"
    );
    assert!(error.contains("computer has"), "{error}");
}

#[test]
fn a_profile_that_cannot_be_is_refused_before_anything_runs() {
    let output = lamina("bench --tiny --device cpu --blocks 1 --profile");
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("needs an NVIDIA GPU"), "{error}");
}

#[test]
fn a_bench_of_a_tiny_model_measures_every_stage() {
    let output = lamina(
        "bench --tiny --device cpu --blocks 2 --layers 1 --steps 2 --caption-tokens 3 --offload component --jobs 1 --step-cache 1 --json",
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let figures: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(figures["image_tokens"], 3 * 1600);
    assert_eq!(figures["text_tokens"], 256);
    for stage in [
        "until_load_ms",
        "load_ms",
        "caption_first_token_ms",
        "caption_token_ms",
        "encode_prompts_ms",
        "encode_picture_ms",
        "prepare_ms",
        "forward_ms",
        "step_ms",
        "decode_ms",
        "rebuild_ms",
        "whole_job_ms",
        "tflop_per_second",
    ] {
        assert!(
            figures[stage].as_f64().expect(stage) > 0.0,
            "{stage}: {figures}"
        );
    }
    let whole = figures["whole_job_ms"].as_f64().expect("a number");
    let parts = ["step_ms", "decode_ms", "rebuild_ms"].map(|part| figures[part].as_f64());
    assert!(whole > parts.into_iter().flatten().sum(), "{figures}");
    assert_eq!(figures["jobs"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        figures["step_cache"]["skipped_steps"],
        serde_json::json!([1, 1])
    );
    assert!(figures["step_cache"]["latents_difference"].as_f64() > Some(0.0));
    let cancelled = figures["cancelled"]["ms"].as_f64();
    assert!(cancelled.expect("in time") < whole);
}
