//! What goes from one computer to another: values as text, pictures as PNG.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageError, RgbaImage};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Counted up when a reader of the text form of what the engine says would read it wrongly.
const FORMAT: u32 = 1;

/// What leaves the program as text, such as an [`crate::Event`] or an [`crate::EngineError`], with the version of its form:
/// `{"format":1,"value":…}`. A text of a later version is refused when it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versioned<T> {
    format: Format,
    pub value: T,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Format;

impl<T> Versioned<T> {
    pub fn new(value: T) -> Self {
        Self {
            format: Format,
            value,
        }
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(FORMAT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            FORMAT => Ok(Self),
            other => Err(de::Error::custom(format!(
                "this is of format {other} and {FORMAT} can be read; use the same version of the program on both sides"
            ))),
        }
    }
}

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
