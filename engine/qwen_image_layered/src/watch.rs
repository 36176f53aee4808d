use candle_core::Tensor;
use engine::Stage;
use image::RgbaImage;

use crate::placement::Placement;
use crate::plan::run::Plan;
use crate::{ModelError, Result};

/// Follows a run and can end it. All methods do nothing by themselves.
pub trait Watch {
    /// Asked before each block of each network; `true` ends the run with [`ModelError::Cancelled`].
    fn cancelled(&self) -> bool {
        false
    }

    /// Each stage is reported at 0 when it begins and after each completed step.
    fn progress(&self, stage: Stage, step: u32, steps: u32) {
        let _ = (stage, step, steps);
    }

    /// How the job will run, before anything is loaded for it.
    fn plan(&self, plan: &Plan, placement: &Placement) {
        let _ = (plan, placement);
    }

    /// The caption so far.
    fn caption(&self, text: &str) {
        let _ = text;
    }

    /// Whether to decode a preview after this step (from 1) of so many.
    fn wants_preview(&self, step: u32, steps: u32) -> bool {
        let _ = (step, steps);
        false
    }

    /// How many steps the step cache skipped, for each prompt, the positive one first; told only where it is on.
    fn skipped_steps(&self, steps: &[u32]) {
        let _ = steps;
    }

    /// A sentence for the user about how the job ran.
    fn note(&self, sentence: &str) {
        let _ = sentence;
    }

    /// Layers as they would be without noise, bottom first.
    fn preview(&self, layers: Vec<RgbaImage>) {
        let _ = layers;
    }

    /// An intermediate value, for comparison with another implementation.
    fn tensor(&self, name: &str, value: &Tensor) {
        let _ = (name, value);
    }

    /// For the `?` of a long loop.
    fn check(&self) -> Result<()> {
        if self.cancelled() {
            Err(ModelError::Cancelled)
        } else {
            Ok(())
        }
    }
}

/// Watches nothing.
impl Watch for () {}
