use engine::{Gpus, OffloadChoice, Precision, SpreadChoice, Tiling};

use super::run::Run;
use crate::offload::Offload;
use crate::placement::Placement;

/// What the user has decided; the planner decides the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanOptions {
    /// [`Precision::Auto`]: bf16, and FP8 where that would have to stream.
    pub precision: Precision,
    pub offload: OffloadChoice,
    pub tiling: Option<Tiling>,
    /// Whether the device's fused kernels run.
    pub fused: bool,
    pub spread: SpreadChoice,
}

impl PlanOptions {
    /// For a placement that was chosen by `gpus`. Without `tiling` the planner may turn it on.
    pub fn of(
        placement: &Placement,
        gpus: &Gpus,
        spread: SpreadChoice,
        offload: OffloadChoice,
        tiling: Option<Tiling>,
    ) -> Self {
        Self {
            precision: placement.asked_precision(),
            offload,
            tiling,
            fused: placement.is_fused(),
            spread: match (spread, gpus) {
                (SpreadChoice::Auto, Gpus::Balanced) => SpreadChoice::Blocks,
                (spread, _) => spread,
            },
        }
    }

    pub(super) fn run(&self, offload: Offload, tiling: Tiling) -> Run {
        Run {
            precision: self.precision,
            offload,
            tiling,
            fused: self.fused,
        }
    }

    /// For one GPU that has all that this program uses.
    pub fn of_gpu_alone(
        precision: Precision,
        offload: OffloadChoice,
        tiling: Option<Tiling>,
    ) -> Self {
        Self {
            precision,
            offload,
            tiling,
            fused: precision != Precision::F32,
            spread: SpreadChoice::Auto,
        }
    }
}
