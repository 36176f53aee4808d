use std::cell::{Cell, RefCell};
use std::time::Instant;

use engine::{CancelToken, Progress, Stage};
use kernels::{begin_profile, end_profile, missing_profiler};
use runtime::Placement;
use serde::Serialize;

use crate::{ModelError, Result};

/// Where a forward's time goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// From the first step's end to the last one's, for each forward.
    pub forward_ms: f64,
    /// While no kernel ran.
    pub idle_ms: f64,
    /// What took longest comes first.
    pub kernels: Vec<KernelShare>,
}

/// All runs of a kernel in one forward.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KernelShare {
    pub name: String,
    pub work: Work,
    pub count: f64,
    pub ms: f64,
}

/// What a kernel is for, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Work {
    Products,
    Attention,
    /// What comes between the two.
    Other,
}

/// Profiles the steps of a run after the first.
pub(super) struct Profiler<'a> {
    placement: &'a Placement,
    cancel: &'a CancelToken,
    begun: Cell<Option<Instant>>,
    found: RefCell<Option<Result<Profile>>>,
}

impl Profile {
    pub fn total(&self, work: Work) -> f64 {
        let kernels = self.kernels.iter().filter(|kernel| kernel.work == work);
        kernels.map(|kernel| kernel.ms).sum()
    }

    fn new(found: kernels::Profile, span: f64, forwards: f64) -> Self {
        let kernels = found.kernels.into_iter().map(|kernel| KernelShare {
            work: Work::of(&kernel.name),
            name: kernel.name,
            count: f64::from(kernel.count) / forwards,
            ms: kernel.ms / forwards,
        });
        Self {
            forward_ms: span / forwards,
            idle_ms: (span - found.busy_ms) / forwards,
            kernels: kernels.collect(),
        }
    }
}

impl Work {
    /// cuBLAS's kernels are called nvjet, gemm or cutlass, cuDNN's attention is a graph named after what it does.
    fn of(kernel: &str) -> Self {
        let has = |parts: &[&str]| parts.iter().any(|part| kernel.contains(part));
        if has(&["sdpa", "attention", "flash"]) {
            Self::Attention
        } else if has(&["nvjet", "gemm", "cutlass", "row_product"]) {
            Self::Products
        } else {
            Self::Other
        }
    }
}

impl<'a> Profiler<'a> {
    pub fn new(placement: &'a Placement, cancel: &'a CancelToken) -> Self {
        Self {
            placement,
            cancel,
            begun: Cell::new(None),
            found: RefCell::new(None),
        }
    }

    pub fn finish(self) -> Result<Profile> {
        let found = self.found.into_inner();
        found.unwrap_or_else(|| Err(too_few_steps()))
    }

    fn begin(&self) -> Result<()> {
        self.placement.synchronize()?;
        begin_profile()?;
        self.begun.set(Some(Instant::now()));
        Ok(())
    }

    fn end(&self, forwards: u32) -> Result<Profile> {
        self.placement.synchronize()?;
        let span = self
            .begun
            .get()
            .map_or(0.0, |begun| begun.elapsed().as_secs_f64() * 1e3);
        Ok(Profile::new(end_profile()?, span, f64::from(forwards)))
    }
}

/// Whether there will be a profile of so many steps, which a run is too long to find out by.
pub(super) fn check(steps: u32) -> Result<()> {
    if let Some(missing) = missing_profiler() {
        return Err(ModelError::Request(missing));
    }
    match steps {
        0 | 1 => Err(too_few_steps()),
        _ => Ok(()),
    }
}

fn too_few_steps() -> ModelError {
    ModelError::Request("a profile leaves out the first step; choose 2 steps or more".into())
}

impl Progress for Profiler<'_> {
    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    fn report(&self, stage: Stage, step: u32, steps: u32) {
        if stage != Stage::Denoise || steps < 2 {
            return;
        }
        if step == 1
            && let Err(error) = self.begin()
        {
            *self.found.borrow_mut() = Some(Err(error));
        }
        if step == steps && self.begun.get().is_some() {
            *self.found.borrow_mut() = Some(self.end(steps - 1));
        }
    }
}
