//! Requests and reports as they are written down: read back they are the same, and the committed file of each stays readable.
//! What is out of range is refused.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{boxed, request};
use engine::{
    BackendChoice, BackendId, CancelToken, CaptionLanguage, DecomposeRequest, DeviceChoice,
    Diffusion, EngineError, Except, FakeBackend, Forecast, Gpus, Hardware, Layers, Lora,
    OffloadChoice, Precision, RecompositionError, Report, Resolution, Resolved, Rng, RngGpu,
    RunPlan, SpreadChoice, Stage, StageTime, Tiling, run,
};
use image::RgbaImage;
use proptest::prelude::*;
use serde_json::Value;

/// Nothing in it is a default.
fn report() -> Report {
    let diffusion = Diffusion {
        resolution: Resolution::R1024,
        steps: 30,
        guidance: 2.5,
        normalize: false,
        step_cache: Some(0.125),
        prompt: "A poster".into(),
        negative_prompt: None,
        caption_language: CaptionLanguage::Chinese,
        loras: vec![Lora {
            file: "bright.safetensors".into(),
            strength: 0.5,
        }],
        rng: Rng::Cpu,
        rng_gpu: RngGpu::Rtx4090,
    };
    let hardware = Hardware {
        device: DeviceChoice::Cuda(1),
        gpus: Gpus::Named(vec![0, 1]),
        spread: SpreadChoice::Guidance,
        precision: Precision::Fp8(Except {
            attention: true,
            sdpa: true,
            mlp: false,
            text: true,
        }),
        offload: OffloadChoice::Component,
        tiling: Tiling::On,
        vram_budget: Some(16 << 30),
        retry: true,
    };
    Report {
        request: DecomposeRequest {
            backend: BackendChoice::Named("qwen".into()),
            layers: Layers::AtMost(6),
            seed: 4,
            rebuild: false,
            diffusion,
            hardware,
            ..DecomposeRequest::new(Arc::default())
        },
        resolved: Resolved {
            backend: BackendId::new("qwen", "Qwen-Image-Layered"),
            reason: "Chosen by name.".into(),
            plan: Some(RunPlan {
                devices: vec!["cuda:0".into(), "cuda:1".into()],
                precision: Precision::FP8,
                offload: "component".into(),
                offload_way: OffloadChoice::Component,
                spread: "the two prompts on two GPUs".into(),
                tiling: Tiling::On,
                forecast: Forecast {
                    seconds: 12.5,
                    device_bytes: 1 << 34,
                    host_bytes: 0,
                },
                summary: "fp8; at most 16.0 GiB, about 13 s".into(),
            }),
            caption: Some("A red square.".into()),
        },
        stages: vec![StageTime {
            stage: Stage::Denoise,
            seconds: 11.25,
            memory: Vec::new(),
        }],
        skipped_steps: Some(vec![3, 4]),
        notes: vec!["The machine hummed.".into()],
        recomposition: Some(RecompositionError {
            mean: 0.5,
            p999: 2.0,
        }),
    }
}

/// The committed file; with LAMINA_GOLDENS=write it is made anew.
fn golden(name: &str, now: &Value) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/goldens")
        .join(name);
    if std::env::var_os("LAMINA_GOLDENS").is_some_and(|how| how == "write") {
        let text = serde_json::to_string_pretty(now).unwrap() + "\n";
        std::fs::write(&path, text).unwrap();
    }
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_committed_report_is_what_is_written_today_and_reads_back() {
    let now = serde_json::to_value(report()).unwrap();
    let golden = golden("report.json", &now);
    assert_eq!(golden, now);
    let read: Report = serde_json::from_value(golden).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), now);
    assert_eq!(read.resolved, report().resolved);
    assert_eq!(read.request.hardware, report().request.hardware);
    assert_eq!(read.request.diffusion, report().request.diffusion);
}

#[test]
fn what_is_misspelt_is_refused_and_says_what_there_is() {
    let mut json = serde_json::to_value(report().request).unwrap();
    json["hardware"]["offload"] = "blocks".into();
    let error = serde_json::from_value::<DecomposeRequest>(json).unwrap_err();
    let expected = "\"blocks\" is no way to offload; choose auto, none, component or block";
    assert!(error.to_string().contains(expected), "{error}");
    let mut json = serde_json::to_value(report().request).unwrap();
    json["diffusion"]["step"] = 4.into();
    assert!(serde_json::from_value::<DecomposeRequest>(json).is_err());
}

