//! `lamina plan`: what a job would take, before it is begun.

use engine::DecomposeRequest;
use qwen_image_layered::plan::{Plan, Task, Wishes, plan_on};
use qwen_image_layered::{ModelError, RandomModel};

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
    let place = &args.place;
    let placement = place.placement()?;
    for sentence in placement.missing() {
        eprintln!("{sentence}");
    }
    let tiling = tiling(args.vae_tiling);
    let wishes = Wishes::of(
        &placement,
        &place.gpus(),
        place.spread,
        place.offload,
        tiling,
    );
    let sizes = RandomModel::full().sizes();
    let limit = place.vram_budget;
    plan_on(&placement, &sizes, &Task::of(request), &wishes, limit)
}
