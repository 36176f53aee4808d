//! The record of earlier runs.

use engine::{Decomposition, Stage, gib};
use serde::Serialize;
use words::{decimal, say};

use crate::told::stage_name;

/// Keeps what runs took. Reads and writes a file, and so belongs on a thread of its own.
pub trait RunRecord: Send + Sync {
    /// By what they ran on; the error is one sentence.
    fn baselines(&self) -> Result<Vec<Baseline>, String>;

    /// Adds a run that has ended.
    fn keep(&self, done: &Decomposition) -> Result<(), String>;
}

/// Runs that are alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baseline {
    /// What they have in common, as its words are shown: backend, resolution and GPU.
    pub what: String,
    pub done: usize,
    pub failed: usize,
    /// Of those that are done, as the next.
    pub median_seconds: Option<f64>,
    pub slowest_seconds: Option<f64>,
    /// Median of measured over forecast, of runs that were planned.
    pub over_forecast: Option<f64>,
    /// In the order they run.
    pub stages: Vec<StageBaseline>,
    pub stands_out: Vec<Outlier>,
}

/// A stage of runs that are alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageBaseline {
    pub stage: Stage,
    pub median_seconds: f64,
    /// What it took of one device at most, where devices count it.
    pub most_bytes: Option<u64>,
}

/// A run that took much longer or shorter than its like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlier {
    /// When, as RFC 3339 has it.
    pub ended: String,
    pub seconds: f64,
    /// Of the median.
    pub times: f64,
    /// Of the picture, in pixels.
    pub width: u32,
    pub height: u32,
}

impl Baseline {
    /// "12 done, 1 failed; as a rule 26.1 s, at most 31.0 s, 0.98 of the forecast".
    pub fn figures(&self) -> String {
        let mut line = say!("history-counts", done = self.done, failed = self.failed);
        if let (Some(median), Some(slowest)) = (self.median_seconds, self.slowest_seconds) {
            line += &say!(
                "history-seconds",
                median = decimal(median, 1),
                slowest = decimal(slowest, 1)
            );
        }
        if let Some(over) = self.over_forecast {
            line += &say!("history-over-forecast", share = decimal(over, 2));
        }
        line
    }

    /// "Load 3.1 s, 13.8 GiB; Denoise 20.4 s, 14.0 GiB", of its stages; empty where nothing is done.
    pub fn stage_figures(&self) -> String {
        let told = self.stages.iter().map(|of| {
            let bytes = of
                .most_bytes
                .map(|bytes| say!("history-memory", size = decimal(gib(bytes), 1)));
            say!(
                "history-stage",
                stage = stage_name(of.stage),
                seconds = decimal(of.median_seconds, 1),
                memory = bytes.unwrap_or_default()
            )
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

impl Outlier {
    pub fn line(&self) -> String {
        let Self { ended, seconds, .. } = self;
        let (times, width, height) = (self.times, self.width, self.height);
        say!(
            "history-outlier",
            ended = ended,
            seconds = decimal(*seconds, 1),
            times = decimal(times, 1),
            width = width,
            height = height
        )
    }
}
