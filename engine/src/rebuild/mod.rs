//! Brings layers to the source's size and makes their stack recompose to it.
//!
//! 1. Each layer is resampled with premultiplied alpha (`resample`), and its alpha refined against the source's edges
//!    (`guided_filter`), in bands of rows and only where it shows (`enlarge`).
//! 2. At each pixel the stack gets the source's alpha (`coverage`) and then its colour (`correct_colors`). Most pixels show
//!    one opaque layer, which is then the source (`settle`).
//!
//! Layers that already have the source's size skip the first: their alpha is as fine as the source itself.

mod correct_colors;
mod enlarge;
mod guided_filter;
mod resample;
mod settle;

use image::RgbaImage;

use crate::{CancelToken, EngineError, ModelLayer, Progress, Stage};
use enlarge::Enlargement;
use settle::settle;

/// Rows between two looks at the cancel token. At 4000 pixels × 8 layers a band takes some tens of milliseconds.
const BAND_ROWS: usize = 64;
/// Below this alpha, of 255, a model's colour is mostly rounding.
const COLORLESS_ALPHA: u8 = 8;

type Pixel = [u8; 4];

/// The layers, bottom first, at the source's size, recomposing to the source. Where a layer is hidden, it stays the
/// model's; where it is seen, alone or through others, it takes its share of the difference to the source.
/// `layers` must be of one size, which may be any. Each layer and each band of rows is a step of [`Stage::Rebuild`].
pub fn rebuild(
    mut layers: Vec<ModelLayer>,
    source: &RgbaImage,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Vec<ModelLayer>, EngineError> {
    let size = layers.first().map(|layer| layer.image.dimensions());
    let size = size.filter(|&size| size != source.dimensions());
    let resampled = size.map_or(0, |_| layers.len());
    let bands = (source.height() as usize).div_ceil(BAND_ROWS);
    let steps = (resampled + bands) as u32;
    progress.report(Stage::Rebuild, 0, steps);

    if let Some((width, height)) = size {
        let enlargement = Enlargement::new(source, width, height)?;
        for (step, layer) in (1..).zip(&mut layers) {
            layer.text = layer.text.take().map(|text| {
                let x = source.width() as f32 / layer.image.width() as f32;
                let y = source.height() as f32 / layer.image.height() as f32;
                text.scaled(x, y)
            });
            layer.image = enlargement.of(&layer.image, cancel)?;
            progress.report(Stage::Rebuild, step, steps);
        }
    }

    let mut images: Vec<_> = layers.iter_mut().map(|layer| &mut *layer.image).collect();
    for band in 0..bands {
        cancel.check()?;
        settle(&mut images, source, band * BAND_ROWS, BAND_ROWS);
        progress.report(Stage::Rebuild, (resampled + band + 1) as u32, steps);
    }
    Ok(layers)
}

/// Gives a pixel an alpha from 0 to 1. Where the model gave it next to no colour, it takes the source's.
fn set_alpha(pixel: &mut Pixel, alpha: f32, source: Pixel) {
    let alpha = to_byte(alpha * 255.0);
    if pixel[3] < COLORLESS_ALPHA && alpha > pixel[3] {
        *pixel = source;
    }
    pixel[3] = alpha;
}

/// Rounded and kept within a byte. Without `round`, which is a call where the processor is not known to have it.
fn to_byte(value: f32) -> u8 {
    (value + 0.5) as u8
}
