use std::cell::{Cell, RefCell};
use std::time::Instant;

use candle_core::Tensor;
use engine::{CancelToken, Progress, Stage};
use kernels::{reset_peak, tensor_memory};
use runtime::Placement;

use super::memory::StageMemory;
use crate::Result;

/// Notes when the devices have done each step of a run, and the memory of each stage.
pub(super) struct Clock<'a> {
    placement: &'a Placement,
    cancel: &'a CancelToken,
    marks: RefCell<Marks>,
    memory: RefCell<Vec<StageMemory>>,
    /// What tensors took of each device when the clock was made.
    before: Vec<u64>,
    stage: Cell<Option<Stage>>,
    /// Tokens after which a caption is broken off.
    longest_caption: Option<u32>,
    stopped: Cell<bool>,
    image_tokens: Cell<usize>,
    text_tokens: Cell<usize>,
    /// After the last step.
    latents: RefCell<Option<Tensor>>,
    skipped: RefCell<Vec<u32>>,
}

/// A stage and how many of its steps are done.
type Point = (Stage, u32);

#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Vec<(Point, Instant)>);

impl<'a> Clock<'a> {
    pub fn new(placement: &'a Placement, cancel: &'a CancelToken) -> Result<Self> {
        let before = placement.devices().into_iter();
        let before = before.map(|device| Ok(tensor_memory(&device)?.now));
        Ok(Self {
            before: before.collect::<Result<_>>()?,
            placement,
            cancel,
            marks: RefCell::default(),
            memory: RefCell::default(),
            stage: Cell::new(None),
            longest_caption: None,
            stopped: Cell::new(false),
            image_tokens: Cell::new(0),
            text_tokens: Cell::new(0),
            latents: RefCell::default(),
            skipped: RefCell::default(),
        })
    }

    pub fn stop_captions_at(&mut self, tokens: Option<u32>) {
        self.longest_caption = tokens;
        self.stopped.set(false);
    }

    pub fn has_stopped(&self) -> bool {
        self.stopped.get()
    }

    pub fn marks(&self) -> Marks {
        self.marks.borrow().clone()
    }

    pub fn memory(&self) -> Vec<StageMemory> {
        self.memory.borrow().clone()
    }

    /// Of the picture and of the positive prompt.
    pub fn tokens(&self) -> (usize, usize) {
        (self.image_tokens.get(), self.text_tokens.get())
    }

    pub fn latents(&self) -> Option<Tensor> {
        self.latents.borrow().clone()
    }

    /// Steps that the step cache skipped, by prompt.
    pub fn skipped(&self) -> Vec<u32> {
        self.skipped.borrow().clone()
    }

    pub fn finish(&self) -> Result<()> {
        self.note_peak()
    }

    /// The peak since the last time belongs to the stage that was running.
    fn note_peak(&self) -> Result<()> {
        let (mut peak, mut held) = (0, 0);
        for (device, before) in self.placement.devices().iter().zip(&self.before) {
            let memory = tensor_memory(device)?;
            peak = peak.max(memory.most.saturating_sub(*before));
            held = held.max(memory.most_held.saturating_sub(*before));
            reset_peak(device)?;
        }
        let Some(stage) = self.stage.get() else {
            return Ok(());
        };
        let mut memory = self.memory.borrow_mut();
        match memory.iter_mut().find(|known| known.stage == stage) {
            Some(known) => {
                known.peak = known.peak.max(peak);
                known.held = known.held.max(held);
            }
            None => memory.push(StageMemory {
                stage,
                peak,
                held,
                waiting: None,
            }),
        }
        Ok(())
    }
}

impl Progress for Clock<'_> {
    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled() || self.stopped.get()
    }

    fn report(&self, stage: Stage, step: u32, _steps: u32) {
        // An error of the device comes again with the next operation.
        let _ = self.placement.synchronize();
        if self.stage.get() != Some(stage) {
            let _ = self.note_peak();
            self.stage.set(Some(stage));
        }
        let mark = ((stage, step), Instant::now());
        self.marks.borrow_mut().0.push(mark);
        if stage == Stage::Caption && self.longest_caption.is_some_and(|most| step >= most) {
            self.stopped.set(true);
        }
    }

    fn skipped_steps(&self, steps: &[u32]) {
        *self.skipped.borrow_mut() = steps.to_vec();
    }
}

impl Clock<'_> {
    /// As an [`crate::OnTensor`].
    pub fn tensor(&self, name: &str, value: &Tensor) {
        if name.starts_with("step.") && name.ends_with(".latents") {
            *self.latents.borrow_mut() = Some(value.clone());
        }
        let tokens = match name {
            "transformer.0.in" => &self.image_tokens,
            "transformer.0.text" => &self.text_tokens,
            _ => return,
        };
        if tokens.get() == 0 {
            tokens.set(value.dim(1).unwrap_or_default());
        }
    }
}

impl Marks {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The time of the first.
    pub fn begun(&self) -> Option<Instant> {
        self.0.first().map(|(_, time)| *time)
    }

    pub fn slice(&self, from: usize, to: usize) -> Self {
        let range = from.min(self.len())..to.min(self.len());
        Self(self.0.get(range).unwrap_or_default().to_vec())
    }

    /// Milliseconds from the first time at a point to the first time at another after it.
    pub fn span(&self, from: Point, to: Point) -> Option<f64> {
        let begun = self.0.iter().position(|(point, _)| *point == from)?;
        let mut after = self.0.iter().skip(begun);
        let (_, start) = self.0.get(begun)?;
        let (_, end) = after.find(|(point, _)| *point == to)?;
        Some((*end - *start).as_secs_f64() * 1e3)
    }

    pub fn span_or_0(&self, from: Point, to: Point) -> f64 {
        self.span(from, to).unwrap_or_default()
    }

    /// Milliseconds from a point to whatever comes next.
    pub fn after(&self, from: Point) -> f64 {
        let next = self.0.iter().skip_while(|(point, _)| *point != from).nth(1);
        next.map_or(0.0, |(to, _)| self.span_or_0(from, *to))
    }

    /// Milliseconds between steps of a stage, all together.
    pub fn total(&self, stage: Stage) -> f64 {
        self.steps(stage).iter().sum()
    }

    /// Of denoising, without the first where there are more, which pays for warming up.
    pub fn median_step(&self) -> f64 {
        let mut times = self.steps(Stage::Denoise);
        if times.len() > 1 {
            times.remove(0);
        }
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn steps(&self, stage: Stage) -> Vec<f64> {
        let pairs = self.0.iter().zip(self.0.iter().skip(1));
        pairs
            .filter(|((from, _), (to, _))| from.0 == stage && to.0 == stage && to.1 > from.1)
            .map(|((_, start), (_, end))| (*end - *start).as_secs_f64() * 1e3)
            .collect()
    }
}
