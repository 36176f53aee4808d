use std::str::FromStr;

use super::run::Run;
use crate::gpus::{Gpus, SpreadWish};
use crate::offload::Offload;
use crate::placement::Placement;
use crate::precision::Precision;
use crate::tiling::Tiling;

/// What the user has decided; the planner decides the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// [`Precision::Auto`]: bf16, and FP8 where that would have to stream.
    pub precision: Precision,
    pub offload: OffloadWish,
    pub tiling: Option<Tiling>,
    /// Whether the device's fused kernels run.
    pub fused: bool,
    pub spread: SpreadWish,
}

impl Wishes {
    /// For a placement that was chosen by `gpus`. Without `tiling` the planner may turn it on.
    pub fn of(
        placement: &Placement,
        gpus: &Gpus,
        spread: SpreadWish,
        offload: OffloadWish,
        tiling: Option<Tiling>,
    ) -> Self {
        Self {
            precision: placement.wished_precision(),
            offload,
            tiling,
            fused: placement.is_fused(),
            spread: match (spread, gpus) {
                (SpreadWish::Auto, Gpus::Balanced) => SpreadWish::Blocks,
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
    pub fn of_card(precision: Precision, offload: OffloadWish, tiling: Option<Tiling>) -> Self {
        Self {
            precision,
            offload,
            tiling,
            fused: precision != Precision::F32,
            spread: SpreadWish::Auto,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OffloadWish {
    #[default]
    Auto,
    None,
    Component,
    Block,
}

impl FromStr for OffloadWish {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "component" => Ok(Self::Component),
            "block" => Ok(Self::Block),
            _ => Err(format!(
                "\"{text}\" is no way to offload; choose auto, none, component or block"
            )),
        }
    }
}
