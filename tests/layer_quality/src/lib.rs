//! How good layers are: posters whose layers are known, and the distance of a decomposition from them.

mod chance;
pub mod draw;
pub mod metric;
pub mod posters;
mod texture;

use std::sync::Arc;

use engine::{Backend, CancelToken, DecomposeRequest, Decomposition, EngineError};
use image::RgbaImage;

pub use metric::{Score, score, strict_score};
pub use posters::{Kind, Poster};

/// Through the whole engine, as the program does it.
pub fn decompose(source: RgbaImage, layers: u32) -> Result<Decomposition, EngineError> {
    let mut request = DecomposeRequest::new(Arc::new(source));
    request.layers = engine::Layers::AtMost(layers);
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(quick::QuickBackend)];
    engine::run(
        &mut backends,
        &request,
        &mut |_| {},
        &CancelToken::default(),
    )
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
                &layer.image,
                layer.left.into(),
                layer.top.into(),
            );
            canvas
        })
        .collect()
}
