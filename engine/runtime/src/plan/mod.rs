//! Decides before a job where its weights live, from what the device has free: the fastest way that fits, and what it will
//! take of memory and time. Nothing here changes what is on a device.

mod budget;
mod card;
mod cards;
mod forecast;
pub mod host;
mod known_card;
pub mod run;
mod sizes;
mod speed;
mod spill;
mod task;
mod wishes;

pub use budget::{Budget, lower_limit};
pub use card::plan;
pub use cards::{peaks, plan_over, shares};
pub use known_card::KnownCard;
pub use run::{Instead, Plan, Run, TooSmall};
pub use sizes::Sizes;
pub use sizes::StoredBlock;
pub use speed::Speed;
pub use spill::{CardUse, spill_note};
pub use task::Task;
pub use wishes::Wishes;

use crate::Result;
use crate::placement::Placement;

/// The fastest plan for a task that fits what a placement's devices have free now. `limit`: bytes of each at most.
pub fn plan_on(
    placement: &Placement,
    sizes: &Sizes,
    task: &Task,
    wishes: &Wishes,
    limit: Option<u64>,
) -> Result<Plan> {
    let cards = Budget::of(placement, None, limit)?;
    let speed = Speed::of(placement)?;
    Ok(plan_over(sizes, &speed, task, &cards, wishes)?)
}

/// The fastest plan for a task that fits a card while no other program uses it, in a computer with memory enough. `limit`:
/// bytes of the card at most.
pub fn plan_for(
    card: &KnownCard,
    sizes: &Sizes,
    task: &Task,
    wishes: &Wishes,
    limit: Option<u64>,
) -> std::result::Result<Plan, TooSmall> {
    let free = card.free();
    let budget = Budget::of_gpu(limit.map_or(free, |limit| limit.min(free)), u64::MAX);
    plan(sizes, &Speed::of_gpu(card.rates()), task, budget, wishes)
}
