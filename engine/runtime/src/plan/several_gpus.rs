//! The same over several GPUs.

use engine::{Except, OffloadChoice, Precision, SpreadChoice};

use super::budget::Budget;
use super::forecast::Forecast;
use super::one_gpu::{by_precision, tilings};
use super::options::PlanOptions;
use super::run::{Plan, Run, TooSmall};
use super::sizes::Sizes;
use super::speed::Speed;
use super::task::Task;
use crate::offload::Offload;
use crate::spread::{ROUNDS, Spread};

/// The fastest plan that fits on `GPUs`, of which the first is to have everything but blocks. Blocks stream from the
/// computer's memory to the first only.
pub fn plan_over(
    sizes: &Sizes,
    speed: &Speed,
    task: &Task,
    gpus: &[Budget],
    options: &PlanOptions,
) -> Result<Plan, TooSmall> {
    by_precision(options, |options| {
        plan_in_precision(sizes, speed, task, gpus, options)
    })
}

fn plan_in_precision(
    sizes: &Sizes,
    speed: &Speed,
    task: &Task,
    gpus: &[Budget],
    options: &PlanOptions,
) -> Result<Plan, TooSmall> {
    let first = gpus
        .first()
        .copied()
        .unwrap_or_else(|| Budget::of_gpu(0, 0));
    let forecast = Forecast::new(sizes, speed, task);
    let alone = forecast.best(options, first);
    let teams = |wanted: fn(usize, usize) -> bool| forecast.teams_over(gpus, options, wanted);
    let blocks = forecast.blocks_over(gpus, options).into_iter();
    let plans: Vec<Plan> = match options.spread {
        _ if gpus.len() < 2 => Vec::new(),
        SpreadChoice::Auto => {
            let teams = teams(|_, _| true).into_iter();
            teams.chain(alone.clone()).chain(blocks).collect()
        }
        SpreadChoice::Guidance => teams(|prompts, ranks| prompts == 2 && ranks == 1),
        SpreadChoice::Sequence => teams(|_, ranks| ranks > 1),
        SpreadChoice::Blocks => blocks.collect(),
    };
    let best = plans
        .into_iter()
        .min_by(|a, b| a.seconds.total_cmp(&b.seconds));
    match (best, options.spread) {
        (Some(best), _) => Ok(best),
        (None, SpreadChoice::Auto | SpreadChoice::Blocks) => alone,
        (None, SpreadChoice::Guidance | SpreadChoice::Sequence) => {
            Err(TooSmall::Spread(forecast.no_teams(gpus, options)))
        }
    }
}

/// Bytes of each GPU at most.
pub fn peaks(sizes: &Sizes, task: &Task, run: Run, spread: &Spread) -> Vec<u64> {
    let speed = &Speed::default();
    let forecast = Forecast::new(sizes, speed, task);
    match spread {
        Spread::One => vec![forecast.peak(run)],
        Spread::Teams { prompts, ranks } => {
            let task = &of_team(task, *prompts);
            let forecast = forecast.of_ranks(task, *ranks);
            let mut peaks = vec![forecast.transformer_alone(run); prompts * ranks];
            if let Some(first) = peaks.first_mut() {
                *first = forecast.peak(run);
            }
            peaks
        }
        Spread::Blocks(counts) => {
            let block = sizes.in_blocks(forecast.sizes.block, run.precision);
            let gpus = counts.iter().enumerate();
            let peak = |(gpu, count): (usize, &usize)| {
                let fixed = forecast.beside_blocks(run, gpu == 0);
                let blocks = *count as u64 * block;
                match (gpu, count) {
                    (0, _) => (fixed.denoising + blocks).max(fixed.text),
                    (_, 0) => 0,
                    _ => fixed.denoising + blocks,
                }
            };
            gpus.map(peak).collect()
        }
    }
}

/// How many of `blocks` equal blocks, of so many bytes each, each GPU takes that has so many bytes of room: all as many,
/// because the longest GPU sets the pace, but for those that have no room for so many. None where they do not fit.
pub fn shares(blocks: usize, block: u64, rooms: &[u64]) -> Option<Vec<usize>> {
    let capacities: Vec<_> = rooms
        .iter()
        .map(|room| (room / block.max(1)) as usize)
        .collect();
    let mut counts = vec![0; rooms.len()];
    for _ in 0..blocks {
        let places = counts.iter_mut().zip(&capacities);
        let free = places.filter(|(count, capacity)| **count < **capacity);
        // Of equals the last, as the first GPU has all else to do.
        let (least, _) = free.rev().min_by_key(|(count, _)| **count)?;
        *least += 1;
    }
    Some(counts)
}

/// What of a task a team of so many does at most.
fn of_team(task: &Task, teams: usize) -> Task {
    Task {
        passes: task.passes.div_ceil(teams.max(1) as u32),
        ..*task
    }
}

/// Ranks attend in bf16: in FP8 they would give other layers than one GPU, as each sees some heads only, and so another largest
/// number.
fn of_ranks(options: &PlanOptions, ranks: usize) -> PlanOptions {
    let precision = match options.precision {
        Precision::Fp8(except) if ranks > 1 => Precision::Fp8(Except {
            sdpa: true,
            ..except
        }),
        precision => precision,
    };
    PlanOptions {
        precision,
        ..*options
    }
}

/// Bytes that a GPU needs beside its blocks.
struct Beside {
    denoising: u64,
    /// While there are no blocks.
    text: u64,
}

