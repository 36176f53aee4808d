//! The engine's thread: order, cancelling, failures, slow readers and the end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use common::{PATIENCE, boxed, events_until_finished, request, result_of, spawn};
use crossbeam_channel::{Receiver, bounded};
use engine::{
    BackendChoice, Controls, DecomposeRequest, Diffusion, Engine, EngineError, Event, EventKind,
    FAKE_MODEL_FILE, FakeBackend, FakeModel, JobId, Layers, Model, ModelCommand, ModelSource,
    ModelStatus, Stage,
};

#[test]
fn jobs_run_in_the_order_they_were_submitted() {
    let (engine, heard) = spawn(FakeBackend::new());
    let jobs: Vec<_> = (0..3).map(|_| engine.submit(request()).unwrap()).collect();
    let events = events_until_finished(&heard, jobs[2]);
    let order: Vec<JobId> = events.iter().map(|event| event.job).collect();
    assert!(order.is_sorted(), "{order:?}");
    for job in jobs {
        let kinds: Vec<_> = events
            .iter()
            .filter(|event| event.job == job)
            .map(|event| &event.kind)
            .collect();
        assert!(matches!(kinds[0], EventKind::Started(status) if status.backend.id == "fake"));
        assert!(result_of(&events, job).is_ok());
    }
}

#[test]
fn a_running_job_stops_when_cancelled() {
    let (_never, gate) = bounded(0);
    let (engine, heard) = spawn(FakeBackend::new().gate(gate));
    let job = engine.submit(request()).unwrap();
    loop {
        let event = heard.recv_timeout(PATIENCE).unwrap();
        if matches!(
            event.kind,
            EventKind::Progress {
                stage: Stage::Denoise,
                ..
            }
        ) {
            break;
        }
    }
    engine.cancel(job);
    let events = events_until_finished(&heard, job);
    assert_eq!(result_of(&events, job).unwrap_err(), EngineError::Cancelled);
}

#[test]
fn a_waiting_job_is_cancelled_without_starting_and_the_others_run() {
    let (steps, gate) = bounded(0);
    let (engine, heard) = spawn(FakeBackend::new().gate(gate));
    let [first, second, third] = std::array::from_fn(|_| engine.submit(request()).unwrap());
    engine.cancel(second);
    drop(steps);
    let events = events_until_finished(&heard, third);
    assert!(result_of(&events, first).is_ok());
    assert_eq!(
        result_of(&events, second).unwrap_err(),
        EngineError::Cancelled
    );
    assert_eq!(events.iter().filter(|event| event.job == second).count(), 1);
    assert!(result_of(&events, third).is_ok());
}

#[test]
fn cancelling_a_finished_or_unknown_job_does_nothing() {
    let (engine, heard) = spawn(FakeBackend::new());
    let first = engine.submit(request()).unwrap();
    events_until_finished(&heard, first);
    engine.cancel(first);
    engine.cancel(JobId(99));
    let second = engine.submit(request()).unwrap();
    let events = events_until_finished(&heard, second);
    assert!(result_of(&events, second).is_ok());
}

#[test]
fn a_failure_reaches_the_reader_as_it_was() {
    let error = EngineError::OutOfMemory {
        what: "the model".into(),
        advice: "close other programs".into(),
    };
    let (engine, heard) = spawn(FakeBackend::new().fail(error.clone()));
    let job = engine.submit(request()).unwrap();
    assert_eq!(
        result_of(&events_until_finished(&heard, job), job).unwrap_err(),
        error
    );
}

#[test]
fn a_panic_ends_the_job_and_not_the_thread() {
    let (engine, heard) = spawn(FakeBackend::new().panic());
    for _ in 0..2 {
        let job = engine.submit(request()).unwrap();
        let error = result_of(&events_until_finished(&heard, job), job).unwrap_err();
        assert!(
            matches!(&error, EngineError::Backend(text) if text.contains("the script says so")),
            "{error}"
        );
    }
}

