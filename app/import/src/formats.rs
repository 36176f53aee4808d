//! One decoder for each format. PNG, JPEG and TIFF are read through their own crates, the ones `image` uses, because
//! `image` hides what is needed here: resolution, ink values, palettes, associated alpha, strictness.

mod avif;
mod jpeg;
mod jpeg2000;
mod jpeg_xl;
mod plain;
mod png;
mod tiff;

use crate::error::Problem;
use crate::format::Format;
use crate::psd;
use crate::raster::Raster;

pub(crate) fn decode(format: Format, bytes: &[u8]) -> Result<Raster, Problem> {
    match format {
        Format::Png => png::decode(bytes),
        Format::Jpeg => jpeg::decode(bytes),
        Format::Tiff => tiff::decode(bytes),
        Format::Gif => plain::gif(bytes),
        Format::WebP => plain::webp(bytes),
        Format::Bmp => plain::bmp(bytes),
        Format::Qoi => plain::qoi(bytes),
        Format::Tga => plain::tga(bytes),
        Format::Ico => plain::ico(bytes),
        Format::Avif => avif::decode(bytes),
        Format::JpegXl => jpeg_xl::decode(bytes),
        Format::Jpeg2000 => jpeg2000::decode(bytes),
        Format::Psd => psd::decode(bytes),
    }
}
