//! How good layers are: posters whose layers are known, and the distance of a decomposition from them.

pub mod assigned;
mod assignment;
mod chance;
pub mod draw;
pub mod frozen;
pub mod metric;
pub mod posters;
pub mod sheet;
pub mod table;
mod texture;
mod words;

use std::sync::Arc;

use engine::{Backend, CancelToken, Content, DecomposeRequest, Decomposition, EngineError, Layers};
use image::RgbaImage;

pub use assigned::{Figures, figures};
pub use metric::{Score, score, strict_score};
pub use posters::{Kind, Poster};

/// Through the whole engine, as the program does it.
pub fn decompose(source: RgbaImage, layers: Layers) -> Result<Decomposition, EngineError> {
    let mut request = DecomposeRequest::new(Arc::new(source));
    request.layers = layers;
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(quick::QuickBackend)];
    engine::run(
        &mut backends,
        &request,
        &mut |_| {},
        &CancelToken::default(),
    )
}

/// Layers laid out on the whole canvas, bottom first.
pub struct Found {
    pub layers: Vec<RgbaImage>,
    pub names: Vec<String>,
    pub is_text: Vec<bool>,
}

impl Found {
    pub fn new(result: &Decomposition) -> Self {
        Self {
            layers: full_canvas(result),
            names: result.layers.iter().map(|l| l.name.clone()).collect(),
            is_text: result
                .layers
                .iter()
                .map(|l| l.content == Content::Text)
                .collect(),
        }
    }
}

/// The layers laid out on the whole canvas, bottom first.
pub fn full_canvas(result: &Decomposition) -> Vec<RgbaImage> {
    result
        .layers
        .iter()
        .map(|layer| {
            let mut canvas = RgbaImage::new(result.width, result.height);
            image::imageops::replace(
                &mut canvas,
                layer.image.as_ref(),
                layer.left.into(),
                layer.top.into(),
            );
            canvas
        })
        .collect()
}
