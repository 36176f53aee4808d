//! The same over several cards.

use super::forecast::Forecast;
use super::sizes::in_blocks;
use super::{Budget, OffloadWish, Plan, RESERVE, Run, Sizes, Speed, Task, TooSmall, Wishes};
use super::{by_precision, plan, tilings};
use crate::gpus::Spread;
use crate::placement::Offload;

/// The fastest plan that fits on `cards`, of which the first is to have everything but blocks. Blocks stream from the
/// computer's memory to the first only.
pub fn plan_over(
    sizes: &Sizes,
    speed: &Speed,
    task: &Task,
    cards: &[Budget],
    wishes: &Wishes,
) -> Result<Plan, TooSmall> {
    by_precision(wishes, |wishes| {
        plan_in_precision(sizes, speed, task, cards, wishes)
    })
}

fn plan_in_precision(
    sizes: &Sizes,
    speed: &Speed,
    task: &Task,
    cards: &[Budget],
    wishes: &Wishes,
) -> Result<Plan, TooSmall> {
    let first = cards
        .first()
        .copied()
        .unwrap_or(Budget { device: 0, host: 0 });
    let alone = plan(sizes, speed, task, first, wishes);
    if cards.len() < 2 {
        return alone;
    }
    let forecast = Forecast { sizes, speed, task };
    let spread = forecast.blocks_over(cards, wishes);
    if wishes.balanced {
        return spread.map_or(alone, Ok);
    }
    let guidance = guidance_over(sizes, speed, task, cards, wishes);
    let plans = [guidance, alone.clone().ok(), spread];
    let best = plans.into_iter().flatten();
    let best = best.min_by(|a, b| a.seconds.total_cmp(&b.seconds));
    best.map_or(alone, Ok)
}

/// Bytes of each card at most.
pub fn peaks(sizes: &Sizes, task: &Task, run: Run, spread: &Spread) -> Vec<u64> {
    let speed = &Speed::default();
    let forecast = Forecast { sizes, speed, task };
    match spread {
        Spread::One => vec![forecast.peak(run)],
        Spread::Guidance => {
            let task = &one_pass(task);
            vec![Forecast { task, ..forecast }.peak(run); 2]
        }
        Spread::Blocks(counts) => {
            let block = in_blocks(forecast.sizes.block, run.precision);
            let cards = counts.iter().enumerate();
            let peak = |(card, count): (usize, &usize)| {
                let fixed = forecast.beside_blocks(run, card == 0);
                let blocks = *count as u64 * block;
                match (card, count) {
                    (0, _) => (fixed.denoising + blocks).max(fixed.text),
                    (_, 0) => 0,
                    _ => fixed.denoising + blocks,
                }
            };
            cards.map(peak).collect()
        }
    }
}

/// How many of `blocks` equal blocks, of so many bytes each, each card takes that has so many bytes of room, in proportion
/// to the room; none where they do not fit.
pub fn shares(blocks: usize, block: u64, rooms: &[u64]) -> Option<Vec<usize>> {
    let capacity = |room: u64| (room / block.max(1)) as usize;
    let all: usize = rooms.iter().map(|room| capacity(*room)).sum();
    if all < blocks {
        return None;
    }
    let whole: u128 = rooms.iter().map(|room| u128::from(*room)).sum();
    let share = |room: &u64| (blocks as u128 * u128::from(*room) / whole.max(1)) as usize;
    let mut counts: Vec<_> = rooms.iter().map(share).collect();
    for _ in counts.iter().sum()..blocks {
        let spare = |(room, count): &(&u64, &mut usize)| **room - **count as u64 * block;
        let freest = rooms.iter().zip(&mut counts).max_by_key(spare);
        if let Some((_, count)) = freest {
            *count += 1;
        }
    }
    Some(counts)
}

fn one_pass(task: &Task) -> Task {
    Task { passes: 1, ..*task }
}

/// Each of the first two cards does one pass of a step, and has to be able to do the whole job so.
fn guidance_over(
    sizes: &Sizes,
    speed: &Speed,
    task: &Task,
    cards: &[Budget],
    wishes: &Wishes,
) -> Option<Plan> {
    let smaller = cards.iter().take(2).min_by_key(|card| card.device)?;
    let task = &one_pass(Some(task).filter(|task| task.passes == 2)?);
    let plan = plan(sizes, speed, task, *smaller, wishes).ok()?;
    (!plan.streams()).then_some(Plan {
        spread: Spread::Guidance,
        ..plan
    })
}

/// Bytes that a card needs beside its blocks.
struct Beside {
    denoising: u64,
    /// While there are no blocks.
    text: u64,
}

impl Forecast<'_> {
    /// The fastest way to have all blocks on one card or another.
    fn blocks_over(&self, cards: &[Budget], wishes: &Wishes) -> Option<Plan> {
        let offloads: &[Offload] = match wishes.offload {
            OffloadWish::Auto => &[Offload::None, Offload::Component],
            OffloadWish::None => &[Offload::None],
            OffloadWish::Component => &[Offload::Component],
            OffloadWish::Block => &[],
        };
        let tilings = tilings(wishes);
        let runs = offloads.iter().flat_map(|offload| {
            tilings.iter().map(|tiling| Run {
                precision: wishes.precision,
                offload: *offload,
                tiling: *tiling,
                fused: wishes.fused,
            })
        });
        let plans = runs.filter_map(|run| {
            let spread = Spread::Blocks(self.counts(run, cards)?);
            Some(Plan {
                peak: *peaks(self.sizes, self.task, run, &spread).iter().max()?,
                spread,
                run,
                seconds: self.seconds(run),
            })
        });
        plans.min_by(|a, b| a.seconds.total_cmp(&b.seconds))
    }

    fn counts(&self, run: Run, cards: &[Budget]) -> Option<Vec<usize>> {
        let first = cards.first()?.device.saturating_sub(RESERVE);
        let Beside { denoising, text } = self.beside_blocks(run, true);
        if denoising.max(text) > first {
            return None;
        }
        let rooms = cards.iter().enumerate().map(|(card, budget)| {
            let taken = self.beside_blocks(run, card == 0).denoising + RESERVE;
            budget.device.saturating_sub(taken)
        });
        let block = in_blocks(self.sizes.block, run.precision);
        shares(self.sizes.blocks, block, &rooms.collect::<Vec<_>>())
    }

    fn beside_blocks(&self, run: Run, first: bool) -> Beside {
        let everything = self.peak(run);
        let blocks = self.block_weights(run.precision, Offload::None);
        let work = self.block_work(run);
        if !first {
            return Beside {
                denoising: work,
                text: 0,
            };
        }
        match run.offload {
            Offload::None => Beside {
                denoising: everything.saturating_sub(blocks),
                text: 0,
            },
            Offload::Component | Offload::Block(_) => Beside {
                denoising: self.denoising(run).saturating_sub(blocks),
                text: self.text_weights(run.precision, run.offload)
                    + self.text_work(run)
                    + self.vae_weights(run.precision),
            },
        }
    }
}
