use image::RgbaImage;

use crate::{Bounds, Document, Pixels, Raster};

/// All visible layers over transparency, cropped to the canvas: straight-alpha source-over in sRGB.
pub fn composite(document: &Document) -> RgbaImage {
    todo!()
}

/// A raster layer's pixels as they appear: recoloured, transformed (resampled in premultiplied alpha), trimmed; not
/// cropped to the canvas, and without the layer's opacity. An untouched layer shares its pixels.
pub fn render_layer(raster: &Raster, canvas: Bounds) -> (Pixels, i32, i32) {
    todo!()
}
