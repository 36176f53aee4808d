//! The plan on one GPU.

use engine::{OffloadChoice, Precision, Tiling};

use super::budget::Budget;
use super::forecast::Forecast;
use super::options::PlanOptions;
use super::run::{Alternative, Plan, Run, TooSmall};
use super::sizes::Sizes;
use super::speed::Speed;
use super::task::Task;
use crate::offload::{Offload, Resident};
use crate::spread::Spread;

/// The fastest plan that fits. At one precision more memory never gives a slower one.
pub fn plan(
    sizes: &Sizes,
    speed: &Speed,
    task: &Task,
    budget: Budget,
    options: &PlanOptions,
) -> Result<Plan, TooSmall> {
    let forecast = Forecast::new(sizes, speed, task);
    by_precision(options, |options| forecast.best(options, budget))
}

/// Where the precision is left to the planner, that of the published weights comes first, as FP8 changes the result by
/// some 1.5 %. It is taken where bf16 would be slow, because blocks have to stream, or would not do at all.
pub(super) fn by_precision(
    options: &PlanOptions,
    plan: impl Fn(&PlanOptions) -> Result<Plan, TooSmall>,
) -> Result<Plan, TooSmall> {
    if options.precision != Precision::Auto {
        return plan(options);
    }
    let in_precision = |precision| {
        plan(&PlanOptions {
            precision,
            ..*options
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

impl Forecast<'_> {
    pub(super) fn best(&self, options: &PlanOptions, budget: Budget) -> Result<Plan, TooSmall> {
        let best = self.candidates(options, budget).into_iter();
        let best = best.min_by(|a, b| a.seconds.total_cmp(&b.seconds));
        best.ok_or_else(|| self.refusal(budget, options))
    }

    /// All plans that fit.
    fn candidates(&self, options: &PlanOptions, budget: Budget) -> Vec<Plan> {
        let mut plans = Vec::new();
        for tiling in tilings(options) {
            for offload in self.offloads(options, tiling, budget) {
                let run = options.run(offload, tiling);
                let plan = self.plan(run);
                if self.fits(run, budget) && plan.host <= budget.host {
                    plans.push(plan);
                }
            }
        }
        plans
    }

    fn plan(&self, run: Run) -> Plan {
        Plan {
            run,
            spread: Spread::One,
            peak: self.peak(run),
            host: self.streamed(run),
            seconds: self.seconds(run),
        }
    }

    fn fits(&self, run: Run, budget: Budget) -> bool {
        self.taken(run, budget) <= budget.room()
    }

    /// Bytes of the device. What streams to a processor comes from the same memory.
    fn taken(&self, run: Run, budget: Budget) -> u64 {
        let streamed = match budget.is_processor {
            true => self.streamed(run),
            false => 0,
        };
        self.peak(run) + streamed
    }

    fn refusal(&self, budget: Budget, options: &PlanOptions) -> TooSmall {
        let endless = Budget {
            host: u64::MAX,
            ..budget
        };
        let plans = self.candidates(options, endless);
        if let Some(needed) = plans.iter().map(|plan| plan.host).min() {
            let free = budget.host;
            return TooSmall::Host { needed, free };
        }
        let needed = self.least(options, budget) + budget.reserve();
        let free = budget.device;
        if budget.is_processor {
            return TooSmall::Host { needed, free };
        }
        let fits = |task: &Task| {
            let other = Forecast { task, ..*self };
            !other.candidates(options, budget).is_empty()
        };
        let with_prompt = Task {
            caption: false,
            ..*self.task
        };
        let alternative = if fits(&with_prompt) {
            Some(Alternative::Prompt)
        } else {
            let mut fewer = (1..=self.task.layers).rev();
            let most = fewer.find(|layers| fits(&self.task.smaller(*layers)));
            most.map(Alternative::Layers)
        };
        TooSmall::Device {
            needed,
            free,
            alternative,
        }
    }

    /// Of block offload only the one that keeps most on the device.
    fn offloads(&self, options: &PlanOptions, tiling: Tiling, budget: Budget) -> Vec<Offload> {
        let block = || {
            let fits = |resident: &Resident| {
                let run = options.run(Offload::Block(*resident), tiling);
                self.fits(run, budget)
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
        match options.offload {
            // A network that waits stays where there is room. Fetching the text encoder from page-locked memory for each
            // job would take 0.4 s and 16.6 GB of the computer's memory that no other program could use, to free what
            // nobody had asked for: who needs the device's memory can free the model, set a budget or ask for `component`.
            OffloadChoice::Auto => vec![Offload::None, Offload::Component, block()],
            OffloadChoice::None => vec![Offload::None],
            OffloadChoice::Component => vec![Offload::Component],
            OffloadChoice::Block => vec![block()],
        }
    }

    /// What the smallest plan takes.
    fn least(&self, options: &PlanOptions, budget: Budget) -> u64 {
        let offload = match options.offload {
            OffloadChoice::None => Offload::None,
            OffloadChoice::Component => Offload::Component,
            OffloadChoice::Auto | OffloadChoice::Block => Offload::Block(Resident::LEAST),
        };
        let peaks = tilings(options)
            .into_iter()
            .map(|tiling| self.taken(options.run(offload, tiling), budget));
        peaks.min().unwrap_or_default()
    }
}

pub(super) fn tilings(options: &PlanOptions) -> Vec<Tiling> {
    options
        .tiling
        .map_or(vec![Tiling::Off, Tiling::On], |tiling| vec![tiling])
}
