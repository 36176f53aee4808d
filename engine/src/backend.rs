use std::borrow::Cow;
use std::path::PathBuf;

use image::RgbaImage;
use ocr::TextBlock;
use serde::{Deserialize, Serialize};

use crate::{
    Controls, DecomposeRequest, EngineError, Estimate, Hardware, Model, ModelStatus, Progress,
};

/// What splits a picture into layers. Runs on the engine's own thread, one job at a time, and may keep what it has
/// loaded between jobs.
pub trait Backend: Send {
    fn id(&self) -> BackendId;

    /// Whether it can run on `hardware`. Asked when the engine starts and before each job; must be quick.
    fn status(&self, hardware: &Hardware) -> BackendStatus;

    /// What a job would take where it runs now. May open the devices and the model's files, and so take a moment.
    fn estimate(&mut self, request: &DecomposeRequest) -> Result<Estimate, EngineError>;

    /// Another, which has loaded nothing and says what a job would take where this one runs, also while this one has a job.
    fn estimator(&self) -> Box<dyn Backend>;

    /// Layers bottom first, all of one size (the backend's working size, not necessarily the source's). Reports its own
    /// stages to `progress` and returns [`EngineError::Cancelled`] soon after that says so.
    fn decompose(
        &mut self,
        request: &DecomposeRequest,
        progress: &dyn Progress,
    ) -> Result<Vec<ModelLayer>, EngineError>;

    /// For a backend that has one.
    fn model(&mut self) -> Option<&mut dyn Model> {
        None
    }
}

/// A short stable name ("quick") for command lines and reports, and one for people ("Quick").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendId {
    pub id: Cow<'static, str>,
    pub label: Cow<'static, str>,
}

impl BackendId {
    pub const fn new(id: &'static str, label: &'static str) -> Self {
        Self {
            id: Cow::Borrowed(id),
            label: Cow::Borrowed(label),
        }
    }
}

/// Whether a backend can run here, and one sentence that says why or why not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackendStatus {
    pub backend: BackendId,
    pub ready: bool,
    /// "The model runs on the GPU." or "No model folder is chosen."
    pub reason: String,
    pub controls: Controls,
    /// Of a backend that has a model.
    pub model: Option<ModelStatus>,
}

/// What a layer holds, as far as the backend can tell; names are made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Background,
    /// Anything pictorial.
    Object,
    /// What carries something else: a card, a ribbon, a button, a bubble, a frame.
    Shape,
    Text,
    Unknown,
}

/// A layer as a backend makes it.
#[derive(Debug, Clone)]
pub struct ModelLayer {
    /// Straight alpha, sRGB.
    pub image: RgbaImage,
    pub content: Content,
    /// What the lettering on it says, in pixels of `image`.
    pub text: Option<TextBlock>,
}

impl ModelLayer {
    /// A layer that has not been read.
    pub fn new(image: RgbaImage, content: Content) -> Self {
        Self {
            image,
            content,
            text: None,
        }
    }
}

/// Reaches other computers that decompose. Waits for them, and so belongs on a thread of its own.
pub trait Servers: Send + Sync {
    /// All that the server decomposes with, best first, under ids and labels that tell them from this computer's own.
    ///
    /// # Errors
    /// One sentence, when it cannot be reached, wants another token, or the token's file cannot be read.
    fn backends(&self, server: &ServerAddress) -> Result<Vec<Box<dyn Backend>>, EngineError>;
}

/// Another computer that runs `lamina serve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAddress {
    /// "http://desk:7860".
    pub url: String,
    /// The first line of this file is the token that it asks for.
    pub token_file: Option<PathBuf>,
}