#[test]
fn a_full_queue_refuses_and_a_request_out_of_range_never_enters_it() {
    let (_never, gate) = bounded(0);
    let (engine, _heard) = spawn(FakeBackend::new().gate(gate));
    let refused = (0..1000).find_map(|_| engine.submit(request()).err());
    assert_eq!(refused, Some(EngineError::QueueFull));
    let error = engine
        .submit(DecomposeRequest {
            layers: Layers::AtMost(0),
            ..request()
        })
        .unwrap_err();
    assert!(matches!(error, EngineError::InvalidRequest(_)));
}

#[test]
fn a_slow_reader_loses_progress_but_never_a_start_or_an_end() {
    let (steps, (let_step, gate)) = (300, bounded(0));
    let (engine, heard) = spawn(FakeBackend::new().steps(steps).previews().gate(gate));
    let jobs: Vec<_> = (0..8).map(|_| engine.submit(request()).unwrap()).collect();
    // Nobody reads until all steps but the last are done.
    for _ in 0..8 * steps {
        let_step.send_timeout((), PATIENCE).unwrap();
    }
    let events = events_until_finished(&heard, jobs[7]);
    assert!(events.len() < steps as usize, "nothing was dropped");
    for job in jobs {
        assert!(result_of(&events, job).is_ok());
        let starts = events
            .iter()
            .filter(|event| event.job == job && matches!(event.kind, EventKind::Started(_)));
        assert_eq!(starts.count(), 1);
    }
}

#[test]
fn wake_is_called_once_for_each_event() {
    let wakes = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&wakes);
    let count = move || {
        assert_eq!(thread::current().name(), Some("engine"));
        counter.fetch_add(1, Ordering::SeqCst);
    };
    let engine = Engine::spawn(boxed(FakeBackend::new().previews()), count).unwrap();
    let heard = engine.subscribe();
    let job = engine.submit(request()).unwrap();
    let events = events_until_finished(&heard, job);
    drop(engine);
    assert_eq!(wakes.load(Ordering::SeqCst), events.len());
}

#[test]
fn an_estimate_waits_for_no_job() {
    let (open, gate) = bounded(0);
    let (engine, heard) = spawn(FakeBackend::new().gate(gate));
    let guest = FakeBackend::new().named("guest", "Guest").steps(7);
    let invited = engine.invite(boxed(guest)).unwrap();
    while heard.recv_timeout(PATIENCE).unwrap().job != invited {}
    let job = engine.submit(request()).unwrap();
    engine.submit(request()).unwrap();
    for (backend, steps) in [("fake", 4), ("guest", 7)] {
        let asked = engine.estimate(DecomposeRequest {
            backend: BackendChoice::Named(backend.into()),
            layers: Layers::AtMost(1),
            ..request()
        });
        let asked = asked.unwrap();
        let told = loop {
            let event = heard.recv_timeout(PATIENCE).unwrap();
            if event.job == asked {
                break event.kind;
            }
        };
        let EventKind::Estimated(Ok(estimate)) = told else {
            panic!("{told:?}")
        };
        assert_eq!(estimate.seconds, f64::from(steps));
    }
    drop(open);
    assert_eq!(events_until_finished(&heard, job).pop().unwrap().job, job);
}

#[test]
fn dropping_ends_the_thread_while_a_job_runs_and_others_wait() {
    let (_never, gate) = bounded(0);
    let (engine, heard) = spawn(FakeBackend::new().gate(gate));
    for _ in 0..3 {
        engine.submit(request()).unwrap();
    }
    assert!(matches!(
        heard.recv_timeout(PATIENCE).unwrap().kind,
        EventKind::Started(_)
    ));
    drop(engine);
    assert_eq!(
        heard
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Finished(Ok(_))))
            .count(),
        0
    );
}

