use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use image::RgbaImage;

use crate::{CancelToken, DevicePeak, EventKind, Progress, RunPlan, Stage, StageTime};

/// Completed steps of a stage before its speed is worth telling: the first often pays for warming up.
const STEPS_BEFORE_ESTIMATE: u32 = 2;

/// What a job's report keeps of how it ran.
pub(crate) struct Followed {
    job_began: Instant,
    /// The time of each stage, in the order they began.
    pub stages: Vec<StageTime>,
    pub plan: Option<RunPlan>,
    pub caption: Option<String>,
    pub skipped_steps: Option<Vec<u32>>,
    pub notes: Vec<String>,
    /// Of each stage that told it.
    memory: Vec<(Stage, Vec<DevicePeak>)>,
    current: Option<(Stage, Instant)>,
}

/// Turns a backend's reports into events, and keeps what the job's report says.
pub(crate) struct Reporter<'a> {
    on_event: RefCell<&'a mut dyn FnMut(EventKind)>,
    cancel: &'a CancelToken,
    followed: RefCell<Followed>,
}

impl<'a> Reporter<'a> {
    /// `followed` is what is kept of the job so far.
    pub(crate) fn new(
        followed: Followed,
        on_event: &'a mut dyn FnMut(EventKind),
        cancel: &'a CancelToken,
    ) -> Self {
        Self {
            on_event: RefCell::new(on_event),
            cancel,
            followed: RefCell::new(followed),
        }
    }

    pub(crate) fn finish(self) -> Followed {
        let mut followed = self.followed.into_inner();
        followed.close_stage();
        for time in &mut followed.stages {
            let told = followed
                .memory
                .iter()
                .find(|(stage, _)| *stage == time.stage);
            time.memory = told.map(|(_, peaks)| peaks.clone()).unwrap_or_default();
        }
        followed
    }

    fn send(&self, event: EventKind) {
        (self.on_event.borrow_mut())(event);
    }
}

impl Followed {
    /// Of a job that begins now.
    pub(crate) fn new() -> Self {
        Self {
            job_began: Instant::now(),
            stages: Vec::new(),
            plan: None,
            caption: None,
            skipped_steps: None,
            notes: Vec::new(),
            memory: Vec::new(),
            current: None,
        }
    }

    /// When the stage began; a stage that is new, or starts again at 0 after another, begins now.
    fn enter(&mut self, stage: Stage) -> Instant {
        if let Some((current, began)) = self.current
            && current == stage
        {
            return began;
        }
        self.close_stage();
        let began = Instant::now();
        self.current = Some((stage, began));
        began
    }

    fn close_stage(&mut self) {
        let Some((stage, began)) = self.current.take() else {
            return;
        };
        let seconds = began.elapsed().as_secs_f64();
        match self.stages.iter_mut().find(|time| time.stage == stage) {
            Some(time) => time.seconds += seconds,
            None => self.stages.push(StageTime {
                stage,
                seconds,
                memory: Vec::new(),
            }),
        }
    }
}

impl Progress for Reporter<'_> {
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        let (in_stage, elapsed) = {
            let mut followed = self.followed.borrow_mut();
            (
                followed.enter(stage).elapsed(),
                followed.job_began.elapsed(),
            )
        };
        self.send(EventKind::Progress {
            stage,
            step,
            steps,
            elapsed,
            left: time_left(step, steps, in_stage),
        });
    }

    fn memory(&self, stage: Stage, peaks: &[DevicePeak]) {
        let memory = &mut self.followed.borrow_mut().memory;
        match memory.iter_mut().find(|(known, _)| *known == stage) {
            Some((_, before)) if before.len() == peaks.len() => {
                for (before, now) in before.iter_mut().zip(peaks) {
                    before.bytes = before.bytes.max(now.bytes);
                }
            }
            Some((_, before)) => *before = peaks.to_vec(),
            None => memory.push((stage, peaks.to_vec())),
        }
    }

    fn planned(&self, plan: &RunPlan) {
        self.followed.borrow_mut().plan = Some(plan.clone());
        self.send(EventKind::Planned(plan.clone()));
    }

    fn caption(&self, text: &str) {
        self.followed.borrow_mut().caption = Some(text.to_owned());
        self.send(EventKind::Caption(text.to_owned()));
    }

    fn skipped_steps(&self, steps: &[u32]) {
        self.followed.borrow_mut().skipped_steps = Some(steps.to_vec());
    }

    fn note(&self, sentence: &str) {
        self.followed.borrow_mut().notes.push(sentence.to_owned());
        self.send(EventKind::Note(sentence.to_owned()));
    }

    fn preview(&self, layers: Vec<RgbaImage>) {
        self.send(EventKind::Preview {
            layers: Arc::new(layers),
        });
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// What the remaining steps take at the mean pace of the completed ones.
fn time_left(step: u32, steps: u32, in_stage: Duration) -> Option<Duration> {
    (step >= STEPS_BEFORE_ESTIMATE)
        .then(|| in_stage.mul_f64(f64::from(steps.saturating_sub(step)) / f64::from(step)))
}
