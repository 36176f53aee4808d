use std::sync::Arc;

use image::RgbaImage;
use ocr::TextBlock;
use serde::{Deserialize, Serialize};

use crate::{BackendId, Content, DecomposeRequest, ModelLayer, RecompositionError, RunPlan, Stage};

/// A finished job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decomposition {
    /// Size that all layer positions refer to: the source's, or the backend's when `rebuild` was off.
    pub width: u32,
    pub height: u32,
    /// Bottom first.
    pub layers: Vec<ResultLayer>,
    pub report: Report,
}

/// A finished job with the backend's own layers.
#[derive(Debug, Clone)]
pub struct RawDecomposition {
    /// Bottom first: at least one, all of one size.
    pub layers: Vec<ModelLayer>,
    pub report: Report,
}

/// A named layer, trimmed to its visible pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultLayer {
    pub name: String,
    pub content: Content,
    /// What the lettering on it says, in the pixels that `left` and `top` count.
    pub text: Option<TextBlock>,
    /// Straight alpha, sRGB; left out of the text form.
    #[serde(skip)]
    pub image: Arc<RgbaImage>,
    pub left: u32,
    pub top: u32,
}

/// What was asked for, what was decided for it, and how it went: enough to run the job again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub request: DecomposeRequest,
    pub resolved: Resolved,
    pub stages: Vec<StageTime>,
    /// Steps that the step cache skipped, for each guidance branch, the prompt's first; `None` where it was off.
    pub skipped_steps: Option<Vec<u32>>,
    /// Sentences for the user about how it ran.
    pub notes: Vec<String>,
    /// `None` when the layers are not of the source's size.
    pub recomposition: Option<RecompositionError>,
}

/// What the request left open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolved {
    pub backend: BackendId,
    /// Why this backend ran.
    pub reason: String,
    /// Of a backend that plans.
    pub plan: Option<RunPlan>,
    /// What the model wrote in place of a prompt.
    pub caption: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageTime {
    pub stage: Stage,
    pub seconds: f64,
    /// Of the devices that count it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<DevicePeak>,
}

/// What a stage took of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicePeak {
    /// "NVIDIA H100 80GB HBM3".
    pub device: String,
    /// Of tensors, at most.
    pub bytes: u64,
}
