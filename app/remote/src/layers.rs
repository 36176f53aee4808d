//! From a job's results back to a backend's layers.

use engine::{Decomposition, EngineError, ModelLayer};
use image::{ImageFormat, RgbaImage};

use crate::client::Server;

/// A canvas is no larger than what opens here, and no server makes us hold more.
const MOST_PIXELS: u64 = 1 << 28;

/// The layers as large as their canvas, bottom first.
pub fn fetch(
    server: &Server,
    job: &str,
    decomposition: &Decomposition,
) -> Result<Vec<ModelLayer>, EngineError> {
    let (width, height) = (decomposition.width, decomposition.height);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        let strange = server.strange(&format!("layers of {width} × {height}"));
        return Err(strange.into());
    }
    let layers = decomposition.layers.iter().enumerate();
    layers
        .map(|(n, layer)| {
            let trimmed = png(server, job, &format!("layers/{n}.png"))?;
            let mut image = RgbaImage::new(width, height);
            let (left, top) = (i64::from(layer.left), i64::from(layer.top));
            image::imageops::replace(&mut image, &trimmed, left, top);
            Ok(ModelLayer {
                image,
                content: layer.content,
                text: layer.text.clone(),
            })
        })
        .collect()
}

/// The unfinished layers that the server shows now.
pub fn preview(server: &Server, job: &str) -> Vec<RgbaImage> {
    let layers = (0..).map_while(|n| png(server, job, &format!("preview/{n}.png")).ok());
    layers.collect()
}

fn png(server: &Server, job: &str, part: &str) -> Result<RgbaImage, EngineError> {
    let png = server.png(job, part)?;
    let image = image::load_from_memory_with_format(&png, ImageFormat::Png);
    Ok(image.map_err(|error| server.strange(&error))?.into_rgba8())
}
