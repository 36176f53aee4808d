//! `lamina bench`: what the model takes of time and memory on this computer, without its files.

mod table;

use std::time::Instant;

use engine::{CancelToken, Tiling, gib};
use qwen_image_layered::bench::{Figures, Held, Workload, measure};
use qwen_image_layered::plan::lower_limit;
use qwen_image_layered::{ModelError, RandomModel};

use crate::args::BenchArgs;
use crate::exit::{Exit, on_interrupt};
use table::table;

/// Builds the model from random weights, runs it, and prints what each stage took.
pub fn run(args: &BenchArgs) -> Exit {
    let cancel = on_interrupt();
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
        let placement = self.place.placement()?;
        let held = self
            .leave_free
            .map(|free| Held::all_but(&placement, free))
            .transpose()?
            .unwrap_or_default();
        let mut workload = self.workload()?;
        let mut limit = self.place.vram_budget;
        for sentence in placement.missing() {
            eprintln!("{sentence}");
        }
        for plans in 1.. {
            let plan = workload.plan(&placement, self.place.offload, limit)?;
            eprintln!("{plan}");
            workload.tiling = plan.run.tiling;
            let planned = plan.placed(placement.clone());
            match measure(&workload, &planned, sent, cancel) {
                Err(ModelError::OutOfMemory) => {
                    let [tensors, kept] = held.most_beside(&placement)?.map(gib);
                    eprintln!(
                        "not enough memory for this plan, tensors took {tensors:.2} GiB and {kept:.2} with what was freed; trying a smaller one"
                    );
                    limit = Some(lower_limit(&plan));
                }
                result => return result.map(|figures| Figures { plans, ..figures }),
            }
        }
        Err(ModelError::OutOfMemory)
    }

    fn model(&self) -> Result<RandomModel, ModelError> {
        let model = match self.tiny {
            true => RandomModel::tiny(),
            false => RandomModel::full(),
        };
        match (&self.transformer, self.blocks) {
            (Some(file), _) => model.with_transformer(file, &[]),
            (None, Some(blocks)) => Ok(model.with_blocks(blocks)),
            (None, None) => Ok(model),
        }
    }

    fn workload(&self) -> Result<Workload, ModelError> {
        Ok(Workload {
            model: self.model()?,
            resolution: self.resolution,
            layers: self.layers,
            steps: self.steps,
            caption_tokens: self.caption_tokens,
            jobs: self.jobs,
            step_cache: self.step_cache(),
            tiling: Tiling::Off,
            profile: self.profile,
            brief: self.brief,
            gpus: self.place.gpus(),
            spread: self.place.spread,
        })
    }
}
