//! Photoshop files from plain pixels: knows no layers of ours. Layout from Adobe's "Photoshop File Formats Specification"
//! (2019); where Photoshop's own files differ from it, they are followed.

mod adjustment;
mod bytes;
mod descriptor;
mod layer_record;
mod names;
mod output;
mod packbits;
mod planes;
mod resources;
mod srgb_profile;
mod thumbnail;
mod type_layer;
mod version;
mod writer;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use document::Metadata;
use image::RgbaImage;

use crate::ExportError;

pub use adjustment::HueSaturation;
pub use layer_record::{Record, RecordKind};
pub use type_layer::TypeLayer;
pub use version::Version;
pub use writer::Writer;

/// All of a file except its layers' pixels, which are handed to [`Writer::layer`] one at a time.
pub struct File<'a> {
    pub width: u32,
    pub height: u32,
    pub metadata: &'a Metadata,
    /// Bottom first. A group is a [`RecordKind::GroupEnd`], its children, and a [`RecordKind::Group`].
    pub records: Vec<Record>,
    /// The visible layers as one picture of the canvas's size, straight alpha.
    pub merged: &'a RgbaImage,
}

/// Why a file was not finished.
#[derive(Debug)]
pub enum Failure {
    /// Past the limits of [`Version::Psd`]: begin again as [`Version::Psb`].
    NeedsPsb,
    Io(io::Error),
    Export(ExportError),
}

impl Failure {
    /// The sentence for the user, `path` being the file that was asked for.
    pub fn into_error(self, path: &Path) -> ExportError {
        match self {
            Self::Export(error) => error,
            Self::Io(error) => ExportError::io(path, error),
            Self::NeedsPsb => ExportError::io(path, io::ErrorKind::FileTooLarge.into()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        Self::Export(error)
    }
}
