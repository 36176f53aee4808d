//! Opens picture files: right side up, in sRGB, 8 bits, straight alpha, in bounded memory.

mod error;

use std::path::Path;

use image::RgbaImage;

pub use error::ImportError;

/// A decoded picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Straight alpha, sRGB, EXIF orientation applied.
    pub image: RgbaImage,
    /// From the file, where it names a resolution.
    pub pixels_per_inch: Option<f64>,
}

/// Reads a PNG, JPEG, WebP, BMP, TIFF or GIF file; the content decides, not the name.
pub fn open(path: &Path) -> Result<Picture, ImportError> {
    todo!()
}

/// The same for bytes that came by another way (a drop, the clipboard).
pub fn decode(bytes: &[u8]) -> Result<Picture, ImportError> {
    todo!()
}
