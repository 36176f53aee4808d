use crate::pipeline::task_of;
use engine::{DecomposeRequest, Hardware, Tiling};
use runtime::Placement;
use runtime::plan::{Budget, Plan, Run, Sizes, Speed, Wishes, peaks, plan_over};

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
    let cards = Budget::of(placement, Some(old), limit)?;
    let (task, wishes) = (task_of(request), wishes(&request.hardware, placement));
    let speed = Speed::of(placement)?;
    let best = plan_over(sizes, &speed, &task, &cards, &wishes)?;
    let run = Run {
        offload: old.run.offload,
        precision: old.run.precision,
        ..best.run
    };
    let peaks = peaks(sizes, &task, run, &old.spread);
    let fits = peaks
        .iter()
        .zip(&cards)
        .all(|(peak, card)| *peak <= card.device);
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

pub(crate) fn wishes(hardware: &Hardware, placement: &Placement) -> Wishes {
    // Off unless asked for, but the planner may turn it on.
    let tiling = (hardware.tiling == Tiling::On).then_some(Tiling::On);
    Wishes::of(
        placement,
        &hardware.gpus,
        hardware.spread,
        hardware.offload,
        tiling,
    )
}
