//! Opens picture files: right side up, 8 bits, straight alpha, in bounded memory.
//!
//! The content decides what a file is, never its name. RGB keeps its numbers beside their ICC profile, all else becomes
//! sRGB; PNG's `gAMA` and `cHRM`
//! chunks are ignored, as Photoshop does. Of an animation or a file of many pages the first picture opens. A file that
//! ends too early is refused rather than opened by half; bytes after the picture do no harm.

mod colour;
mod error;
mod format;
mod formats;
mod guard;
mod limits;
mod psd;
mod raster;
mod resolution;
mod signature;
mod to_srgb;

use std::path::{Path, PathBuf};

use image::{DynamicImage, RgbaImage};
use raster::Samples;

pub use error::{ImportError, Problem};
pub use format::{EXTENSIONS, FORMATS, Format, LAYERED_EXTENSIONS};
pub use psd::{Layered, PsdAlignment, PsdContent, PsdLayer, PsdLocks, PsdRecolour, PsdTypeLayer};
pub use to_srgb::{FromSrgb, ToSrgb};

/// A decoded picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Straight alpha, EXIF orientation applied.
    pub image: RgbaImage,
    /// What its numbers mean, where that is not sRGB: an ICC profile of RGB.
    pub profile: Option<Vec<u8>>,
    /// Bits that a sample had: 8, or 16 for all above.
    pub bits: u8,
    /// From the file, where it names a resolution. Between 1 and 10,000.
    pub pixels_per_inch: Option<f64>,
}

/// A picture file's bytes, read but not decoded.
pub struct PictureFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl PictureFile {
    /// # Errors
    /// [`ImportError::File`] when there is no such file, it may not be read, is too large, or is no regular file.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        match guard::read(path) {
            Ok(bytes) => Ok(Self {
                path: path.to_owned(),
                bytes,
            }),
            Err(problem) => Err(ImportError::File {
                path: path.to_owned(),
                problem,
            }),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The content decides what it is, not the name. Of a file of layers it is the picture that they make.
    ///
    /// # Errors
    /// [`ImportError::File`] when the content does not decode.
    pub fn decode(&self) -> Result<Picture, ImportError> {
        picture(&self.bytes).map_err(|problem| self.failed(problem))
    }

    /// The layers of a Photoshop document; `None` of any other file.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn layers(&self) -> Option<Result<Layered, ImportError>> {
        let read = || psd::read(&self.bytes).map_err(|problem| self.failed(problem));
        psd::is_psd(&self.bytes).then(read)
    }

    fn failed(&self, problem: Problem) -> ImportError {
        ImportError::File {
            path: self.path.clone(),
            problem,
        }
    }
}

/// Reads a picture file of any [`Format`].
///
/// # Errors
/// As [`PictureFile::read`] and [`PictureFile::decode`].
pub fn open(path: &Path) -> Result<Picture, ImportError> {
    PictureFile::read(path)?.decode()
}

/// The same for bytes that came by another way (a drop, the clipboard).
///
/// # Errors
/// [`ImportError::Bytes`] when the bytes do not decode.
pub fn decode(bytes: &[u8]) -> Result<Picture, ImportError> {
    picture(bytes).map_err(ImportError::Bytes)
}

fn picture(bytes: &[u8]) -> Result<Picture, Problem> {
    let format = signature::format_of(bytes)?;
    let raster = formats::decode(format, bytes)?;
    let (orientation, pixels_per_inch) = (raster.orientation, raster.pixels_per_inch);
    let profile = colour::kept_profile(raster.profile.as_deref(), raster.colour);
    let profile = profile.map(<[u8]>::to_vec);
    let bits = match raster.samples {
        Samples::Eight(_) => 8,
        Samples::Sixteen(_) => 16,
    };
    let mut image = DynamicImage::ImageRgba8(colour::to_rgba8(raster));
    image.apply_orientation(orientation);
    Ok(Picture {
        image: image.into_rgba8(),
        profile,
        bits,
        pixels_per_inch,
    })
}

/// Sentences, without a full stop, about what becomes of a picture's colours.
pub fn colour_notes(profile: Option<&[u8]>, bits: u8) -> Vec<String> {
    let mut notes = Vec::new();
    if bits > 8 {
        notes.push(format!(
            "Lamina works with 8 bits a channel; this file has {bits}"
        ));
    }
    if let Some(profile) = profile {
        let name = colour::profile_name(profile).map(|name| format!(" ({name})"));
        let name = name.unwrap_or_default();
        notes.push(format!(
            "The file's colour profile{name} is kept for exports; the window shows of its colours what sRGB has"
        ));
    }
    notes
}
