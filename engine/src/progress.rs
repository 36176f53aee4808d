//! Following a job, and ending it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use image::RgbaImage;

use crate::{DevicePeak, RunPlan, Stage};

/// Follows a job and can end it. All methods do nothing by themselves.
pub trait Progress {
    /// Each stage is reported at 0 when it begins and after each completed step; `steps` is 1 where it has no inner ones.
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        let _ = (stage, step, steps);
    }

    /// What a stage took of each device that counts it, told at its end; a stage that comes again tells again.
    fn memory(&self, stage: Stage, peaks: &[DevicePeak]) {
        let _ = (stage, peaks);
    }

    /// How the job will run, before anything is loaded for it.
    fn planned(&self, plan: &RunPlan) {
        let _ = plan;
    }

    /// What the model writes of the picture in place of a prompt, so far.
    fn caption(&self, text: &str) {
        let _ = text;
    }

    /// How many of a request's steps the step cache skipped, for each guidance branch, the prompt's first; told only where
    /// it is on.
    fn skipped_steps(&self, steps: &[u32]) {
        let _ = steps;
    }

    /// A sentence for the user about how the job ran, kept in its report.
    fn note(&self, sentence: &str) {
        let _ = sentence;
    }

    /// A look at unfinished layers, bottom first; dropped when a receiver is busy.
    fn preview(&self, layers: Vec<RgbaImage>) {
        let _ = layers;
    }

    /// Asked often; `true` ends the job soon.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// For the `?` of a long loop.
    fn check(&self) -> Result<(), Cancelled> {
        match self.is_cancelled() {
            true => Err(Cancelled),
            false => Ok(()),
        }
    }
}

/// Follows nothing.
impl Progress for () {}

/// Stops a job. Clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

/// What a job that was stopped returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the job was cancelled")]
pub struct Cancelled;

impl CancelToken {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// For the `?` of a long loop.
    pub fn check(&self) -> Result<(), Cancelled> {
        Progress::check(self)
    }
}

/// Of work that can be stopped and tells nothing.
impl Progress for CancelToken {
    fn is_cancelled(&self) -> bool {
        self.is_cancelled()
    }
}
