use std::time::{Duration, Instant};

use crate::{EventKind, ModelLayer, Progress, RunPlan, Stage, StageTime};

/// Completed steps of a stage before its speed is worth telling: the first often pays for warming up.
const STEPS_BEFORE_ESTIMATE: u32 = 2;

/// What a job's report keeps of how it ran.
#[derive(Default)]
pub(crate) struct Followed {
    /// The time of each stage, in the order they began.
    pub stages: Vec<StageTime>,
    pub plan: Option<RunPlan>,
    pub caption: Option<String>,
    pub skipped_steps: Option<Vec<u32>>,
    pub notes: Vec<String>,
}

/// Turns a backend's reports into events, and keeps what the job's report says.
pub(crate) struct Reporter<'a> {
    on_event: &'a mut dyn FnMut(EventKind),
    job_began: Instant,
    current: Option<(Stage, Instant)>,
    followed: Followed,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(on_event: &'a mut dyn FnMut(EventKind)) -> Self {
        Self {
            on_event,
            job_began: Instant::now(),
            current: None,
            followed: Followed::default(),
        }
    }

    pub(crate) fn finish(mut self) -> Followed {
        self.close_stage();
        self.followed
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
        let stages = &mut self.followed.stages;
        match stages.iter_mut().find(|time| time.stage == stage) {
            Some(time) => time.seconds += seconds,
            None => stages.push(StageTime { stage, seconds }),
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

    fn planned(&mut self, plan: &RunPlan) {
        self.followed.plan = Some(plan.clone());
        (self.on_event)(EventKind::Planned(plan.clone()));
    }

    fn caption(&mut self, text: &str) {
        self.followed.caption = Some(text.to_owned());
        (self.on_event)(EventKind::Caption(text.to_owned()));
    }

    fn skipped_steps(&mut self, steps: &[u32]) {
        self.followed.skipped_steps = Some(steps.to_vec());
    }

    fn note(&mut self, sentence: &str) {
        self.followed.notes.push(sentence.to_owned());
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
