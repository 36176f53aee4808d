//! The tiny model behind the engine: stages, previews, captions, cancelling, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use common::model;
use engine::{
    Backend, BackendChoice, DecomposeRequest, Decomposition, DeviceChoice, Diffusion, Engine,
    EngineError, EventKind, Hardware, Layers, Model, ModelCommand, ModelLayer, ModelSource,
    Precision, Progress, Rng, RunPlan, Stage,
};
use image::{Rgba, RgbaImage};
use qwen_image_layered::QwenBackend;

/// Generous: one step on a loaded computer.
const PATIENCE: Duration = Duration::from_secs(300);

fn backend() -> QwenBackend {
    QwenBackend::new(Some(model("folder")))
}

fn hardware() -> Hardware {
    Hardware {
        device: DeviceChoice::Cpu,
        precision: Precision::F32,
        ..Hardware::default()
    }
}

/// Narrow, so that the bucket stays as small as buckets get.
fn request(steps: u32) -> DecomposeRequest {
    let source = RgbaImage::from_fn(8, 8, |x, y| Rgba([x as u8 * 30, y as u8 * 30, 99, 255]));
    DecomposeRequest {
        layers: Layers::AtMost(1),
        backend: BackendChoice::Named("qwen".into()),
        rebuild: false,
        previews: true,
        hardware: hardware(),
        diffusion: Diffusion {
            steps,
            guidance: 1.0,
            rng: Rng::Cpu,
            prompt: "a square".into(),
            ..Diffusion::default()
        },
        ..DecomposeRequest::new(Arc::new(source))
    }
}

#[derive(Default)]
struct Log {
    stages: Vec<(Stage, u32, u32)>,
    previews: usize,
    caption: Option<String>,
    plan: Option<RunPlan>,
    /// Cancelled when this stage reaches this step.
    stop: Option<(Stage, u32)>,
    is_cancelled: bool,
}

/// A log that a job writes.
#[derive(Default)]
struct Shared(RefCell<Log>);

impl Progress for Shared {
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        let mut log = self.0.borrow_mut();
        log.stages.push((stage, step, steps));
        log.is_cancelled |= log
            .stop
            .is_some_and(|(at, from)| at == stage && step >= from);
    }

    fn planned(&self, plan: &RunPlan) {
        self.0.borrow_mut().plan = Some(plan.clone());
    }

    fn caption(&self, text: &str) {
        self.0.borrow_mut().caption = Some(text.to_owned());
    }

    fn preview(&self, layers: Vec<RgbaImage>) {
        assert_eq!(layers.len(), 1);
        self.0.borrow_mut().previews += 1;
    }

    fn is_cancelled(&self) -> bool {
        self.0.borrow().is_cancelled
    }
}

impl Log {
    fn has(&self, stage: Stage) -> bool {
        self.stages.iter().any(|(seen, _, _)| *seen == stage)
    }
}

fn run(
    backend: &mut QwenBackend,
    request: &DecomposeRequest,
    log: &mut Log,
) -> Result<Vec<ModelLayer>, EngineError> {
    let shared = Shared(RefCell::new(std::mem::take(log)));
    let result = backend.decompose(request, &shared);
    *log = shared.0.into_inner();
    result
}

#[test]
fn a_job_reports_its_stages_and_the_next_one_reuses_model_and_caption() {
    let mut backend = backend();
    let mut log = Log::default();
    let request = DecomposeRequest {
        diffusion: Diffusion {
            prompt: String::new(),
            ..request(2).diffusion
        },
        ..request(2)
    };
    let layers = run(&mut backend, &request, &mut log).unwrap();
    assert_eq!(layers.len(), 1);
    assert_eq!(layers[0].image.dimensions(), (640, 640));
    let mut order: Vec<Stage> = log.stages.iter().map(|(stage, _, _)| *stage).collect();
    order.dedup();
    assert_eq!(
        order,
        [
            Stage::Prepare,
            Stage::Load,
            Stage::Caption,
            Stage::Encode,
            Stage::Denoise,
            Stage::Decode
        ]
    );
    for stage in order {
        let last = log
            .stages
            .iter()
            .rfind(|(seen, _, _)| *seen == stage)
            .unwrap();
        assert_eq!(last.1, last.2, "{stage:?} ends complete");
    }
    assert_eq!(log.previews, 1);
    let caption = log.caption.clone().expect("a caption was written");

    let mut again = Log::default();
    let same = run(&mut backend, &request, &mut again).unwrap();
    assert!(!again.has(Stage::Load) && !again.has(Stage::Caption));
    assert_eq!(same[0].image, layers[0].image);
    assert_eq!(again.caption.as_ref(), Some(&caption));

    // The caption stays where the model is freed, and as a prompt gives the same layers.
    assert!(Model::status(&backend).is_loaded);
    backend.free();
    assert!(!Model::status(&backend).is_loaded);
    let mut reloaded = Log::default();
    run(&mut backend, &request, &mut reloaded).unwrap();
    assert!(reloaded.has(Stage::Load) && !reloaded.has(Stage::Caption));
    let prompted = DecomposeRequest {
        diffusion: Diffusion {
            prompt: caption,
            ..request.diffusion
        },
        ..request
    };
    let same = run(&mut backend, &prompted, &mut Log::default()).unwrap();
    assert_eq!(same[0].image, layers[0].image);
}

