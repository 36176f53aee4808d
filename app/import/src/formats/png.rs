use std::io::Cursor;

use image::metadata::Orientation;
use png::{BitDepth, ColorType, DecodingError, Limits, Transformations, Unit};

use crate::error::Problem;
use crate::format::Format;
use crate::limits::MAX_METADATA_BYTES;
use crate::raster::{Colour, Raster, Samples};
use crate::{guard, resolution};

pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Problem> {
    let limits = Limits {
        bytes: MAX_METADATA_BYTES,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_ignore_text_chunk(true);
    let header = decoder.read_header_info().map_err(problem)?;
    guard::check_size(header.width, header.height)?;
    // Palettes and fewer than 8 bits become 8 bits, transparent colours become alpha; 16 bits stay.
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(problem)?;
    let (color_type, bit_depth) = reader.output_color_type();
    let (colour, alpha) = match color_type {
        ColorType::Grayscale => (Colour::Grey, false),
        ColorType::GrayscaleAlpha => (Colour::Grey, true),
        ColorType::Rgb => (Colour::Rgb, false),
        ColorType::Rgba => (Colour::Rgb, true),
        ColorType::Indexed => {
            return Err(Problem::unsupported(
                Format::Png,
                "a palette without colours",
            ));
        }
    };
    let size = reader
        .output_buffer_size()
        .ok_or(Problem::TooMuchMemory(Format::Png))?;
    let mut data = vec![0; size];
    reader.next_frame(&mut data).map_err(problem)?;
    let samples = match bit_depth {
        BitDepth::Sixteen => Samples::Sixteen(
            data.as_chunks::<2>()
                .0
                .iter()
                .map(|pair| u16::from_be_bytes(*pair))
                .collect(),
        ),
        _ => Samples::Eight(data),
    };
    let info = reader.info();
    let exif = info.exif_metadata.as_deref();
    Ok(Raster {
        width: info.width,
        height: info.height,
        samples,
        colour,
        alpha,
        profile: info.icc_profile.as_deref().map(<[u8]>::to_vec),
        orientation: exif
            .and_then(Orientation::from_exif_chunk)
            .unwrap_or(Orientation::NoTransforms),
        pixels_per_inch: info
            .pixel_dims
            .filter(|dims| dims.unit == Unit::Meter)
            .and_then(|dims| resolution::from_per_metre(f64::from(dims.xppu)))
            .or_else(|| exif.and_then(resolution::from_exif)),
    })
}

fn problem(error: DecodingError) -> Problem {
    match error {
        DecodingError::LimitsExceeded => Problem::TooMuchMemory(Format::Png),
        DecodingError::IoError(error) => Problem::damaged(Format::Png, &error),
        error => Problem::damaged(Format::Png, &error),
    }
}
