use crate::pipeline::task_of;
use engine::{DecomposeRequest, Hardware, Tiling};
use runtime::Placement;
use runtime::plan::{Budget, Plan, PlanOptions, Run, Sizes, Speed, peaks, plan_over};

use crate::Result;

/// How a model is loaded, and for which plan.
#[derive(Clone)]
pub(crate) struct Planned {
    pub plan: Plan,
    pub sizes: Sizes,
    pub placement: Placement,
}

/// How a job would run where a model is loaded.
pub(crate) enum Fitting {
    /// It fits into how the model is loaded.
    AsLoaded(Plan),
    /// The model has to be loaded otherwise.
    Anew(Plan),
}

impl Fitting {
    pub fn into_loaded(self) -> Option<Plan> {
        match self {
            Self::AsLoaded(plan) => Some(plan),
            Self::Anew(_) => None,
        }
    }
}

/// `limit`: bytes of each device at most.
pub(crate) fn fitting(
    loaded: &Planned,
    request: &DecomposeRequest,
    limit: Option<u64>,
) -> Result<Fitting> {
    let Planned {
        plan: old,
        sizes,
        placement,
    } = loaded;
    let gpus = Budget::of(placement, Some(old), limit)?;
    let (task, options) = (task_of(request), options(&request.hardware, placement));
    let speed = Speed::of(placement)?;
    let best = plan_over(sizes, &speed, &task, &gpus, &options)?;
    let run = Run {
        offload: old.run.offload,
        precision: old.run.precision,
        ..best.run
    };
    let peaks = peaks(sizes, &task, run, &old.spread);
    let fits = peaks
        .iter()
        .zip(&gpus)
        .all(|(peak, gpu)| *peak <= gpu.device);
    Ok(match fits {
        false => Fitting::Anew(best),
        true if run == best.run && old.spread == best.spread => Fitting::AsLoaded(best),
        true => Fitting::AsLoaded(Plan {
            run,
            spread: old.spread.clone(),
            peak: peaks.into_iter().max().unwrap_or_default(),
            host: old.host,
            ..best
        }),
    })
}

pub(crate) fn options(hardware: &Hardware, placement: &Placement) -> PlanOptions {
    // Off unless asked for, but the planner may turn it on.
    let tiling = (hardware.tiling == Tiling::On).then_some(Tiling::On);
    PlanOptions::of(
        placement,
        &hardware.gpus,
        hardware.spread,
        hardware.offload,
        tiling,
    )
}
