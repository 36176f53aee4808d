//! `lamina plan`: what a job would take, before it is begun.

use qwen_image_layered::plan::{KnownGpu, Plan, PlanOptions, Sizes, Task, plan_for, plan_on};
use qwen_image_layered::{ModelError, QwenBackend, RandomModel, sizes_of_path, task_of};
use words::say;

use crate::args::{PlanArgs, tiling};
use crate::exit::Exit;

/// Prints the plan of a square picture's job, on the published model unless another is named.
pub fn run(args: &PlanArgs) -> Exit {
    let request = args.settings.request();
    let loras = &request.diffusion.loras;
    let named = args.model.as_deref();
    let named = named.map(|path| sizes_of_path(path, loras));
    let sizes = match named.transpose() {
        Ok(named) => named.unwrap_or_else(|| RandomModel::full().sizes()),
        Err(error) => {
            eprintln!("lamina: {error}");
            return Exit::BadInput;
        }
    };
    if let Err(error) = QwenBackend::validate(&request) {
        eprintln!("lamina: {error}");
        return Exit::BadInput;
    }
    let task = task_of(&request);
    match args.known_gpus {
        Some(gpus) => {
            for gpu in gpus.0 {
                println!(
                    "{:<18} {}",
                    gpu.name,
                    on_known_gpu(gpu, args, &sizes, &task)
                );
            }
            Exit::Success
        }
        None => match here(args, &sizes, &task) {
            Ok(plan) => {
                println!("{plan}");
                Exit::Success
            }
            Err(error) => {
                eprintln!("lamina: {error}");
                Exit::Failed
            }
        },
    }
}

/// Or why there is none.
fn on_known_gpu(gpu: &KnownGpu, args: &PlanArgs, sizes: &Sizes, task: &Task) -> String {
    let place = &args.place;
    let options =
        PlanOptions::of_gpu_alone(place.precision, place.offload, tiling(args.vae_tiling));
    match plan_for(gpu, sizes, task, &options, place.vram_budget) {
        Ok(plan) => plan.to_string(),
        Err(refusal) => refusal.to_string(),
    }
}

fn here(args: &PlanArgs, sizes: &Sizes, task: &Task) -> Result<Plan, ModelError> {
    let place = &args.place;
    let placement = place.placement()?;
    if !place.names_a_device() && placement.is_processor() {
        eprintln!("{}", say!("plan-of-processor"));
    }
    for sentence in placement.missing() {
        eprintln!("{sentence}");
    }
    let tiling = tiling(args.vae_tiling);
    let options = PlanOptions::of(
        &placement,
        &place.gpus(),
        place.spread,
        place.offload,
        tiling,
    );
    plan_on(&placement, sizes, task, &options, place.vram_budget)
}
