//! A document as PNG files.

use std::path::{Path, PathBuf};

use document::{Document, Layer, Raster, composite, render_layer};
use rayon::prelude::*;

use crate::atomic_file::{FinishedFile, NewFolders};
use crate::file_name::layer_file_name;
use crate::png_file::{self, Placed};
use crate::progress::Progress;
use crate::{ExportError, OnProgress};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PngExtent {
    /// Each file is as large as its layer; an empty layer gets one transparent pixel.
    #[default]
    Trimmed,
    /// Each file is as large as the canvas.
    Canvas,
}

/// One file per raster layer into `folder` (made if missing): `layer_00_<name>.png`, bottom first. Recoloured and
/// transformed as shown, hidden layers too, without opacity. Returns the paths.
///
/// Older files of those names are replaced, once all new ones are complete.
pub fn write_layer_pngs(
    document: &Document,
    folder: &Path,
    extent: PngExtent,
    progress: OnProgress,
) -> Result<Vec<PathBuf>, ExportError> {
    let layers: Vec<(&Layer, &Raster)> = document
        .walk()
        .filter_map(|(_, layer)| Some((layer, layer.as_raster()?)))
        .collect();
    let progress = Progress::new(work(document, &layers, extent), progress);
    let folders = NewFolders::create(folder)?;
    progress.advance(0)?;
    let files: Vec<FinishedFile> = layers
        .par_iter()
        .enumerate()
        .map(|(index, (layer, raster))| {
            let path = folder.join(layer_file_name(index, layers.len(), &layer.name));
            write_layer(document, raster, extent, &path, &progress)
        })
        .collect::<Result<_, _>>()?;
    progress.finish()?;
    let paths = keep_all(files)?;
    folders.keep();
    Ok(paths)
}

/// The visible layers as one picture.
pub fn write_flattened_png(document: &Document, path: &Path) -> Result<(), ExportError> {
    let progress = &mut |_| true;
    let picture = composite(document);
    let file = png_file::write(
        path,
        &Placed::alone(&picture),
        document.metadata(),
        &Progress::new(1, progress),
    )?;
    file.keep().map(drop)
}

fn write_layer(
    document: &Document,
    raster: &Raster,
    extent: PngExtent,
    path: &Path,
    progress: &Progress,
) -> Result<FinishedFile, ExportError> {
    let (pixels, left, top) = render_layer(raster, document.canvas());
    let mut picture = Placed::alone(pixels.image());
    match extent {
        // A PNG has at least one pixel.
        PngExtent::Trimmed => {
            picture.canvas_width = picture.canvas_width.max(1);
            picture.canvas_height = picture.canvas_height.max(1);
        }
        PngExtent::Canvas => {
            picture = Placed {
                left,
                top,
                canvas_width: document.width(),
                canvas_height: document.height(),
                ..picture
            };
        }
    }
    png_file::write(path, &picture, document.metadata(), progress)
}

/// Gives every file its name; when one cannot have it, none keeps one.
fn keep_all(files: Vec<FinishedFile>) -> Result<Vec<PathBuf>, ExportError> {
    let mut kept = Vec::with_capacity(files.len());
    for file in files {
        match file.keep() {
            Ok(path) => kept.push(path),
            Err(error) => {
                for path in kept {
                    let _ = std::fs::remove_file(path);
                }
                return Err(error);
            }
        }
    }
    Ok(kept)
}

fn work(document: &Document, layers: &[(&Layer, &Raster)], extent: PngExtent) -> u64 {
    let pixels = |raster: &Raster| match extent {
        PngExtent::Trimmed => raster.bounds().area(),
        PngExtent::Canvas => document.canvas().area(),
    };
    layers.iter().map(|(_, raster)| pixels(raster)).sum()
}
