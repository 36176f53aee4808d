use std::time::{Duration, Instant};

use crate::{EventKind, ModelLayer, Progress, Stage, StageTime};

/// Completed steps of a stage before its speed is worth telling: the first often pays for warming up.
const STEPS_BEFORE_ESTIMATE: u32 = 2;

/// Turns a backend's reports into events, and keeps the time of each stage.
pub(crate) struct Reporter<'a> {
    on_event: &'a mut dyn FnMut(EventKind),
    job_began: Instant,
    current: Option<(Stage, Instant)>,
    times: Vec<StageTime>,
    skipped_steps: Option<Vec<u32>>,
    notes: Vec<String>,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(on_event: &'a mut dyn FnMut(EventKind)) -> Self {
        Self {
            on_event,
            job_began: Instant::now(),
            current: None,
            times: Vec::new(),
            skipped_steps: None,
            notes: Vec::new(),
        }
    }

    /// The time of each stage so far, in the order they began, the steps that were skipped, and the notes.
    pub(crate) fn finish(mut self) -> (Vec<StageTime>, Option<Vec<u32>>, Vec<String>) {
        self.close_stage();
        (self.times, self.skipped_steps, self.notes)
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
        match self.times.iter_mut().find(|time| time.stage == stage) {
            Some(time) => time.seconds += seconds,
            None => self.times.push(StageTime { stage, seconds }),
        }
    }
}

impl Progress for Reporter<'_> {
    fn report(&mut self, stage: Stage, step: u32, steps: u32) {
        let in_stage = self.enter(stage).elapsed();
        let left = time_left(step, steps, in_stage);
        (self.on_event)(EventKind::Progress {
            stage,
            step,
            steps,
            elapsed: self.job_began.elapsed(),
            left,
        });
    }

    fn skipped_steps(&mut self, steps: &[u32]) {
        self.skipped_steps = Some(steps.to_vec());
    }

    fn note(&mut self, sentence: &str) {
        self.notes.push(sentence.to_owned());
    }

    fn preview(&mut self, layers: &[ModelLayer]) {
        (self.on_event)(EventKind::Preview(
            layers.iter().map(|layer| layer.image.clone()).collect(),
        ));
    }
}

/// What the remaining steps take at the mean pace of the completed ones.
fn time_left(step: u32, steps: u32, in_stage: Duration) -> Option<Duration> {
    (step >= STEPS_BEFORE_ESTIMATE)
        .then(|| in_stage.mul_f64(f64::from(steps.saturating_sub(step)) / f64::from(step)))
}
