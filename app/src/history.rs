//! `lamina history`: what jobs took, by what they ran on.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use engine::{Decomposition, StageTime};
use service::{Run, Store};
use session::{Baseline, Outlier, RunRecord, StageBaseline};
use words::say;

use crate::advice;
use crate::args::{GroupBy, HistoryArgs};
use crate::exit::Exit;

/// A job that took so many times what its like take, or a fraction of it, stands out.
const STANDS_OUT: f64 = 1.5;
/// Fewer say nothing of what is usual.
const ENOUGH: usize = 4;

pub fn run(args: &HistoryArgs) -> Exit {
    let folder = args.data.clone().map_or_else(data_folder, Ok);
    let groups = folder.and_then(|folder| baselines(&folder, args.since, &args.by));
    match groups.and_then(|groups| print(&groups, args.json)) {
        Ok(()) => Exit::Success,
        Err(error) => {
            eprintln!("lamina: {}", advice::sentence(&error));
            Exit::Failed
        }
    }
}

/// The user's own record of what jobs take, opened with the first of them. One that cannot be kept stops no job.
#[derive(Default)]
pub struct Record(OnceCell<Option<Store>>);

impl Record {
    pub fn keep(&self, run: &Run) {
        let open = || {
            let store = data_folder().and_then(|folder| Ok(Store::open(&folder)?));
            store.inspect_err(not_kept).ok()
        };
        if let Some(store) = self.0.get_or_init(open) {
            let kept = store.record(run).map_err(anyhow::Error::from);
            kept.inspect_err(not_kept).ok();
        }
    }
}

/// The same record, for the window: in a file that other programs write too, so that it is opened anew each time.
pub struct WindowRecord;

impl RunRecord for WindowRecord {
    fn baselines(&self) -> Result<Vec<Baseline>, String> {
        let read = data_folder().and_then(|folder| baselines(&folder, None, &GroupBy::ALL));
        read.map_err(|error| advice::sentence(&error))
    }

    fn keep(&self, done: &Decomposition) -> Result<(), String> {
        let Some(run) = run_of(done) else {
            return Ok(());
        };
        let kept = data_folder().and_then(|folder| Ok(Store::open(&folder)?.record(&run)?));
        kept.map_err(|error| advice::sentence(&error))
    }
}

/// What a decomposition took, without waiting for other pictures.
pub fn run_of(decomposition: &Decomposition) -> Option<Run> {
    let report = &decomposition.report;
    let seconds = report.stages.iter().map(|time| time.seconds).sum();
    Run::of(&report.request, Ok(decomposition), seconds)
}

fn not_kept(error: &anyhow::Error) {
    eprintln!(
        "lamina: {}",
        say!("run-not-recorded", error = advice::sentence(error))
    );
}

fn baselines(folder: &Path, since: Option<Duration>, by: &[GroupBy]) -> Result<Vec<Baseline>> {
    let runs = Store::open(folder)?.runs(since)?;
    let mut groups: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    for run in runs {
        groups.entry(what(&run, by)).or_default().push(run);
    }
    let groups = groups.into_iter();
    Ok(groups.map(|(what, runs)| baseline(what, &runs)).collect())
}

fn what(run: &Run, by: &[GroupBy]) -> String {
    let part = |by: &GroupBy| match by {
        GroupBy::Backend => run
            .backend
            .clone()
            .unwrap_or_else(|| say!("history-no-backend").into()),
        GroupBy::Resolution => run.request.diffusion.resolution.to_string(),
        GroupBy::Gpu => run
            .gpu()
            .unwrap_or_else(|| say!("history-processor").into()),
    };
    by.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn baseline(what: String, runs: &[Run]) -> Baseline {
    let done: Vec<_> = runs.iter().filter(|run| run.is_done()).collect();
    let median_seconds = median(done.iter().map(|run| run.seconds));
    let over = done.iter().filter_map(|run| {
        let plan = run.plan.as_ref()?;
        Some(run.seconds / plan.forecast.seconds)
    });
    let stands_out = |run: &&Run| {
        let times = run.seconds / median_seconds?;
        let is_usual = (1.0 / STANDS_OUT..=STANDS_OUT).contains(&times);
        (!is_usual).then(|| Outlier {
            ended: run.ended_text(),
            seconds: run.seconds,
            times,
            width: run.width,
            height: run.height,
        })
    };
    Baseline {
        what,
        done: done.len(),
        failed: runs.len() - done.len(),
        median_seconds,
        slowest_seconds: done.iter().map(|run| run.seconds).max_by(f64::total_cmp),
        over_forecast: median(over),
        stages: stages(&done),
        stands_out: match done.len() < ENOUGH {
            true => Vec::new(),
            false => done.iter().filter_map(stands_out).collect(),
        },
    }
}

fn stages(done: &[&Run]) -> Vec<StageBaseline> {
    let mut all: BTreeMap<_, Vec<&StageTime>> = BTreeMap::new();
    for time in done.iter().flat_map(|run| &run.stages) {
        all.entry(time.stage).or_default().push(time);
    }
    let stages = all.into_iter().filter_map(|(stage, times)| {
        let bytes = times.iter().flat_map(|time| &time.memory);
        Some(StageBaseline {
            stage,
            median_seconds: median(times.iter().map(|time| time.seconds))?,
            most_bytes: bytes.map(|peak| peak.bytes).max(),
        })
    });
    stages.collect()
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn print(groups: &[Baseline], json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(groups)?);
        return Ok(());
    }
    if groups.is_empty() {
        println!("{}", say!("history-nothing"));
    }
    for group in groups {
        println!("{}: {}", group.what, group.figures());
        if !group.stages.is_empty() {
            println!("  {}", group.stage_figures());
        }
        for run in &group.stands_out {
            println!("  {}", run.line());
        }
    }
    Ok(())
}

/// Where the record of jobs lies unless the command line says.
pub fn data_folder() -> Result<PathBuf> {
    let folders =
        directories::ProjectDirs::from("", "", "lamina").context(say!("history-no-folder"))?;
    Ok(folders.data_dir().to_owned())
}
