//! Decides before a job where its weights live, from what the device has free: the fastest way that fits, and what it will
//! take of memory and time. Nothing here touches a device.

mod cards;
mod forecast;
pub(crate) mod host;
mod sizes;
mod spill;
mod task;

use std::fmt;
use std::str::FromStr;

use candle_core::Device;
use kernels::{device_memory, tensor_memory};

use crate::Result;
use crate::gpus::{Gpus, Spread, SpreadWish};
use crate::placement::{Offload, Placement, Resident};
use crate::precision::Precision;
use crate::vae::Tiling;
pub use cards::{peaks, plan_over, shares};
use forecast::Forecast;
pub use forecast::Speed;
pub use sizes::Sizes;
pub use spill::{CardUse, spill_note};
pub use task::Task;

/// Of what is free, this much is left to what libraries and the driver take later, and to gaps between tensors: with 8 to
/// 24 GiB of an H100 free, plans that left 3.0 to 3.9 GiB ran and those that left 1.2 to 2.5 GiB found no memory.
pub(crate) const RESERVE: u64 = 3 << 30;

/// What may be used, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub device: u64,
    /// Of the computer's memory, for weights that stream.
    pub host: u64,
}

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
    /// Whether several cards can share a prompt's tokens.
    pub exchanges: bool,
}

impl Wishes {
    /// For a placement that was chosen by `gpus`. Without `tiling` the planner may turn it on.
    pub fn of(
        placement: &Placement,
        gpus: &Gpus,
        offload: OffloadWish,
        tiling: Option<Tiling>,
    ) -> Self {
        Self {
            precision: placement.wished_precision(),
            offload,
            tiling,
            fused: placement.is_fused(),
            spread: match gpus {
                Gpus::Balanced => SpreadWish::Blocks,
                Gpus::One | Gpus::Named(_) => SpreadWish::Auto,
            },
            exchanges: placement.exchanges(),
        }
    }

    /// `Auto` leaves it as it is.
    #[must_use]
    pub fn with_spread(self, spread: SpreadWish) -> Self {
        match spread {
            SpreadWish::Auto => self,
            spread => Self { spread, ..self },
        }
    }
}

impl Budget {
    /// What each of the placement's devices and the computer have free now. `own`: also what this program's tensors take,
    /// which would be freed first. `limit`: at most so much of each device. On a processor nothing is scarce but the
    /// computer's own memory, which is not planned.
    pub fn of(placement: &Placement, own: bool, limit: Option<u64>) -> Result<Vec<Self>> {
        let host = host::available().unwrap_or(u64::MAX);
        let devices = placement.devices().into_iter();
        let budget = |device: Device| {
            let freeable = if own { tensor_memory(&device)?.1 } else { 0 };
            let free = match device_memory(&device)? {
                Some(memory) => memory.free + freeable,
                None => u64::MAX,
            };
            Ok(Self {
                device: limit.map_or(free, |limit| limit.min(free)),
                host,
            })
        };
        devices.map(budget).collect()
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

/// How a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub precision: Precision,
    pub offload: Offload,
    pub tiling: Tiling,
    /// By fused kernels, which keep less in memory than candle's operations.
    pub fused: bool,
}

/// How a job runs, and what it will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub run: Run,
    pub spread: Spread,
    /// Bytes of the device at most, of several of the fullest.
    pub peak: u64,
    pub seconds: f64,
}

/// No plan fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooSmall {
    Device {
        /// Bytes that the smallest plan takes, and those there are.
        needed: u64,
        free: u64,
        /// Layers at 640 that would fit.
        instead: Option<u32>,
    },
    /// The way that was asked for to use several devices; a sentence that says why not.
    Spread(&'static str),
    /// The device would do, but the weights that stream to it have no room in the computer's memory.
    Host { needed: u64, free: u64 },
}

/// The limit, in bytes of the device, for a job that ran out of memory with this plan: a tenth less than it promised.
pub fn lower_limit(plan: &Plan) -> u64 {
    plan.peak / 10 * 9 + RESERVE
}

