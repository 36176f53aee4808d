//! Small pictures and shorthands that the engine's tests share.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use engine::{
    Backend, CancelToken, DecomposeRequest, Engine, Event, EventKind, FakeBackend, JobId, Progress,
    Stage,
};
use image::{Rgba, RgbaImage};

/// Only a test that hangs reaches this.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn picture(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        Rgba([(x * 7) as u8, (y * 5) as u8, (x * y) as u8, 255])
    })
}

pub fn request() -> DecomposeRequest {
    DecomposeRequest::new(Arc::new(picture(48, 32)))
}

pub fn boxed(backend: FakeBackend) -> Vec<Box<dyn Backend>> {
    vec![Box::new(backend)]
}

/// With a receiver of all events.
pub fn spawn(backend: FakeBackend) -> (Engine, Receiver<Event>) {
    let engine = Engine::spawn(boxed(backend), || {}).unwrap();
    let heard = engine.subscribe();
    (engine, heard)
}

/// All events up to and including the end of `job`.
pub fn events_until_finished(heard: &Receiver<Event>, job: JobId) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let event = heard
            .recv_timeout(PATIENCE)
            .expect("the job never finished");
        let last = event.job == job
            && matches!(
                event.kind,
                EventKind::Finished(_)
                    | EventKind::Model(_)
                    | EventKind::Estimated(_)
                    | EventKind::Joined
            );
        events.push(event);
        if last {
            return events;
        }
    }
}

pub fn result_of(
    events: &[Event],
    job: JobId,
) -> Result<Box<engine::Decomposition>, engine::EngineError> {
    let finished: Vec<_> = events
        .iter()
        .filter(|event| event.job == job)
        .filter_map(|event| match &event.kind {
            EventKind::Finished(result) => Some(result.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(finished.len(), 1, "a job ends once");
    finished.into_iter().next().unwrap()
}

/// Keeps the reports, and cancels at a step if told to.
#[derive(Default)]
pub struct Counting {
    pub reports: RefCell<Vec<(Stage, u32, u32)>>,
    pub cancel_at: Option<(u32, CancelToken)>,
}

impl Progress for Counting {
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        self.reports.borrow_mut().push((stage, step, steps));
        if let Some((at, token)) = &self.cancel_at
            && *at == step
        {
            token.cancel();
        }
    }
}
