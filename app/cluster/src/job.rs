//! A job on its way through the queue.

use std::io::Cursor;

use engine::{DecomposeRequest, Versioned};
use image::{ImageDecoder, ImageReader, Limits, RgbaImage};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ClusterError;

/// A picture is no larger than what opens elsewhere in the program, and nobody makes a worker hold more.
pub const MOST_PIXELS: u64 = 1 << 28;

/// A job without its picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub id: Uuid,
    /// Of the picture's PNG.
    pub sha256: String,
    pub request: DecomposeRequest,
    /// Beside the request, whose text form leaves it out.
    #[serde(default)]
    pub previews: bool,
}

/// A job that was given up.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeadJob {
    pub job: Job,
    /// A sentence.
    pub error: String,
    pub deliveries: i64,
}

/// What is sent of anything that has a text form.
pub fn text(value: &impl Serialize) -> Result<Vec<u8>, ClusterError> {
    let text = serde_json::to_vec(&Versioned::new(value));
    text.map_err(|error| ClusterError::Strange(error.to_string()))
}

pub fn read<T: for<'de> Deserialize<'de>>(text: &[u8]) -> Result<T, ClusterError> {
    let read = serde_json::from_slice::<Versioned<T>>(text);
    let read = read.map_err(|error| ClusterError::Strange(error.to_string()))?;
    Ok(read.value)
}

/// An error is a part of a sentence.
pub fn picture(png: Vec<u8>) -> Result<RgbaImage, String> {
    let mut reader = ImageReader::with_format(Cursor::new(png), image::ImageFormat::Png);
    reader.limits(Limits::no_limits());
    let decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(format!("{width} × {height} is too large"));
    }
    let image = image::DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    Ok(image.into_rgba8())
}

#[cfg(test)]
mod tests {
    use engine::png;

    use super::*;

    #[test]
    fn a_picture_comes_back_and_what_is_none_is_refused() {
        let image = RgbaImage::from_fn(7, 5, |x, y| image::Rgba([x as u8, y as u8, 9, 40]));
        let sent = png(&image).unwrap();
        assert_eq!(picture(sent.clone()).unwrap(), image);
        assert!(picture(sent[..sent.len() / 2].to_vec()).is_err());
        let mut vast = sent;
        // The header's width and height, and no longer its checksum.
        vast[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert!(picture(vast).is_err());
    }

    #[test]
    fn a_job_comes_back_and_one_of_a_later_version_does_not() {
        let job = Job {
            id: Uuid::now_v7(),
            sha256: "00".into(),
            request: DecomposeRequest::new(Default::default()),
            previews: true,
        };
        let sent = text(&job).unwrap();
        assert_eq!(read::<Job>(&sent).unwrap(), job);
        let later = String::from_utf8(sent).unwrap();
        let later = later.replace("\"format\":1", "\"format\":2");
        assert!(read::<Job>(later.as_bytes()).is_err());
    }
}
