//! Events and errors as text: each kind reads back as it was written, but for pixels.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use common::{boxed, picture, request};
use engine::{
    BackendId, BackendStatus, CancelToken, Controls, Decomposition, DeviceEstimate, EngineError,
    Estimate, Event, EventKind, FakeBackend, Forecast, JobId, ModelSource, ModelStatus,
    OffloadChoice, Precision, RunPlan, Stage, Tiling, Versioned, run,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One of each kind of error, each after the last. A new kind does not compile until it has its place here.
fn next_error(last: Option<&EngineError>, text: &str) -> Option<EngineError> {
    use EngineError as E;
    let text = || text.to_owned();
    Some(match last {
        None => E::Cancelled,
        Some(E::Cancelled) => E::InvalidRequest(text()),
        Some(E::InvalidRequest(_)) => E::UnknownBackend {
            asked: text(),
            known: text(),
        },
        Some(E::UnknownBackend { .. }) => E::Unavailable {
            backend: text(),
            reason: text(),
        },
        Some(E::Unavailable { .. }) => E::UnusableModel(text()),
        Some(E::UnusableModel(_)) => E::NoBackend(text()),
        Some(E::NoBackend(_)) => E::OutOfMemory {
            what: text(),
            advice: text(),
        },
        Some(E::OutOfMemory { .. }) => E::Backend(text()),
        Some(E::Backend(_)) => E::EngineGone,
        Some(E::EngineGone) => E::QueueFull,
        Some(E::QueueFull) => return None,
    })
}

/// The same of events; both ends of a job and of a command are there.
fn next_event(last: Option<&EventKind>, text: &str) -> Option<EventKind> {
    use EventKind as E;
    let error = || EngineError::Backend(text.to_owned());
    Some(match last {
        None => E::Started(Box::new(BackendStatus {
            backend: BackendId::new("fake", "Fake"),
            ready: true,
            reason: text.to_owned(),
            controls: Controls::of_diffusion(16, 4),
            model: Some(model(text)),
        })),
        Some(E::Started(_)) => E::Planned(plan(text)),
        Some(E::Planned(_)) => E::Caption(text.to_owned()),
        Some(E::Caption(_)) => E::Progress {
            stage: Stage::Denoise,
            step: 3,
            steps: 50,
            elapsed: Duration::from_nanos(12_345_678_901),
            left: Some(Duration::from_millis(1)),
        },
        Some(E::Progress { .. }) => E::Note(text.to_owned()),
        Some(E::Note(_)) => E::Preview {
            layers: Arc::default(),
        },
        Some(E::Preview { .. }) => E::Finished(Ok(Box::new(without_pixels()))),
        Some(E::Finished(Ok(_))) => E::Finished(Err(error())),
        Some(E::Finished(Err(_))) => E::Model(Ok(model(text))),
        Some(E::Model(Ok(_))) => E::Model(Err(error())),
        Some(E::Model(Err(_))) => E::Estimated(Ok(Estimate {
            seconds: 0.1,
            devices: vec![DeviceEstimate {
                device: text.to_owned(),
                bytes: u64::MAX,
            }],
            host_bytes: 1,
        })),
        Some(E::Estimated(Ok(_))) => E::Estimated(Err(error())),
        Some(E::Estimated(Err(_))) => E::Joined,
        Some(E::Joined) => return None,
    })
}

fn all<T: Clone>(next: impl Fn(Option<&T>) -> Option<T>) -> Vec<T> {
    std::iter::successors(next(None), |last| next(Some(last))).collect()
}

fn model(text: &str) -> ModelStatus {
    ModelStatus {
        source: Some(ModelSource::Folder(text.into())),
        is_loaded: true,
    }
}

fn plan(text: &str) -> RunPlan {
    RunPlan {
        devices: vec![text.to_owned()],
        precision: Precision::FP8,
        offload: text.to_owned(),
        offload_way: OffloadChoice::Block,
        spread: text.to_owned(),
        tiling: Tiling::On,
        forecast: Forecast {
            seconds: 0.1,
            device_bytes: u64::MAX,
            host_bytes: 0,
        },
        summary: text.to_owned(),
    }
}

fn decomposition() -> Decomposition {
    let mut backends = boxed(FakeBackend::new().note("It hummed."));
    let cancel = CancelToken::default();
    run(&mut backends, &request(), &mut |_| {}, &cancel).unwrap()
}

/// As it is when it has been read.
fn without_pixels() -> Decomposition {
    let mut decomposition = decomposition();
    decomposition.report.request.source = Arc::default();
    for layer in &mut decomposition.layers {
        layer.image = Arc::default();
    }
    decomposition
}

fn read_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) -> T {
    let text = serde_json::to_string(&Versioned::new(&value)).unwrap();
    assert!(text.starts_with(r#"{"format":1,"#), "{text}");
    serde_json::from_str::<Versioned<T>>(&text).unwrap().value
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_error_and_every_event_reads_back(text in any::<String>(), job in any::<u64>()) {
        for error in all(|last| next_error(last, &text)) {
            prop_assert_eq!(&read_back(error.clone()), &error);
        }
        for kind in all(|last| next_event(last, &text)) {
            let event = Event { job: JobId(job), kind };
            prop_assert_eq!(&read_back(event.clone()), &event);
        }
    }
}

#[test]
fn pixels_are_left_out() {
    let preview = EventKind::Preview {
        layers: Arc::new(vec![picture(4, 4)]),
    };
    let empty = EventKind::Preview {
        layers: Arc::default(),
    };
    assert_eq!(read_back(preview), empty);
    let finished = EventKind::Finished(Ok(Box::new(decomposition())));
    let EventKind::Finished(Ok(read)) = read_back(finished) else {
        panic!("it was finished");
    };
    assert!(read.layers.iter().all(|layer| layer.image.is_empty()));
    let names = |decomposition: &Decomposition| -> Vec<String> {
        let layers = decomposition.layers.iter();
        layers.map(|layer| layer.name.clone()).collect()
    };
    assert_eq!(names(&read), names(&decomposition()));
}

#[test]
fn a_text_of_another_version_is_refused() {
    let text = r#"{"format":2,"value":"cancelled"}"#;
    let error = serde_json::from_str::<Versioned<EngineError>>(text).unwrap_err();
    assert!(error.to_string().contains("same version"), "{error}");
}
