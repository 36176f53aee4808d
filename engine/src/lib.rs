//! From one picture to a stack of layers: the request, the events, the thread that runs the backends, and what every
//! backend shares: rebuilding at the source's size, dropping empty layers, reading what is written on them (by `ocr`),
//! naming, and measuring the result.
//!
//! This crate knows no user interface and no model that makes layers. `image::RgbaImage` (straight alpha, sRGB) is its currency.

mod arrange;
mod backend;
mod choose;
mod controls;
mod error;
mod estimators;
mod event;
mod fake;
mod fake_layers;
mod fake_model;
mod forecast;
mod layers;
mod library;
mod model;
mod naming;
mod progress;
mod prune;
mod reading;
mod rebuild;
mod recomposition;
mod relay;
mod report;
mod reporter;
mod request;
mod run;
mod wire;
mod worker;

pub use backend::{Backend, BackendId, BackendStatus, Content, ModelLayer, ServerAddress, Servers};
pub use controls::{Choice, Controls, Number, Text, Unit};
pub use error::EngineError;
pub use estimators::Estimators;
pub use event::{Event, EventKind, JobId, Stage};
pub use fake::FakeBackend;
pub use fake_model::{FAKE_MODEL_FILE, FakeModel};
pub use forecast::{DeviceEstimate, Estimate, Forecast, RunPlan, gib};
pub use layers::Layers;
pub use library::{
    Catalogue, Fit, FoundModel, ModelLibrary, ModelPlaces, ModelRole, OnTransfer, PublishedModel,
    Transfer,
};
pub use model::{Model, ModelCommand, ModelSource, ModelStatus, SingleFiles};
pub use ocr::{TextBlock, TextLine};
pub use progress::{CancelToken, Cancelled, Progress};
pub use rebuild::rebuild;
pub use recomposition::{RecompositionError, recompose};
pub use relay::Relay;
pub use report::{
    Decomposition, DevicePeak, RawDecomposition, Report, Resolved, ResultLayer, StageTime,
};
pub use request::{
    BackendChoice, CaptionLanguage, DecomposeRequest, DeviceChoice, Diffusion, Except, Gpus,
    Hardware, Lora, OffloadChoice, Precision, Resolution, Rng, RngGpu, SpreadChoice, Tiling,
};
pub use run::{Made, estimate, make, run};
pub use wire::{Versioned, png};
pub use worker::Engine;
