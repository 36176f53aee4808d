//! A document as a PowerPoint file of one slide (ECMA-376, PresentationML).

mod package;
mod slide;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use document::Document;

use crate::atomic_file::AtomicFile;
use crate::progress::Progress;
use crate::{ExportError, OnProgress};
use package::Package;
use slide::Slide;

/// How a slide holds a layer whose words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PptxText {
    /// As a picture like any other.
    #[default]
    Pictures,
    /// As a text box in its place, in the family that is known, or Arial.
    Boxes,
}

/// Writes one slide as large as the canvas: each layer a picture as it appears, trimmed, at its place, and groups as groups.
/// PowerPoint has no blend modes: a layer that has one gets the colours that come of it, and a group that is translucent or
/// blends is one picture. Returns the path.
///
/// An older file of that name is replaced.
pub fn write_pptx(
    document: &Document,
    path: &Path,
    text: PptxText,
    progress: OnProgress,
) -> Result<PathBuf, ExportError> {
    let layers = document.walk().filter_map(|(_, layer)| layer.as_raster());
    let progress = Progress::new(layers.map(|raster| raster.bounds().area()).sum(), progress);
    let mut target = AtomicFile::create(path)?;
    progress.advance(0)?;
    let failed = |error| ExportError::io(path, error);
    let mut package = Package::begin(BufWriter::new(target.file())).map_err(failed)?;
    let mut slide = Slide::new(document, text, path, &progress);
    slide.draw(document.layers(), &[], &mut package)?;
    let mut file = package
        .finish(slide.size(), slide.shapes())
        .map_err(failed)?;
    file.flush().map_err(failed)?;
    drop(file);
    progress.finish()?;
    target.keep()
}
