use std::cell::{Cell, RefCell};

use candle_core::Device;
use engine::{DevicePeak, Progress, RunPlan, Stage};
use image::RgbaImage;
use kernels::{reset_peak, tensor_memory};
use runtime::device_name;

/// Follows a job, and tells what each stage takes of the GPUs at most. Counting ends with a stage and begins with the next.
pub(crate) struct Peaks<'a> {
    progress: &'a dyn Progress,
    stage: Cell<Option<Stage>>,
    gpus: RefCell<Vec<Gpu>>,
}

struct Gpu {
    device: Device,
    name: String,
    /// Bytes, in the stages that have ended.
    most: u64,
}

impl<'a> Peaks<'a> {
    pub fn told_to(progress: &'a dyn Progress) -> Self {
        Self {
            progress,
            stage: Cell::new(None),
            gpus: RefCell::default(),
        }
    }

    /// From here on, of GPUs whose peaks are counted anew.
    pub fn watch<'d>(&self, gpus: impl Iterator<Item = &'d Device>) {
        let gpu = |device: &Device| Gpu {
            device: device.clone(),
            name: device_name(device),
            most: 0,
        };
        self.gpus.replace(gpus.map(gpu).collect());
    }

    /// Ends the last stage; what all of them took at most, for each GPU.
    pub fn end(&self) -> Vec<u64> {
        self.end_stage();
        self.gpus.borrow().iter().map(|gpu| gpu.most).collect()
    }

    /// A device that fails here fails again where somebody can be told.
    fn end_stage(&self) {
        let Some(stage) = self.stage.take() else {
            return;
        };
        let mut peaks = Vec::new();
        for gpu in self.gpus.borrow_mut().iter_mut() {
            if let Ok(memory) = tensor_memory(&gpu.device) {
                gpu.most = gpu.most.max(memory.most);
                peaks.push(DevicePeak {
                    device: gpu.name.clone(),
                    bytes: memory.most,
                });
            }
            let _ = reset_peak(&gpu.device);
        }
        // A driver without pools counts nothing.
        if peaks.iter().any(|peak| peak.bytes > 0) {
            self.progress.memory(stage, &peaks);
        }
    }
}

impl Progress for Peaks<'_> {
    fn report(&self, stage: Stage, step: u32, steps: u32) {
        if self.stage.get() != Some(stage) {
            self.end_stage();
            self.stage.set(Some(stage));
        }
        self.progress.report(stage, step, steps);
    }

    fn planned(&self, plan: &RunPlan) {
        self.progress.planned(plan);
    }

    fn caption(&self, text: &str) {
        self.progress.caption(text);
    }

    fn skipped_steps(&self, steps: &[u32]) {
        self.progress.skipped_steps(steps);
    }

    fn note(&self, sentence: &str) {
        self.progress.note(sentence);
    }

    fn preview(&self, layers: Vec<RgbaImage>) {
        self.progress.preview(layers);
    }

    fn is_cancelled(&self) -> bool {
        self.progress.is_cancelled()
    }
}
