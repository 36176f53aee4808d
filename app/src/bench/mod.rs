//! `lamina bench`: what the model takes of time and memory on this computer, without its files.

mod table;

use std::time::Instant;

use clap::Args;
use engine::{CancelToken, Resolution};
use qwen_image_layered::bench::{Figures, Held, Workload, measure};
use qwen_image_layered::plan::lower_limit;
use qwen_image_layered::{DeviceChoice, ModelError, Placement, Precision, RandomModel, RunOptions};

use crate::args::{MemoryArgs, gib as bytes_of_gib};
use crate::exit::Exit;
use table::table;

/// Where `--step-cache` names none: in the middle of what is of use.
const STEP_CACHE: &str = "0.12";

/// Options of `lamina bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    #[arg(long, default_value = "640", value_parser = resolution, value_name = "SIDE")]
    resolution: Resolution,

    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    layers: u32,

    /// Of the whole job; a shorter one without guidance runs before it
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    steps: u32,

    /// Tokens after which the caption is broken off; 0 leaves it out
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(0..=512))]
    caption_tokens: u32,

    /// So many more whole jobs, to see what each leaves behind
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    jobs: u32,

    /// One more whole job with step caching
    #[arg(long, value_name = "THRESHOLD", num_args = 0..=1, default_missing_value = STEP_CACHE, value_parser = threshold)]
    step_cache: Option<f32>,

    /// "auto", "cpu" or "cuda:N"
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: DeviceChoice,

    #[arg(long, default_value = "auto", value_name = "TYPE")]
    precision: Precision,

    #[command(flatten)]
    memory: MemoryArgs,

    /// Take the rest of the device away first, so that so many GiB are free
    #[arg(long, value_name = "GIB", value_parser = bytes_of_gib)]
    leave_free: Option<u64>,

    /// A transformer of so many blocks only
    #[arg(long, value_name = "N")]
    blocks: Option<usize>,

    /// A model small enough for any processor
    #[arg(long)]
    tiny: bool,

    /// Tell which kernels a forward's time goes to; needs CUPTI of CUDA's toolkit and two steps or more
    #[arg(long)]
    profile: bool,

    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Builds the model from random weights, runs it, and prints what each stage took.
pub fn run(args: &BenchArgs) -> Exit {
    let cancel = CancelToken::default();
    let on_interrupt = cancel.clone();
    if let Err(error) = ctrlc::set_handler(move || on_interrupt.cancel()) {
        eprintln!("lamina: Ctrl-C will not stop this run cleanly: {error}");
    }
    let figures = args.measure(&cancel);
    match figures {
        Ok(figures) if args.json => match serde_json::to_string_pretty(&figures) {
            Ok(json) => println!("{json}"),
            Err(error) => return failed(&error.to_string()),
        },
        Ok(figures) => print!("{}", table(&figures)),
        Err(ModelError::Cancelled) => return Exit::Interrupted,
        Err(error) => return failed(&error.to_string()),
    }
    Exit::Success
}

fn failed(reason: &str) -> Exit {
    eprintln!("lamina: {reason}");
    Exit::Failed
}

impl BenchArgs {
    fn measure(&self, cancel: &CancelToken) -> Result<Figures, ModelError> {
        let sent = Instant::now();
        let gpus = self.memory.gpus();
        let placement = Placement::choose(self.device, &gpus, self.precision)?;
        let _held = self
            .leave_free
            .map(|free| Held::all_but(&placement, free))
            .transpose()?;
        let mut workload = self.workload();
        let mut limit = self.memory.vram_budget;
        for sentence in placement.missing() {
            eprintln!("{sentence}");
        }
        loop {
            let plan = workload.plan(&placement, self.memory.offload, limit)?;
            eprintln!("{plan}");
            workload.options.tiling = plan.run.tiling;
            let planned = placement.clone().carrying_out(&plan);
            match measure(&workload, &planned, sent, cancel) {
                Err(ModelError::OutOfMemory) => {
                    eprintln!("not enough memory for this plan; trying a smaller one");
                    limit = Some(lower_limit(&plan));
                }
                result => return result,
            }
        }
    }

    fn workload(&self) -> Workload {
        let model = if self.tiny {
            RandomModel::tiny()
        } else {
            RandomModel::full()
        };
        Workload {
            model: match self.blocks {
                Some(blocks) => model.with_blocks(blocks),
                None => model,
            },
            resolution: self.resolution,
            layers: self.layers,
            steps: self.steps,
            caption_tokens: self.caption_tokens,
            jobs: self.jobs,
            step_cache: self.step_cache,
            options: RunOptions::default(),
            profile: self.profile,
            gpus: self.memory.gpus(),
            spread: self.memory.spread,
        }
    }
}

fn threshold(text: &str) -> Result<f32, &'static str> {
    let number = text.parse().ok();
    number
        .filter(|number| *number > 0.0 && *number <= 1.0)
        .ok_or("choose a number above 0 and at most 1")
}

fn resolution(text: &str) -> Result<Resolution, String> {
    match text {
        "640" => Ok(Resolution::R640),
        "1024" => Ok(Resolution::R1024),
        _ => Err("choose 640 or 1024".into()),
    }
}