/// The fastest plan for a task that fits what a placement's devices have free now. `limit`: bytes of each at most.
pub fn plan_on(
    placement: &Placement,
    sizes: &Sizes,
    task: &Task,
    wishes: &Wishes,
    limit: Option<u64>,
) -> Result<Plan> {
    let cards = Budget::of(placement, false, limit)?;
    Ok(plan_over(sizes, &Speed::default(), task, &cards, wishes)?)
}

/// The fastest plan that fits. At one precision more memory never gives a slower one.
pub fn plan(
    sizes: &Sizes,
    speed: &Speed,
    task: &Task,
    budget: Budget,
    wishes: &Wishes,
) -> std::result::Result<Plan, TooSmall> {
    let ranks = 1;
    let forecast = Forecast {
        sizes,
        speed,
        task,
        ranks,
    };
    by_precision(wishes, |wishes| forecast.best(wishes, budget))
}

/// Where the precision is left to the planner, that of the published weights comes first, as FP8 changes the result by
/// some 1.5 %. It is taken where bf16 would be slow, because blocks have to stream, or would not do at all.
fn by_precision(
    wishes: &Wishes,
    plan: impl Fn(&Wishes) -> std::result::Result<Plan, TooSmall>,
) -> std::result::Result<Plan, TooSmall> {
    if wishes.precision != Precision::Auto {
        return plan(wishes);
    }
    let in_precision = |precision| {
        plan(&Wishes {
            precision,
            ..*wishes
        })
    };
    let published = in_precision(Precision::Bf16);
    if published.as_ref().is_ok_and(|plan| !plan.streams()) {
        return published;
    }
    match (published, in_precision(Precision::FP8)) {
        (Ok(published), Ok(fp8)) if published.seconds > fp8.seconds => Ok(fp8),
        (Err(_), fp8) => fp8,
        (published, _) => published,
    }
}

impl Plan {
    fn streams(&self) -> bool {
        matches!(self.run.offload, Offload::Block(_))
    }
}

