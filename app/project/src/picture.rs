//! One PNG of a project: eight bits, RGBA, the exact bytes.

use std::io::Cursor;

use image::RgbaImage;
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use crate::error::Problem;

/// Longest side in pixels: Photoshop's own limit for a PSB.
pub const MAX_SIDE: u32 = 300_000;
/// A PNG's deflate stream unpacks to at most so many times its size (RFC 1951: 258 bytes from two bits).
const MOST_UNPACKED: u64 = 1032;
const METADATA_BYTES: usize = 1 << 20;

/// Width and height that the header names.
///
/// # Errors
/// When the file is no PNG, or so small that it cannot hold so many pixels: memory is taken only for what is there.
pub fn size_of(bytes: &[u8]) -> Result<(u32, u32), Problem> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits());
    let header = decoder.read_header_info().map_err(Problem::damaged)?;
    let (width, height) = (header.width, header.height);
    let unpacked = u64::from(width) * u64::from(height) * 4;
    let is_honest = unpacked <= (bytes.len() as u64).saturating_mul(MOST_UNPACKED);
    if width.max(height) > MAX_SIDE || !is_honest {
        return Err(Problem::damaged("a picture is larger than its data"));
    }
    Ok((width, height))
}

pub fn decode(bytes: &[u8]) -> Result<RgbaImage, Problem> {
    let (width, height) = size_of(bytes)?;
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits());
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(Problem::damaged)?;
    if reader.output_color_type() != (ColorType::Rgba, BitDepth::Eight) {
        return Err(Problem::damaged("a picture is not of 8 bits with alpha"));
    }
    let mut pixels = vec![0; width as usize * height as usize * 4];
    reader.next_frame(&mut pixels).map_err(Problem::damaged)?;
    // The checksum of the last chunk comes after the pixels.
    reader.finish().map_err(Problem::damaged)?;
    RgbaImage::from_raw(width, height, pixels)
        .ok_or_else(|| Problem::damaged("a picture has another size than its header says"))
}

fn limits() -> Limits {
    Limits {
        bytes: METADATA_BYTES,
    }
}
