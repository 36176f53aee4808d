//! GIF, WebP, BMP, QOI, TGA and icons, where `image` tells all that is needed.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::ico::IcoDecoder;
use image::codecs::qoi::QoiDecoder;
use image::codecs::tga::TgaDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ColorType, ImageDecoder, ImageError, Limits};

use crate::error::Problem;
use crate::format::Format;
use crate::limits::{MAX_PIXELS, MAX_SIDE, MAX_WORKING_BYTES};
use crate::raster::{Colour, Raster, Samples};
use crate::{guard, resolution};

pub(super) fn gif(bytes: &[u8]) -> Result<Raster, Problem> {
    let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|e| problem(Format::Gif, e))?;
    read(Format::Gif, decoder)
}

pub(super) fn webp(bytes: &[u8]) -> Result<Raster, Problem> {
    // RIFF: "RIFF", then the size of all that follows. The decoder fills what is missing.
    let size = bytes.get(4..8).and_then(|size| size.try_into().ok());
    let size = size.map_or(0, |size| u64::from(u32::from_le_bytes(size)));
    if bytes.len() as u64 + 1 < 8 + size {
        return Err(Problem::Truncated(Format::WebP));
    }
    let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|e| problem(Format::WebP, e))?;
    read(Format::WebP, decoder)
}

pub(super) fn bmp(bytes: &[u8]) -> Result<Raster, Problem> {
    let decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(|e| problem(Format::Bmp, e))?;
    let mut raster = read(Format::Bmp, decoder)?;
    // BITMAPINFOHEADER: biXPelsPerMeter is 24 bytes into the header, which follows 14 bytes of file header.
    raster.pixels_per_inch = bytes
        .get(38..42)
        .and_then(|field| field.try_into().ok())
        .and_then(|field| resolution::from_per_metre(f64::from(i32::from_le_bytes(field))));
    Ok(raster)
}

pub(super) fn qoi(bytes: &[u8]) -> Result<Raster, Problem> {
    // The decoder has a limit of its own. QOI: "qoif", then width and height.
    if let Some(&[_, _, _, _, w1, w2, w3, w4, h1, h2, h3, h4]) = bytes.first_chunk::<12>() {
        let width = u32::from_be_bytes([w1, w2, w3, w4]);
        guard::check_size(width, u32::from_be_bytes([h1, h2, h3, h4]))?;
    }
    let decoder = QoiDecoder::new(Cursor::new(bytes)).map_err(|e| problem(Format::Qoi, e))?;
    read(Format::Qoi, decoder)
}

pub(super) fn tga(bytes: &[u8]) -> Result<Raster, Problem> {
    let decoder = TgaDecoder::new(Cursor::new(bytes)).map_err(|e| problem(Format::Tga, e))?;
    read(Format::Tga, decoder)
}

/// The largest of the icon's pictures.
pub(super) fn ico(bytes: &[u8]) -> Result<Raster, Problem> {
    let decoder = IcoDecoder::new(Cursor::new(bytes)).map_err(|e| problem(Format::Ico, e))?;
    read(Format::Ico, decoder)
}

fn read(format: Format, mut decoder: impl ImageDecoder) -> Result<Raster, Problem> {
    let (width, height) = decoder.dimensions();
    guard::check_size(width, height)?;
    let mut allowed = Limits::default();
    allowed.max_image_width = Some(MAX_SIDE);
    allowed.max_image_height = Some(MAX_SIDE);
    allowed.max_alloc = Some(MAX_PIXELS * 4 + MAX_WORKING_BYTES as u64);
    let failed = |error| problem(format, error);
    decoder.set_limits(allowed).map_err(failed)?;
    let (colour, alpha) = match decoder.color_type() {
        ColorType::L8 => (Colour::Grey, false),
        ColorType::La8 => (Colour::Grey, true),
        ColorType::Rgb8 => (Colour::Rgb, false),
        ColorType::Rgba8 => (Colour::Rgb, true),
        other => return Err(Problem::unsupported(format, format!("{other:?} samples"))),
    };
    // Metadata that does not parse must not keep the picture from opening.
    let exif = decoder.exif_metadata().ok().flatten();
    let orientation = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let channels = colour.channels() + usize::from(alpha);
    let mut data = vec![0; width as usize * height as usize * channels];
    decoder.read_image(&mut data).map_err(failed)?;
    Ok(Raster {
        width,
        height,
        samples: Samples::Eight(data),
        colour,
        alpha,
        profile,
        orientation,
        pixels_per_inch: exif.as_deref().and_then(resolution::from_exif),
    })
}

fn problem(format: Format, error: ImageError) -> Problem {
    match error {
        ImageError::Limits(_) => Problem::TooMuchMemory(format),
        ImageError::Unsupported(what) => Problem::unsupported(format, what),
        ImageError::IoError(error) => Problem::damaged(format, &error),
        error => Problem::damaged(format, &error),
    }
}
