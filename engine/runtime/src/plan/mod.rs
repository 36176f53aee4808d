//! Decides before a job where its weights live, from what the device has free: the fastest way that fits, and what it will
//! take of memory and time. Nothing here changes what is on a device.

mod budget;
mod forecast;
pub mod host;
mod known_gpu;
mod one_gpu;
mod options;
pub mod run;
mod several_gpus;
mod sizes;
mod speed;
mod spill;
mod task;

pub use budget::{Budget, lower_limit};
pub use known_gpu::KnownGpu;
pub use one_gpu::plan;
pub use options::PlanOptions;
pub use run::{Alternative, Plan, Run, TooSmall};
pub use several_gpus::{peaks, plan_over, shares};
pub use sizes::Sizes;
pub use sizes::StoredBlock;
pub use speed::Speed;
pub use spill::{GpuUse, spill_note};
pub use task::Task;

use crate::Result;
use crate::placement::Placement;

/// The fastest plan for a task that fits what a placement's devices have free now. `limit`: bytes of each at most.
pub fn plan_on(
    placement: &Placement,
    sizes: &Sizes,
    task: &Task,
    options: &PlanOptions,
    limit: Option<u64>,
) -> Result<Plan> {
    let gpus = Budget::of(placement, None, limit)?;
    let speed = Speed::of(placement)?;
    Ok(plan_over(sizes, &speed, task, &gpus, options)?)
}

/// The fastest plan for a task that fits a GPU while no other program uses it, in a computer with memory enough. `limit`:
/// bytes of the GPU at most.
pub fn plan_for(
    gpu: &KnownGpu,
    sizes: &Sizes,
    task: &Task,
    options: &PlanOptions,
    limit: Option<u64>,
) -> std::result::Result<Plan, TooSmall> {
    let free = gpu.free();
    let budget = Budget::of_gpu(limit.map_or(free, |limit| limit.min(free)), u64::MAX);
    plan(sizes, &Speed::of_gpu(gpu.rates()), task, budget, options)
}