#[test]
fn every_receiver_gets_all_events_and_one_that_never_reads_holds_up_nobody() {
    let (engine, heard) = spawn(FakeBackend::new().steps(0));
    let (beside, idle) = (engine.subscribe(), engine.subscribe());
    drop(engine.subscribe());
    for _ in 0..400 {
        let job = engine.submit(request()).unwrap();
        let events = events_until_finished(&heard, job);
        assert!(matches!(events[0].kind, EventKind::Started(_)));
        assert_eq!(events_until_finished(&beside, job), events);
    }
    let late = engine.subscribe();
    let job = engine.submit(request()).unwrap();
    assert_eq!(
        events_until_finished(&late, job),
        events_until_finished(&heard, job)
    );
    drop(engine);
    let ends = idle
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Finished(Ok(_))));
    assert_eq!(ends.count(), 401);
}

#[test]
fn backends_are_listed_with_their_reasons() {
    let backends = [
        FakeBackend::new().unavailable("No model folder is chosen."),
        FakeBackend::new().named("b", "B"),
    ];
    let engine = Engine::spawn(
        backends
            .into_iter()
            .map(|fake| Box::new(fake) as _)
            .collect(),
        || {},
    )
    .unwrap();
    let listed = engine.backends();
    assert_eq!(
        listed.iter().map(|status| status.ready).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(listed[0].reason, "No model folder is chosen.");
    assert_eq!(listed[1].backend.label, "B");
}

/// A model, chosen, and its folder.
fn model() -> (FakeModel, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FAKE_MODEL_FILE), "").unwrap();
    let mut model = FakeModel::saying("A red square.");
    model
        .choose(ModelSource::Folder(folder.path().to_owned()))
        .unwrap();
    (model, folder)
}

