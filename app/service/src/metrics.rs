//! What Prometheus reads of the service.

use std::sync::atomic::AtomicU64;

use engine::{Decomposition, EngineError, Stage};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::ServiceError;
use crate::store::{JobState, Run, Store, kind};

pub struct Metrics {
    registry: Registry,
    jobs: Family<JobsLabels, Gauge>,
    ended: Family<EndedLabels, Counter>,
    wait: Histogram,
    run: Family<RunLabels, Histogram>,
    stages: Family<StageLabels, Histogram>,
    memory: Family<MemoryLabels, Gauge>,
    /// Measured over forecast, of backends that plan.
    off_forecast: Gauge<f64, AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobsLabels {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndedLabels {
    /// "done", or the kind of the error.
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    backend: String,
    resolution: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabels {
    stage: StageLabel,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MemoryLabels {
    stage: StageLabel,
    /// Its place among the job's devices, from 0: several have one name.
    number: usize,
    device: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct StageLabel(Stage);

impl EncodeLabelValue for StageLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), std::fmt::Error> {
        self.0.label().encode(encoder)
    }
}

/// From 0.1 s to an hour and a half.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.1, 2.0, 16))
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("lamina");
        let jobs = Family::default();
        let ended = Family::default();
        let wait = seconds();
        let run = Family::<RunLabels, Histogram>::new_with_constructor(seconds);
        let stages = Family::<StageLabels, Histogram>::new_with_constructor(seconds);
        let memory = Family::default();
        let off_forecast = Gauge::default();
        registry.register("jobs", "Jobs that wait or run", jobs.clone());
        registry.register("ended", "Jobs that ended, by how", ended.clone());
        let unit = || Unit::Seconds;
        registry.register_with_unit(
            "wait",
            "From submission to the job's turn",
            unit(),
            wait.clone(),
        );
        registry.register_with_unit("run", "A job in the engine", unit(), run.clone());
        registry.register_with_unit("stage", "A stage of a job", unit(), stages.clone());
        registry.register_with_unit(
            "stage_memory",
            "What a stage of the last job that had it took of a device at most",
            Unit::Bytes,
            memory.clone(),
        );
        registry.register(
            "forecast_ratio",
            "What the last planned job took over what it was expected to take",
            off_forecast.clone(),
        );
        Self {
            registry,
            jobs,
            ended,
            wait,
            run,
            stages,
            memory,
            off_forecast,
        }
    }

    pub fn waited(&self, seconds: f64) {
        self.wait.observe(seconds);
    }

    pub fn ran(&self, run: &Run) {
        let labels = RunLabels {
            backend: run.backend.clone().unwrap_or_default(),
            resolution: run.request.diffusion.resolution.to_string(),
        };
        self.run.get_or_create(&labels).observe(run.seconds);
        for time in &run.stages {
            let stage = StageLabel(time.stage);
            let stage = self.stages.get_or_create(&StageLabels { stage });
            stage.observe(time.seconds);
            for (number, peak) in time.memory.iter().enumerate() {
                let labels = MemoryLabels {
                    stage: StageLabel(time.stage),
                    number,
                    device: peak.device.clone(),
                };
                let bytes = i64::try_from(peak.bytes).unwrap_or(i64::MAX);
                self.memory.get_or_create(&labels).set(bytes);
            }
        }
        if let Some(plan) = run.plan.as_ref().filter(|_| run.is_done()) {
            self.off_forecast.set(run.seconds / plan.forecast.seconds);
        }
    }

    pub fn ended(&self, result: &Result<Box<Decomposition>, EngineError>) {
        let outcome = result.as_ref().err().map_or("done".to_owned(), kind);
        self.ended.get_or_create(&EndedLabels { outcome }).inc();
    }

    /// In Prometheus's text format.
    pub fn text(&self, store: &Store) -> Result<String, ServiceError> {
        for state in [JobState::Queued, JobState::Running] {
            let state_name = state.name();
            let gauge = self.jobs.get_or_create(&JobsLabels { state: state_name });
            gauge.set(store.count(state)? as i64);
        }
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = text::encode(&mut text, &self.registry);
        Ok(text)
    }
}
