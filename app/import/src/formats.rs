//! One decoder for each format. PNG, JPEG and TIFF are read through their own crates, the ones `image` uses, because
//! `image` hides what is needed here: resolution, ink values, palettes, associated alpha, strictness.

mod jpeg;
mod plain;
mod png;
mod tiff;

use crate::error::{Format, Problem};
use crate::raster::Raster;

pub(crate) fn decode(format: Format, bytes: &[u8]) -> Result<Raster, Problem> {
    match format {
        Format::Png => png::decode(bytes),
        Format::Jpeg => jpeg::decode(bytes),
        Format::Tiff => tiff::decode(bytes),
        Format::Gif => plain::gif(bytes),
        Format::WebP => plain::webp(bytes),
        Format::Bmp => plain::bmp(bytes),
    }
}
