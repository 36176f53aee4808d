use image::RgbaImage;
use serde::Serialize;

use crate::{BackendId, Content, DecomposeRequest, ModelLayer, RecompositionError, Stage};

/// A finished job.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub struct ResultLayer {
    pub name: String,
    pub content: Content,
    /// Straight alpha, sRGB.
    pub image: RgbaImage,
    pub left: u32,
    pub top: u32,
}

/// What ran, for the record beside an export. Serialises to JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub backend: BackendId,
    /// Why this backend ran.
    pub reason: String,
    pub request: DecomposeRequest,
    pub stages: Vec<StageTime>,
    /// `None` when the layers are not of the source's size.
    pub recomposition: Option<RecompositionError>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageTime {
    pub stage: Stage,
    pub seconds: f64,
}