/// What comes of a command to the fake model.
fn command(
    engine: &Engine,
    heard: &Receiver<Event>,
    command: ModelCommand,
) -> Result<ModelStatus, EngineError> {
    let job = engine.command("fake-model", command).unwrap();
    match events_until_finished(heard, job).pop().unwrap().kind {
        EventKind::Model(result) => result,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_chosen_model_makes_its_backend_ready() {
    let (_, folder) = model();
    let empty = tempfile::tempdir().unwrap();
    let (engine, heard) = spawn(FakeBackend::new().model(&FakeModel::saying("A square.")));
    assert!(!engine.backends()[0].ready);
    let choose = |folder: &Path| ModelCommand::Choose(ModelSource::Folder(folder.to_owned()));
    let refused = command(&engine, &heard, choose(empty.path()));
    assert!(matches!(refused, Err(EngineError::Backend(_))));
    assert!(!engine.backends()[0].ready);

    let chosen = command(&engine, &heard, choose(folder.path())).unwrap();
    assert_eq!(
        chosen.source,
        Some(ModelSource::Folder(folder.path().to_owned()))
    );
    let status = &engine.backends()[0];
    assert!(status.ready);
    assert_eq!(status.model, Some(chosen));
}

#[test]
fn a_model_is_loaded_and_freed_by_the_engine_between_jobs() {
    let (model, _folder) = model();
    let (step, gate) = bounded(0);
    let (engine, heard) = spawn(FakeBackend::new().model(&model).gate(gate));
    let load = ModelCommand::Load(Box::new(request()));
    assert!(command(&engine, &heard, load).unwrap().is_loaded);
    let job = engine.submit(request()).unwrap();
    let freed = engine.command("fake-model", ModelCommand::Free).unwrap();
    thread::sleep(Duration::from_millis(20));
    assert!(model.status().is_loaded, "a job runs");
    drop(step);
    let events = events_until_finished(&heard, freed);
    assert!(result_of(&events, job).is_ok());
    assert!(!model.status().is_loaded);

    let refused = engine.command("fake", ModelCommand::Free).unwrap();
    let last = events_until_finished(&heard, refused).pop().unwrap();
    assert!(matches!(
        last.kind,
        EventKind::Model(Err(EngineError::InvalidRequest(_)))
    ));
}

#[test]
fn a_fake_model_captions_only_without_a_prompt() {
    let (model, _folder) = model();
    let (engine, heard) = spawn(FakeBackend::new().model(&model));
    let job = engine
        .submit(DecomposeRequest {
            diffusion: Diffusion {
                prompt: "A blue one".into(),
                ..request().diffusion
            },
            ..request()
        })
        .unwrap();
    let events = events_until_finished(&heard, job);
    assert_eq!(
        result_of(&events, job).unwrap().report.resolved.caption,
        None
    );
    let job = engine.submit(request()).unwrap();
    let events = events_until_finished(&heard, job);
    let resolved = result_of(&events, job).unwrap().report.resolved;
    assert_eq!(resolved.caption.as_deref(), Some("A red square."));
    let of_job = events.iter().filter(|event| event.job == job);
    let told: Vec<_> = of_job
        .filter_map(|event| match &event.kind {
            EventKind::Planned(plan) => Some(plan.summary.clone()),
            EventKind::Caption(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    let plan = resolved.plan.expect("a model plans").summary;
    assert_eq!(told, [plan.as_str(), "A", "A red", "A red square."]);
}

#[test]
fn a_report_tells_the_most_that_a_stage_took_of_a_device() {
    let (model, _folder) = model();
    let (engine, heard) = spawn(FakeBackend::new().model(&model));
    let job = engine.submit(request()).unwrap();
    let events = events_until_finished(&heard, job);
    let stages = result_of(&events, job).unwrap().report.stages;
    for time in stages {
        let bytes: Vec<_> = time.memory.iter().map(|peak| peak.bytes).collect();
        match time.stage {
            Stage::Denoise => assert_eq!(bytes, [1 << 29]),
            _ => assert!(bytes.is_empty(), "{time:?}"),
        }
    }
}

#[test]
fn an_estimate_is_answered_between_jobs_by_the_backend_that_would_run() {
    let (engine, heard) = spawn(FakeBackend::new().steps(5));
    let ask = |layers| {
        let request = DecomposeRequest {
            layers,
            ..request()
        };
        let job = engine.estimate(request).unwrap();
        match events_until_finished(&heard, job).pop().unwrap().kind {
            EventKind::Estimated(result) => result,
            other => panic!("{other:?}"),
        }
    };
    let estimate = ask(Layers::AtMost(3)).unwrap();
    assert_eq!(estimate.seconds, 15.0);
    assert_eq!(estimate.devices[0].bytes, 1 << 30);
    let (engine, heard) = spawn(FakeBackend::new().controls(Controls::layers_only(2)));
    let job = engine.estimate(DecomposeRequest {
        layers: Layers::AtMost(3),
        ..request()
    });
    let last = events_until_finished(&heard, job.unwrap()).pop().unwrap();
    assert!(matches!(
        last.kind,
        EventKind::Estimated(Err(EngineError::InvalidRequest(_)))
    ));
}

#[test]
fn guests_follow_the_first_backends_in_place_of_earlier_guests() {
    let (engine, heard) = spawn(FakeBackend::new().unavailable("It sleeps."));
    let ids = |engine: &Engine| {
        let backends = engine.backends().into_iter();
        backends
            .map(|status| status.backend.id.to_string())
            .collect::<Vec<_>>()
    };
    let guest = |id| FakeBackend::new().named(id, "Guest");
    for (guests, expected) in [
        (vec!["a", "b"], vec!["fake", "a", "b"]),
        (vec!["c"], vec!["fake", "c"]),
        (vec![], vec!["fake"]),
        (vec!["d"], vec!["fake", "d"]),
    ] {
        let guests = guests.into_iter().map(|id| Box::new(guest(id)) as _);
        let change = engine.invite(guests.collect()).unwrap();
        let last = events_until_finished(&heard, change).pop().unwrap();
        assert_eq!(last.kind, EventKind::Joined);
        assert_eq!(ids(&engine), expected);
    }
    let job = engine.submit(request()).unwrap();
    let events = events_until_finished(&heard, job);
    let ran = result_of(&events, job).unwrap().report.resolved.backend;
    assert_eq!(ran.id, "d");
}
