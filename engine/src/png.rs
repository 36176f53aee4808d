use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageError, RgbaImage};

/// A picture on its way to another computer: without loss, and the same bytes for the same pixels.
///
/// # Errors
/// When the picture is larger than a PNG can say.
pub fn png(image: &RgbaImage) -> Result<Vec<u8>, ImageError> {
    let mut png = Cursor::new(Vec::new());
    let encoder =
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive);
    image.write_with_encoder(encoder)?;
    Ok(png.into_inner())
}
