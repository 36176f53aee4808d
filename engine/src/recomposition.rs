use image::RgbaImage;
use serde::Serialize;

/// How far the stack is from the source, over the four premultiplied channels in 1/255 steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RecompositionError {
    pub mean: f64,
    /// 99.9th percentile over the pixels of the largest channel difference.
    pub p999: f64,
}

/// Straight-alpha source-over of full-canvas layers, bottom first.
pub fn recompose(width: u32, height: u32, layers: &[&RgbaImage]) -> RgbaImage {
    todo!()
}
