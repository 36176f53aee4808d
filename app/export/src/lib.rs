//! Writes a document as PNG files, as a PSD, as a slide (PPTX) or as SVG. Files appear whole or not at all.

mod atomic_file;
mod document_to_png;
mod document_to_pptx;
mod document_to_psd;
mod document_to_svg;
mod error;
mod file_name;
mod font_names;
mod lettering;
mod png_file;
mod progress;
mod psd;
mod write_behind;

use std::io::Write;
use std::path::Path;

pub use atomic_file::{AtomicFile, remove_abandoned};
pub use document_to_png::{PngExtent, write_flattened_png, write_layer_pngs};
pub use document_to_pptx::{PptxText, write_pptx};
pub use document_to_psd::{PsdOptions, PsdText, write_psd};
pub use document_to_svg::write_svg;
pub use error::ExportError;
pub use font_names::font_family;
pub use png_file::{png_bytes, write_quick_png};
pub use write_behind::WriteBehind;

/// Called with the completed share, 0 to 1, from any thread; `false` stops the export, leaving nothing behind.
pub type OnProgress<'a> = &'a mut (dyn FnMut(f32) -> bool + Send);

/// Any other small file (a JSON report) with the same guarantee: whole or not at all.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let mut file = atomic_file::AtomicFile::create(path)?;
    file.file()
        .write_all(bytes)
        .map_err(|error| ExportError::io(path, error))?;
    file.keep().map(drop)
}