impl Forecast<'_> {
    fn best(&self, wishes: &Wishes, budget: Budget) -> std::result::Result<Plan, TooSmall> {
        let best = self.candidates(wishes, budget).into_iter();
        let best = best.min_by(|a, b| a.seconds.total_cmp(&b.seconds));
        best.ok_or_else(|| self.refusal(budget, wishes))
    }

    /// All plans that fit.
    fn candidates(&self, wishes: &Wishes, budget: Budget) -> Vec<Plan> {
        let room = budget.device.saturating_sub(RESERVE);
        let mut plans = Vec::new();
        for tiling in tilings(wishes) {
            for offload in self.offloads(wishes, tiling, room) {
                let run = Run {
                    precision: wishes.precision,
                    offload,
                    tiling,
                    fused: wishes.fused,
                };
                let peak = self.peak(run);
                if peak <= room && self.streamed(run) <= budget.host {
                    plans.push(Plan {
                        run,
                        spread: Spread::One,
                        peak,
                        seconds: self.seconds(run),
                    });
                }
            }
        }
        plans
    }

    fn refusal(&self, budget: Budget, wishes: &Wishes) -> TooSmall {
        let endless = Budget {
            host: u64::MAX,
            ..budget
        };
        let plans = self.candidates(wishes, endless);
        if let Some(needed) = plans.iter().map(|plan| self.streamed(plan.run)).min() {
            let free = budget.host;
            return TooSmall::Host { needed, free };
        }
        let fits = |layers: &u32| {
            let smaller = Forecast {
                task: &self.task.smaller(*layers),
                ..*self
            };
            !smaller.candidates(wishes, budget).is_empty()
        };
        TooSmall::Device {
            needed: self.least(wishes) + RESERVE,
            free: budget.device,
            instead: (1..=self.task.layers).rev().find(fits),
        }
    }

    /// Of block offload only the one that keeps most on the device.
    fn offloads(&self, wishes: &Wishes, tiling: Tiling, room: u64) -> Vec<Offload> {
        let block = || {
            let fits = |resident: &Resident| {
                let run = Run {
                    precision: wishes.precision,
                    offload: Offload::Block(*resident),
                    tiling,
                    fused: wishes.fused,
                };
                self.peak(run) <= room
            };
            // Each count is limited by a stage of its own.
            let least = Resident::LEAST;
            let blocks = (least.blocks..=self.sizes.blocks).rev().find(|blocks| {
                fits(&Resident {
                    blocks: *blocks,
                    ..least
                })
            });
            let text_layers = (0..=self.sizes.text_layers).rev().find(|text_layers| {
                fits(&Resident {
                    text_layers: *text_layers,
                    ..least
                })
            });
            Offload::Block(Resident {
                blocks: blocks.unwrap_or(least.blocks),
                text_layers: text_layers.unwrap_or(least.text_layers),
            })
        };
        match wishes.offload {
            // A network that waits stays where there is room. Fetching the text encoder from page-locked memory for each
            // job would take 0.4 s and 16.6 GB of the computer's memory that no other program could use, to free what
            // nobody had asked for: who needs the device's memory can free the model, set a budget or ask for `component`.
            OffloadWish::Auto => vec![Offload::None, Offload::Component, block()],
            OffloadWish::None => vec![Offload::None],
            OffloadWish::Component => vec![Offload::Component],
            OffloadWish::Block => vec![block()],
        }
    }

    /// What the smallest plan takes.
    fn least(&self, wishes: &Wishes) -> u64 {
        let offload = match wishes.offload {
            OffloadWish::None => Offload::None,
            OffloadWish::Component => Offload::Component,
            OffloadWish::Auto | OffloadWish::Block => Offload::Block(Resident::LEAST),
        };
        let peaks = tilings(wishes).into_iter().map(|tiling| {
            self.peak(Run {
                precision: wishes.precision,
                offload,
                tiling,
                fused: wishes.fused,
            })
        });
        peaks.min().unwrap_or_default()
    }
}

fn tilings(wishes: &Wishes) -> Vec<Tiling> {
    wishes
        .tiling
        .map_or(vec![Tiling::Off, Tiling::On], |tiling| vec![tiling])
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

impl fmt::Display for Plan {
    /// "bf16, everything stays on the device; at most 47.1 GiB, about 1 min 5 s"
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}, ", self.run.precision)?;
        match self.run.offload {
            Offload::None => f.write_str("everything stays on the device")?,
            Offload::Component => {
                f.write_str("the text encoder and the transformer take turns on the device")?;
            }
            Offload::Block(resident) => write!(
                f,
                "{} of the transformer's blocks stay on the device and the others stream through it",
                resident.blocks
            )?,
        }
        if self.run.tiling == Tiling::On {
            f.write_str(", pictures are encoded and decoded in tiles")?;
        }
        if self.spread != Spread::One {
            write!(f, ", {}", self.spread)?;
        }
        let seconds = self.seconds.round() as u64;
        write!(f, "; at most {:.1} GiB, about ", gib(self.peak))?;
        match seconds / 60 {
            0 => write!(f, "{seconds} s"),
            minutes => write!(f, "{minutes} min {} s", seconds % 60),
        }
    }
}

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            Self::Device {
                needed,
                free,
                instead,
            } => {
                let (needed, free) = (gib(needed), gib(free));
                write!(
                    f,
                    "the device has {free:.1} GiB free and this job needs {needed:.1} GiB"
                )?;
                match instead {
                    Some(1) => f.write_str("; 1 layer at 640 would fit"),
                    Some(layers) => write!(f, "; {layers} layers at 640 would fit"),
                    None => f.write_str("; close what else uses the device, or choose another one"),
                }
            }
            Self::Spread(reason) => f.write_str(reason),
            Self::Host { needed, free } => write!(
                f,
                "the computer has {:.1} GiB of memory free and this job keeps {:.1} GiB there; close other programs",
                gib(free),
                gib(needed)
            ),
        }
    }
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}
