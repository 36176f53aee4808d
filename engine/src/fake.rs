use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::fake_layers::cut_discs;
use crate::{
    Backend, BackendId, BackendStatus, Cancelled, Controls, DecomposeRequest, DeviceEstimate,
    DevicePeak, EngineError, Estimate, FakeModel, Forecast, Hardware, Model, ModelLayer,
    OffloadChoice, Precision, Progress, RunPlan, Stage, Tiling,
};

/// How long a waiting step goes without asking whether it is cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(2);
/// What it makes of a picture unless it is told.
const AUTO_LAYERS: u32 = 4;

/// A scripted backend for tests: the layers, the number of steps, the pace and the failure are given beforehand.
///
/// By default it is ready, takes four steps without waiting, and cuts any source into a background and discs that
/// recompose to it exactly.
#[derive(Debug, Clone)]
pub struct FakeBackend {
    id: BackendId,
    layers: Option<Vec<ModelLayer>>,
    steps: u32,
    pace: Pace,
    outcome: Outcome,
    unavailable: Option<String>,
    controls: Controls,
    previews: bool,
    note: Option<String>,
    requests: Option<Sender<DecomposeRequest>>,
    model: Option<FakeModel>,
}

#[derive(Debug, Clone)]
enum Pace {
    Each(Duration),
    Gate(Receiver<()>),
}

#[derive(Debug, Clone)]
enum Outcome {
    Layers,
    Error(EngineError),
    Panic,
}

impl Default for FakeBackend {
    fn default() -> Self {
        Self {
            id: BackendId::new("fake", "Fake, for tests"),
            layers: None,
            steps: 4,
            pace: Pace::Each(Duration::ZERO),
            outcome: Outcome::Layers,
            unavailable: None,
            controls: Controls::default(),
            previews: false,
            note: None,
            requests: None,
            model: None,
        }
    }
}

impl FakeBackend {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn named(mut self, id: &'static str, label: &'static str) -> Self {
        self.id = BackendId::new(id, label);
        self
    }

    /// These layers, whatever the source is.
    pub fn layers(mut self, layers: Vec<ModelLayer>) -> Self {
        self.layers = Some(layers);
        self
    }

    pub fn steps(mut self, steps: u32) -> Self {
        self.steps = steps;
        self
    }

    /// Each step takes this long.
    pub fn pace(mut self, step: Duration) -> Self {
        self.pace = Pace::Each(step);
        self
    }

    /// Each step waits for one message; once the sender is dropped, the rest run freely.
    pub fn gate(mut self, gate: Receiver<()>) -> Self {
        self.pace = Pace::Gate(gate);
        self
    }

    /// Fails after the last step.
    pub fn fail(mut self, error: EngineError) -> Self {
        self.outcome = Outcome::Error(error);
        self
    }

    /// Panics after the last step.
    pub fn panic(mut self) -> Self {
        self.outcome = Outcome::Panic;
        self
    }

    /// Not ready, for this reason.
    pub fn unavailable(mut self, reason: impl Into<String>) -> Self {
        self.unavailable = Some(reason.into());
        self
    }

    pub fn controls(mut self, controls: Controls) -> Self {
        self.controls = controls;
        self
    }

    /// Shows the layers after each step.
    pub fn previews(mut self) -> Self {
        self.previews = true;
        self
    }

    /// Says this of each job.
    pub fn note(mut self, sentence: &str) -> Self {
        self.note = Some(sentence.to_owned());
        self
    }

    /// Sends each request that it gets; one that finds no room is not sent.
    pub fn requests(mut self, requests: Sender<DecomposeRequest>) -> Self {
        self.requests = Some(requests);
        self
    }

    /// Runs only while `model` has a source, takes its id, and captions with it as a model would: in a stage of its own,
    /// a step for each word, when the request has no prompt.
    pub fn model(mut self, model: &FakeModel) -> Self {
        self.id = BackendId::new("fake-model", "Fake model");
        self.model = Some(model.clone());
        self
    }

    fn caption(&self, model: &FakeModel, progress: &dyn Progress) -> Result<(), Cancelled> {
        let words = model.words();
        let most = words.len() as u32 + 1;
        progress.report(Stage::Caption, 0, most);
        for written in 1..=words.len() {
            self.wait_for_step(progress)?;
            progress.caption(&words[..written].join(" "));
            progress.report(Stage::Caption, written as u32, most);
        }
        progress.report(Stage::Caption, words.len() as u32, words.len() as u32);
        Ok(())
    }

