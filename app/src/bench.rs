use clap::Args;
use engine::{CancelToken, Resolution};
use qwen_image_layered::bench::{Figures, Held, Workload, measure};
use qwen_image_layered::plan::lower_limit;
use qwen_image_layered::{DeviceChoice, ModelError, Placement, Precision, RandomModel, RunOptions};

use crate::args::{MemoryArgs, gib as bytes_of_gib};
use crate::exit::Exit;

/// Options of `lamina bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    #[arg(long, default_value = "640", value_parser = resolution, value_name = "SIDE")]
    resolution: Resolution,

    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    layers: u32,

    /// Of each of two runs, one with guidance and one without
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    steps: u32,

    /// Tokens after which the caption is broken off; 0 leaves it out
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(0..=512))]
    caption_tokens: u32,

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
        let gpus = self.memory.gpus();
        let placement = Placement::choose(self.device, &gpus, self.precision)?;
        let _held = self
            .leave_free
            .map(|free| Held::all_but(&placement, free))
            .transpose()?;
        let mut workload = self.workload();
        let mut limit = self.memory.vram_budget;
        loop {
            let plan = workload.plan(&placement, self.memory.offload, limit)?;
            eprintln!("{plan}");
            workload.options.tiling = plan.run.tiling;
            let planned = placement.clone().carrying_out(&plan);
            match measure(&workload, &planned, cancel) {
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
            options: RunOptions::default(),
            gpus: self.memory.gpus(),
            spread: self.memory.spread,
        }
    }
}

fn resolution(text: &str) -> Result<Resolution, String> {
    match text {
        "640" => Ok(Resolution::R640),
        "1024" => Ok(Resolution::R1024),
        _ => Err("choose 640 or 1024".into()),
    }
}

fn table(figures: &Figures) -> String {
    let mut rows = vec![
        ("load", Some(figures.load_ms), "all networks"),
        (
            "caption, first token",
            figures.caption_first_token_ms,
            "with the picture",
        ),
        ("caption, each token", figures.caption_token_ms, ""),
        ("encode prompts", Some(figures.encode_prompts_ms), "two"),
        ("encode picture", Some(figures.encode_picture_ms), ""),
        (
            "prepare",
            Some(figures.prepare_ms),
            "modulation of all steps",
        ),
        ("forward", Some(figures.forward_ms), "median"),
        ("step", Some(figures.step_ms), "median, with guidance"),
        ("decode", Some(figures.decode_ms), "all layers"),
        ("rebuild", Some(figures.rebuild_ms), "at twice the side"),
    ];
    rows.retain(|(_, time, _)| time.is_some());
    let mut text = format!(
        "{}, {}, {}, offload {}, {} layers at {:?}, {} steps, {} + {} tokens\n",
        figures.device,
        figures.spread,
        figures.precision,
        figures.offload,
        figures.layers,
        figures.resolution,
        figures.steps,
        figures.image_tokens,
        figures.text_tokens,
    );
    for (name, time, note) in rows {
        let time = time.unwrap_or_default();
        text += format!("{name:<22}{time:>10.1} ms  {note}").trim_end();
        text += "\n";
    }
    let share = 100.0 * figures.forward_floor_ms / figures.forward_ms;
    text += &format!(
        "{:<22}{:>10.0} TFLOP/s, {:.1} TFLOP a forward\n{:<22}{:>10.1} ms  an H100's arithmetic alone in bf16; {share:.0} % of the forward\n",
        "speed", figures.tflop_per_second, figures.forward_tflop, "floor", figures.forward_floor_ms,
    );
    for memory in &figures.memory {
        let name = format!("peak, {}", memory.stage.label().to_lowercase());
        text += &format!("{name:<22}{:>10.2} GiB\n", gib(memory.peak));
    }
    let forecast = gib(figures.forecast);
    text += &format!(
        "{:<22}{forecast:>10.2} GiB  of all stages\n",
        "peak, forecast"
    );
    let in_use = gib(figures.device_bytes_in_use);
    text += &format!("{:<22}{in_use:>10.2} GiB  at the end\n", "device in use");
    text + &format!("{:<22}{}\n", "layers' fingerprint", figures.fingerprint)
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}