#[test]
fn cancelling_ends_each_stage_and_the_next_job_runs() {
    let mut backend = backend();
    for stop in [
        (Stage::Prepare, 0),
        (Stage::Load, 1),
        (Stage::Caption, 3),
        (Stage::Encode, 0),
        (Stage::Denoise, 0),
        (Stage::Denoise, 1),
        (Stage::Decode, 0),
        (Stage::Prepare, 0),
    ] {
        let mut log = Log {
            stop: Some(stop),
            ..Log::default()
        };
        let mut request = request(2);
        if stop.0 == Stage::Caption {
            request.diffusion.prompt.clear();
        }
        assert_eq!(
            run(&mut backend, &request, &mut log).unwrap_err(),
            EngineError::Cancelled,
            "{stop:?}"
        );
        assert_eq!(
            log.stages.last().unwrap().0,
            stop.0,
            "nothing begins after {stop:?}"
        );
    }
    let mut log = Log::default();
    run(&mut backend, &request(1), &mut log).unwrap();
    assert!(!log.has(Stage::Load), "cancelling frees no model");
}

/// Submits a job, cancels it at the first sign of a stage, and returns its end.
fn run_in_worker(
    engine: &Engine,
    request: DecomposeRequest,
    stop: Option<Stage>,
) -> Result<Box<Decomposition>, EngineError> {
    let events = engine.subscribe();
    let job = engine.submit(request).unwrap();
    loop {
        let event = events.recv_timeout(PATIENCE).unwrap();
        match event.kind {
            EventKind::Progress { stage, .. } if stop == Some(stage) => engine.cancel(job),
            EventKind::Finished(result) => return result,
            _ => {}
        }
    }
}

#[test]
fn the_worker_ends_a_job_in_each_stage_and_then_runs_another() {
    let engine = Engine::spawn(vec![Box::new(backend())], || {}).unwrap();
    assert!(engine.backends()[0].ready);
    for stop in [
        Stage::Prepare,
        Stage::Load,
        Stage::Caption,
        Stage::Encode,
        Stage::Denoise,
        Stage::Decode,
    ] {
        let mut request = request(2);
        if stop == Stage::Caption {
            request.diffusion.prompt.clear();
        }
        let ended = run_in_worker(&engine, request, Some(stop));
        assert_eq!(ended.unwrap_err(), EngineError::Cancelled, "{stop:?}");
    }
    let finished = run_in_worker(&engine, request(1), None).unwrap();
    assert_eq!(finished.report.resolved.backend.id, "qwen");
}

#[test]
fn commands_load_and_free_the_model_which_a_job_then_finds() {
    let engine = Engine::spawn(vec![Box::new(backend())], || {}).unwrap();
    let events = engine.subscribe();
    let is_loaded = |command| {
        let job = engine.command("qwen", command).unwrap();
        loop {
            let event = events.recv_timeout(PATIENCE).unwrap();
            if let EventKind::Model(result) = event.kind {
                assert_eq!(event.job, job);
                return result.unwrap().is_loaded;
            }
        }
    };
    assert!(is_loaded(ModelCommand::Load(Box::new(request(1)))));
    let finished = run_in_worker(&engine, request(1), None).unwrap();
    let mut stages = finished.report.stages.iter();
    assert!(!stages.any(|time| time.stage == Stage::Load));
    assert!(!is_loaded(ModelCommand::Free));
}

#[test]
fn status_says_why_not() {
    let reason = |source, hardware: &Hardware| {
        let status = Backend::status(&QwenBackend::new(source), hardware);
        assert!(!status.ready);
        status.reason
    };
    assert!(reason(None, &hardware()).contains("chosen"));
    let nowhere = Some(ModelSource::Folder("/nowhere/at/all".into()));
    assert!(reason(nowhere, &hardware()).contains("all"));
    // With and without GPUs: nobody has so many.
    let missing = Hardware {
        device: DeviceChoice::Cuda(777),
        ..hardware()
    };
    assert!(reason(Some(model("folder")), &missing).contains("cuda:777"));
    assert!(Backend::status(&backend(), &hardware()).ready);
}