    fn wait_for_step(&self, progress: &dyn Progress) -> Result<(), Cancelled> {
        match &self.pace {
            Pace::Each(step) => {
                let until = Instant::now() + *step;
                while Instant::now() < until {
                    progress.check()?;
                    thread::sleep(CANCEL_POLL.min(until.saturating_duration_since(Instant::now())));
                }
            }
            Pace::Gate(gate) => {
                while let Err(RecvTimeoutError::Timeout) = gate.recv_timeout(CANCEL_POLL) {
                    progress.check()?;
                }
            }
        }
        progress.check()
    }
}

impl Backend for FakeBackend {
    fn id(&self) -> BackendId {
        self.id.clone()
    }

    fn status(&self, _hardware: &Hardware) -> BackendStatus {
        let no_model = self
            .model
            .as_ref()
            .is_some_and(|model| model.status().source.is_none())
            .then(|| "No model is chosen.".to_owned());
        let unavailable = self.unavailable.clone().or(no_model);
        BackendStatus {
            backend: self.id(),
            ready: unavailable.is_none(),
            reason: unavailable.unwrap_or_else(|| "Plays a script.".into()),
            controls: self.controls.clone(),
            model: self.model.as_ref().map(Model::status),
        }
    }

    fn estimate(&mut self, request: &DecomposeRequest) -> Result<Estimate, EngineError> {
        let layers = request.layers.or(AUTO_LAYERS);
        Ok(Estimate {
            seconds: f64::from(layers * self.steps),
            devices: vec![DeviceEstimate {
                device: "script".into(),
                bytes: 1 << 30,
            }],
            host_bytes: 0,
        })
    }

    fn estimator(&self) -> Box<dyn Backend> {
        Box::new(Self {
            pace: Pace::Each(Duration::ZERO),
            requests: None,
            ..self.clone()
        })
    }

    fn model(&mut self) -> Option<&mut dyn Model> {
        self.model.as_mut().map(|model| model as _)
    }

    fn decompose(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<Vec<ModelLayer>, EngineError> {
        if let Some(requests) = &self.requests {
            let _ = requests.try_send(request.clone());
        }
        if self.model.is_some() {
            progress.planned(&plan());
        }
        progress.report(Stage::Load, 0, 1);
        if let Some(model) = &self.model {
            model.set_loaded(true);
        }
        let layers = self
            .layers
            .clone()
            .unwrap_or_else(|| cut_discs(&request.source, request.layers.or(AUTO_LAYERS)));
        progress.report(Stage::Load, 1, 1);
        if let Some(model) = self
            .model
            .as_ref()
            .filter(|_| request.diffusion.wants_caption())
        {
            self.caption(model, progress)?;
        }
        progress.report(Stage::Denoise, 0, self.steps);
        if self.model.is_some() {
            progress.memory(Stage::Denoise, &[peak(1 << 29)]);
            progress.memory(Stage::Denoise, &[peak(1 << 28)]);
        }
        for step in 1..=self.steps {
            self.wait_for_step(progress)?;
            progress.report(Stage::Denoise, step, self.steps);
            if self.previews {
                progress.preview(layers.iter().map(|layer| layer.image.clone()).collect());
            }
        }
        if let Some(sentence) = &self.note {
            progress.note(sentence);
        }
        match &self.outcome {
            Outcome::Layers => Ok(layers),
            Outcome::Error(error) => Err(error.clone()),
            Outcome::Panic => panic!("the script says so"),
        }
    }
}

/// Told twice, as of a stage that comes again.
fn peak(bytes: u64) -> DevicePeak {
    DevicePeak {
        device: "script".into(),
        bytes,
    }
}

fn plan() -> RunPlan {
    RunPlan {
        devices: vec!["script".into()],
        precision: Precision::F32,
        offload: "none".into(),
        offload_way: OffloadChoice::None,
        spread: "one device".into(),
        tiling: Tiling::Off,
        forecast: Forecast {
            seconds: 2.0,
            device_bytes: 1 << 30,
            host_bytes: 0,
        },
        summary: "everything stays on the device; at most 1.0 GiB, about 2 s".into(),
    }
}