impl<'a> Forecast<'a> {
    fn of_ranks(&self, task: &'a Task, ranks: usize) -> Self {
        Self {
            task,
            ranks,
            ..*self
        }
    }

    /// The best plan of each size of teams that is wanted, of so many prompts and ranks. Each GPU has to have room for a
    /// whole transformer, and the first also for all else.
    fn teams_over(
        &self,
        gpus: &[Budget],
        options: &PlanOptions,
        wanted: fn(usize, usize) -> bool,
    ) -> Vec<Plan> {
        let most = gpus.len().min(self.sizes.heads);
        let sizes = (1..=self.task.passes as usize)
            .flat_map(|prompts| (1..=most / prompts).map(move |ranks| (prompts, ranks)))
            .filter(|(prompts, ranks)| prompts * ranks > 1 && wanted(*prompts, *ranks));
        let plan = |(prompts, ranks)| {
            let task = &of_team(self.task, prompts);
            let forecast = self.of_ranks(task, ranks);
            let (first, others) = gpus.get(..prompts * ranks)?.split_first()?;
            let plan = forecast.best(&of_ranks(options, ranks), *first).ok()?;
            let needed = forecast.transformer_alone(plan.run);
            let fits = others.iter().all(|gpu| gpu.room() >= needed);
            (!plan.streams() && fits).then_some(Plan {
                spread: Spread::Teams { prompts, ranks },
                ..plan
            })
        };
        sizes.filter_map(plan).collect()
    }

    /// Why there are none of those asked for.
    fn no_teams(&self, gpus: &[Budget], options: &PlanOptions) -> &'static str {
        match options.spread {
            _ if gpus.len() < 2 => "sharing a job takes two GPUs or more; name more than one",
            _ if options.offload == OffloadChoice::Block => {
                "weights stream to one GPU only; choose another way to offload, or one GPU"
            }
            SpreadChoice::Guidance if self.task.passes < 2 => {
                "there is no negative prompt for the second GPU; give one, or spread the sequence instead"
            }
            _ => {
                "these GPUs have no room for a whole transformer each; spread the blocks instead, or choose the lower resolution or fewer layers"
            }
        }
    }

    /// The fastest way to have all blocks on one GPU or another.
    fn blocks_over(&self, gpus: &[Budget], options: &PlanOptions) -> Option<Plan> {
        let offloads: &[Offload] = match options.offload {
            OffloadChoice::Auto => &[Offload::None, Offload::Component],
            OffloadChoice::None => &[Offload::None],
            OffloadChoice::Component => &[Offload::Component],
            OffloadChoice::Block => &[],
        };
        let tilings = tilings(options);
        let runs = offloads
            .iter()
            .flat_map(|offload| tilings.iter().map(|tiling| options.run(*offload, *tiling)));
        let plans = runs.filter_map(|run| {
            let counts = self.counts(run, gpus)?;
            let saved = self.forward(run.precision) * f64::from(self.task.passes)
                - self.step_in_rounds(&counts, run.precision);
            let spread = Spread::Blocks(counts);
            Some(Plan {
                peak: *peaks(self.sizes, self.task, run, &spread).iter().max()?,
                spread,
                run,
                host: 0,
                seconds: self.seconds(run) - f64::from(self.task.steps) * saved,
            })
        });
        plans.min_by(|a, b| a.seconds.total_cmp(&b.seconds))
    }

    /// Seconds of a step whose passes follow one another over the GPUs: each is in the blocks of a GPU and round at a time, and
    /// all have come through when the last has, which begins as many of these later as there are passes before it.
    fn step_in_rounds(&self, counts: &[usize], precision: Precision) -> f64 {
        let (passes, forward) = (self.task.passes as usize, self.forward(precision));
        let used = counts.iter().filter(|count| **count > 0).count();
        let most = counts.iter().max().copied().unwrap_or_default();
        if used < passes.max(2) {
            return forward * passes as f64;
        }
        let longest = forward * most as f64 / (ROUNDS * self.sizes.blocks) as f64;
        let carried = self.streams(precision) as f64 / self.speed.link;
        (used * ROUNDS + passes - 1) as f64 * (longest + carried)
    }

    fn counts(&self, run: Run, gpus: &[Budget]) -> Option<Vec<usize>> {
        let first = gpus.first()?.room();
        let Beside { denoising, text } = self.beside_blocks(run, true);
        if denoising.max(text) > first {
            return None;
        }
        let rooms = gpus.iter().enumerate().map(|(gpu, budget)| {
            let taken = self.beside_blocks(run, gpu == 0).denoising;
            budget.room().saturating_sub(taken)
        });
        let block = self.sizes.in_blocks(self.sizes.block, run.precision);
        shares(self.sizes.blocks, block, &rooms.collect::<Vec<_>>())
    }

    fn beside_blocks(&self, run: Run, first: bool) -> Beside {
        let everything = self.peak(run);
        let blocks = self.block_weights(run.precision, Offload::None);
        // What its passes bring from the GPU before is held apart.
        let ways = u64::from(self.task.passes) * self.streams(run.precision);
        let work = self.block_work(run) + ways;
        if !first {
            return Beside {
                denoising: work,
                text: 0,
            };
        }
        match run.offload {
            Offload::None => Beside {
                denoising: everything.saturating_sub(blocks) + ways,
                text: 0,
            },
            Offload::Component | Offload::Block(_) => Beside {
                denoising: self.denoising(run).saturating_sub(blocks) + ways,
                text: self.text_weights(run.precision, run.offload)
                    + self.text_work(run)
                    + self.vae_weights(run.precision),
            },
        }
    }
}
