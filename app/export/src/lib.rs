//! Writes a document as PNG files or as a PSD. Files appear whole or not at all.

mod error;

use std::path::{Path, PathBuf};

use document::Document;

pub use error::ExportError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PsdOptions {
    /// Keep the document's source picture as a hidden bottom layer named "Original".
    pub include_source: bool,
}

/// Called with the completed share, 0 to 1; `false` stops the export, leaving nothing behind.
pub type OnProgress<'a> = &'a mut dyn FnMut(f32) -> bool;

/// Writes a PSD, or a PSB past 30,000 px or 2 GB (then with the extension `.psb`). Returns the path it wrote.
pub fn write_psd(document: &Document, path: &Path, options: PsdOptions, progress: OnProgress) -> Result<PathBuf, ExportError> {
    todo!()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PngExtent {
    /// Each file is as large as its layer.
    #[default]
    Trimmed,
    /// Each file is as large as the canvas.
    Canvas,
}

/// One file per raster layer into `folder` (made if missing): `layer_00_<name>.png`, bottom first. Recoloured and
/// transformed as shown, hidden layers too. Returns the paths.
pub fn write_layer_pngs(document: &Document, folder: &Path, extent: PngExtent, progress: OnProgress) -> Result<Vec<PathBuf>, ExportError> {
    todo!()
}

/// The visible layers as one picture.
pub fn write_flattened_png(document: &Document, path: &Path) -> Result<(), ExportError> {
    todo!()
}

/// Any other small file (a JSON report) with the same guarantee: whole or not at all.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    todo!()
}
