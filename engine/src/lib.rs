//! From one picture to a stack of layers: the request, the events, the thread that runs the backends, and what every
//! backend shares: rebuilding at the source's size, dropping empty layers, reading what is written on them (by `ocr`),
//! naming, and measuring the result.
//!
//! This crate knows no user interface and no model that makes layers. `image::RgbaImage` (straight alpha, sRGB) is its currency.

mod arrange;
mod backend;
mod cancel;
mod choose;
mod controls;
mod error;
mod estimate;
mod event;
mod fake;
mod fake_layers;
mod fake_model;
mod layers;
mod library;
mod model;
mod naming;
mod png;
mod progress;
mod prune;
mod reading;
mod rebuild;
mod recomposition;
mod report;
mod reporter;
mod request;
mod run;
mod run_plan;
mod servers;
mod trim;
mod versioned;
mod worker;

pub use backend::{Backend, BackendId, BackendStatus, Content, ModelLayer};
pub use cancel::{CancelToken, Cancelled};
pub use controls::{Choice, Controls, Number, Text, Unit};
pub use error::EngineError;
pub use estimate::{DeviceEstimate, Estimate, Estimators, gib};
pub use event::{Event, EventKind, JobId, Stage};
pub use fake::FakeBackend;
pub use fake_model::{FAKE_MODEL_FILE, FakeModel};
pub use layers::Layers;
pub use library::{
    Catalogue, Fit, FoundModel, ModelLibrary, ModelPlaces, ModelRole, OnTransfer, PublishedModel,
    Transfer,
};
pub use model::{Model, ModelCommand, ModelSource, ModelStatus, SingleFiles};
pub use ocr::{TextBlock, TextLine};
pub use png::png;
pub use progress::Progress;
pub use rebuild::rebuild;
pub use recomposition::{RecompositionError, recompose};
pub use report::{
    Decomposition, DevicePeak, RawDecomposition, Report, Resolved, ResultLayer, StageTime,
};
pub use request::{
    BackendChoice, CaptionLanguage, DecomposeRequest, DeviceChoice, Diffusion, Except, Gpus,
    Hardware, Lora, OffloadChoice, Precision, Resolution, Rng, RngGpu, SpreadChoice, Tiling,
};
pub use run::{Made, estimate, make, run};
pub use run_plan::{Forecast, RunPlan};
pub use servers::{ServerAddress, Servers};
pub use versioned::Versioned;
pub use worker::Engine;
