//! `lamina plan`: what a job would take, before it is begun.

use engine::DecomposeRequest;
use qwen_image_layered::plan::{Plan, Task, Wishes, plan_on};
use qwen_image_layered::{ModelError, Placement, RandomModel};

use crate::args::{PlanArgs, tiling};
use crate::exit::Exit;

/// Prints the plan of a square picture's job on the published model.
pub fn run(args: &PlanArgs) -> Exit {
    let request = args.settings.request();
    match decide(args, &request) {
        Ok(plan) => {
            println!("{plan}");
            Exit::Success
        }
        Err(error) => {
            eprintln!("lamina: {error}");
            Exit::Failed
        }
    }
}

fn decide(args: &PlanArgs, request: &DecomposeRequest) -> Result<Plan, ModelError> {
    let gpus = args.memory.gpus();
    let placement = Placement::choose(args.device, &gpus, args.precision)?;
    for sentence in placement.missing() {
        eprintln!("{sentence}");
    }
    let tiling = tiling(args.vae_tiling);
    let wishes = Wishes::of(&placement, &gpus, args.memory.offload, tiling);
    let wishes = wishes.with_spread(args.memory.spread);
    let sizes = RandomModel::full().sizes();
    let limit = args.memory.vram_budget;
    plan_on(&placement, &sizes, &Task::of(request), &wishes, limit)
}