#[test]
fn requests_out_of_range_are_refused_before_the_model_loads() {
    let mut backend = backend();
    for broken in [
        DecomposeRequest {
            layers: Layers::AtMost(17),
            ..request(1)
        },
        DecomposeRequest {
            diffusion: Diffusion {
                guidance: f32::NAN,
                ..request(1).diffusion
            },
            ..request(1)
        },
        DecomposeRequest {
            diffusion: Diffusion {
                prompt: "x".repeat(100_000),
                ..request(1).diffusion
            },
            ..request(1)
        },
    ] {
        let mut log = Log::default();
        let error = run(&mut backend, &broken, &mut log).unwrap_err();
        assert!(matches!(error, EngineError::InvalidRequest(_)), "{error}");
        assert!(log.stages.is_empty());
    }
}

#[test]
fn intermediate_values_are_written_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tensors.safetensors");
    let dumping = DecomposeRequest {
        dump: Some(path.clone()),
        ..request(1)
    };
    run(&mut backend(), &dumping, &mut Log::default()).unwrap();
    let tensors = candle_core::safetensors::load(&path, &candle_core::Device::Cpu).unwrap();
    for name in [
        "sigmas",
        "step.0.latents",
        "transformer.0.in",
        "transformer.0.out",
        "transformer.0.text",
    ] {
        assert!(tensors.contains_key(name), "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn devices_and_precisions_are_read_from_words() {
    assert_eq!("auto".parse(), Ok(DeviceChoice::Auto));
    assert_eq!("cpu".parse(), Ok(DeviceChoice::Cpu));
    assert_eq!("cuda:3".parse(), Ok(DeviceChoice::Cuda(3)));
    assert!("cuda:x".parse::<DeviceChoice>().is_err());
    assert_eq!("f32".parse(), Ok(Precision::F32));
    assert!(
        "f16"
            .parse::<Precision>()
            .unwrap_err()
            .contains("overflows")
    );
    for text in [
        "auto",
        "bf16",
        "fp8",
        "fp8-except:attention,mlp,text",
        "fp8-except:text",
    ] {
        assert_eq!(text.parse::<Precision>().unwrap().to_string(), text);
    }
    for text in ["fp8-except:", "fp8-except:norm", "fp8:text"] {
        assert!(text.parse::<Precision>().is_err(), "{text}");
    }
}

#[test]
fn a_job_tells_its_plan_and_one_that_cannot_fit_is_refused_before_it_loads() {
    let mut backend = backend();
    let mut log = Log::default();
    let cramped = DecomposeRequest {
        hardware: Hardware {
            vram_budget: Some(1 << 20),
            ..hardware()
        },
        ..request(1)
    };
    let refused = run(&mut backend, &cramped, &mut log).unwrap_err();
    assert!(
        matches!(refused, EngineError::OutOfMemory { .. }),
        "{refused}"
    );
    assert_eq!(log.stages, [(Stage::Prepare, 0, 1)]);
    assert_eq!(log.plan, None);

    log.stop = Some((Stage::Load, 0));
    run(&mut backend, &request(1), &mut log).unwrap_err();
    let plan = log.plan.expect("it was told");
    assert_eq!(
        (plan.precision, plan.devices),
        (Precision::F32, vec!["processor".to_owned()])
    );
    assert!(
        plan.summary
            .starts_with("f32, everything stays on the device"),
        "{}",
        plan.summary
    );
}

#[test]
fn an_estimate_tells_of_the_device_and_loads_nothing() {
    let mut backend = backend();
    let few = backend.estimate(&request(2)).unwrap();
    let many = backend.estimate(&request(50)).unwrap();
    assert!(!Model::status(&backend).is_loaded);
    assert!(few.seconds > 0.0 && many.seconds > few.seconds);
    let [device] = few.devices.as_slice() else {
        panic!("{:?}", few.devices);
    };
    assert_eq!(device.device, "processor");
    assert!(device.bytes > 0);
    // The same of a model that is there, and of a job that it is loaded for.
    run(&mut backend, &request(1), &mut Log::default()).unwrap();
    let loaded = backend.estimate(&request(2)).unwrap();
    assert_eq!(loaded.devices, few.devices);
    let too_many = DecomposeRequest {
        layers: Layers::AtMost(17),
        ..request(1)
    };
    let refused = backend.estimate(&too_many).unwrap_err();
    assert!(matches!(refused, EngineError::InvalidRequest(_)));
}