fn hardware() -> impl Strategy<Value = Hardware> {
    let device = prop_oneof![
        Just(DeviceChoice::Auto),
        Just(DeviceChoice::Cpu),
        (0usize..9).prop_map(DeviceChoice::Cuda)
    ];
    let gpus = prop_oneof![
        Just(Gpus::One),
        Just(Gpus::Balanced),
        prop::collection::btree_set(0usize..9, 1..5)
            .prop_map(|numbers| Gpus::Named(numbers.into_iter().collect()))
    ];
    let precision = prop_oneof![
        Just(Precision::Auto),
        Just(Precision::Bf16),
        Just(Precision::F32),
        any::<[bool; 4]>().prop_map(|[attention, sdpa, mlp, text]| Precision::Fp8(Except {
            attention,
            sdpa,
            mlp,
            text
        }))
    ];
    let spread = prop::sample::select(SpreadChoice::WORDS).prop_map(|word| word.parse().unwrap());
    let offload = prop::sample::select(OffloadChoice::WORDS).prop_map(|word| word.parse().unwrap());
    let tiling = prop::sample::select(Tiling::WORDS).prop_map(|word| word.parse().unwrap());
    let rest = (prop::option::of(any::<u64>()), any::<bool>());
    (device, gpus, spread, precision, offload, tiling, rest).prop_map(
        |(device, gpus, spread, precision, offload, tiling, (vram_budget, retry))| Hardware {
            device,
            gpus,
            spread,
            precision,
            offload,
            tiling,
            vram_budget,
            retry,
        },
    )
}

#[test]
fn a_lora_reads_as_it_is_written() {
    for (text, file, strength) in [
        ("a.safetensors", "a.safetensors", 1.0),
        ("a.safetensors:0.8", "a.safetensors", 0.8),
        ("a.safetensors:-1", "a.safetensors", -1.0),
        (r"C:\loras\a.safetensors", r"C:\loras\a.safetensors", 1.0),
        ("a:b", "a:b", 1.0),
    ] {
        let lora: Lora = text.parse().unwrap();
        assert_eq!((lora.file.to_str(), lora.strength), (Some(file), strength));
        assert_eq!(lora.to_string().parse(), Ok(lora));
    }
    assert!(
        ":0.5"
            .parse::<Lora>()
            .unwrap_err()
            .contains("names no file")
    );
    let mut request = DecomposeRequest::new(Arc::new(RgbaImage::new(1, 1)));
    for strength in [f32::NAN, 11.0, -11.0] {
        request.diffusion.loras = vec![Lora {
            file: "a".into(),
            strength,
        }];
        assert!(request.validate().is_err(), "{strength}");
    }
}

proptest! {
    #[test]
    fn any_hardware_reads_back_as_it_was_written(hardware in hardware()) {
        let text = serde_json::to_string(&hardware).unwrap();
        prop_assert_eq!(serde_json::from_str::<Hardware>(&text).unwrap(), hardware);
    }
}

fn diffusing(diffusion: Diffusion) -> DecomposeRequest {
    DecomposeRequest {
        diffusion,
        ..request()
    }
}

fn with_step_cache(threshold: f32) -> DecomposeRequest {
    diffusing(Diffusion {
        step_cache: Some(threshold),
        ..Diffusion::default()
    })
}

#[test]
fn requests_out_of_range_are_refused_in_one_sentence() {
    let refused = [
        DecomposeRequest::new(Arc::new(RgbaImage::new(0, 4))),
        DecomposeRequest {
            layers: Layers::AtMost(0),
            ..request()
        },
        DecomposeRequest {
            layers: Layers::AtMost(65),
            ..request()
        },
        diffusing(Diffusion {
            steps: 0,
            ..Diffusion::default()
        }),
        diffusing(Diffusion {
            steps: 1001,
            ..Diffusion::default()
        }),
        diffusing(Diffusion {
            guidance: -0.5,
            ..Diffusion::default()
        }),
        diffusing(Diffusion {
            guidance: f32::NAN,
            ..Diffusion::default()
        }),
        diffusing(Diffusion {
            guidance: f32::INFINITY,
            ..Diffusion::default()
        }),
        with_step_cache(0.0),
        with_step_cache(-0.1),
        with_step_cache(1.01),
        with_step_cache(f32::NAN),
        diffusing(Diffusion {
            prompt: "字".repeat(20_001),
            ..Diffusion::default()
        }),
        diffusing(Diffusion {
            negative_prompt: Some("x".repeat(20_001)),
            ..Diffusion::default()
        }),
    ];
    for request in refused {
        assert!(
            matches!(request.validate(), Err(EngineError::InvalidRequest(_))),
            "{request:?}"
        );
        assert!(matches!(
            run(
                &mut boxed(FakeBackend::new()),
                &request,
                &mut |_| {},
                &CancelToken::default()
            ),
            Err(EngineError::InvalidRequest(_))
        ));
    }
    let accepted = DecomposeRequest {
        layers: Layers::AtMost(64),
        diffusion: Diffusion {
            step_cache: Some(1.0),
            steps: 1000,
            guidance: 0.0,
            prompt: "字".repeat(20_000),
            ..request().diffusion
        },
        ..request()
    };
    assert_eq!(accepted.validate(), Ok(()));
}
