//! A document as a Photoshop file.

mod entries;
mod live2d;
mod recolour;

use std::path::{Path, PathBuf};

use document::{Bounds, Document, composite, render_layer};
use image::RgbaImage;

use crate::atomic_file::AtomicFile;
use crate::progress::Progress;
use crate::psd::{Failure, File, Version, Writer};
use crate::{ExportError, OnProgress};
use entries::{Content, Entry, entries};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PsdOptions {
    /// Keep the document's source picture as a hidden bottom layer named "Original".
    pub include_source: bool,
    pub text: PsdText,
    /// As Live2D Cubism takes it: each name once, groups at most four deep, and no layers that are clipped or text.
    pub live2d: bool,
}

/// How a PSD holds a layer whose words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PsdText {
    /// As a layer of pixels like any other.
    #[default]
    Pixels,
    /// As a text layer with those pixels. Photoshop asks to update such layers as it opens the file, and sets them anew in
    /// a font that it has.
    Editable,
}

/// Writes a PSD, or a PSB past 30,000 px or 2 GB or when `path` ends in `.psb`. Returns the path it wrote: the
/// extension is that of the kind that was written, in place of `.psd` or `.psb` or after any other name.
///
/// An older file of that name is replaced. Pixels are written as they lie on the canvas; opacity, visibility, locks, names
/// and groups stay editable, and so does a recolouring: Hue/Saturation and a colour fill, each clipped to its layer. One
/// that is not of whole degrees and percent and would differ by more than 4 of 255 is applied to the pixels instead. Uses
/// little memory beside the document and its composite.
pub fn write_psd(
    document: &Document,
    path: &Path,
    options: PsdOptions,
    progress: OnProgress,
) -> Result<PathBuf, ExportError> {
    let for_live2d = options.live2d.then(|| live2d::prepared(document));
    let document = for_live2d.as_ref().unwrap_or(document);
    let entries = entries(document, options);
    let progress = Progress::new(work(document, &entries), progress);
    let version = if has_extension(path, Version::Psb) {
        Version::Psb
    } else {
        Version::Psd
    };
    // Before anything that takes long, so that a path that cannot be written is told at once.
    let target = AtomicFile::create(&path_for(path, version))?;
    progress.advance(0)?;

    let merged = composite(document);
    progress.advance(4 * document.canvas().area())?;
    let (records, contents): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .map(|entry| (entry.record, entry.content))
        .unzip();
    let file = File {
        width: document.width(),
        height: document.height(),
        metadata: document.metadata(),
        records,
        merged: &merged,
    };
    let written = match write_version(target, version, &file, &contents, &progress) {
        Err(Failure::NeedsPsb) => {
            progress.restart();
            let target = AtomicFile::create(&path_for(path, Version::Psb))?;
            write_version(target, Version::Psb, &file, &contents, &progress)
        }
        written => written,
    };
    let target = written.map_err(|failure| failure.into_error(path))?;
    progress.finish()?;
    target.keep()
}

fn write_version(
    mut target: AtomicFile,
    version: Version,
    file: &File,
    contents: &[Content],
    progress: &Progress,
) -> Result<AtomicFile, Failure> {
    let canvas = Bounds::new(0, 0, file.width, file.height);
    let mut writer = Writer::begin(target.file(), version, file)?;
    for content in contents {
        match content {
            Content::Raster(raster) => {
                let (pixels, left, top) = render_layer(raster, canvas);
                writer.layer(Some((pixels.image(), left, top)), progress)?;
            }
            Content::Original(pixels) => writer.layer(Some((pixels.image(), 0, 0)), progress)?,
            Content::Colour([red, green, blue], bounds) => {
                let colour = image::Rgba([*red, *green, *blue, 255]);
                let image = RgbaImage::from_pixel(bounds.width(), bounds.height(), colour);
                writer.layer(Some((&image, bounds.left, bounds.top)), progress)?;
            }
            Content::None => writer.layer(None, progress)?,
        }
    }
    writer.finish(progress)?;
    Ok(target)
}

/// What [`Progress`] will count: compositing, the layers' four channels, and the merged picture's.
fn work(document: &Document, entries: &[Entry]) -> u64 {
    let layer_pixels: u64 = entries
        .iter()
        .map(|entry| entry.content.pixel_count())
        .sum();
    4 * (2 * document.canvas().area() + layer_pixels)
}

fn has_extension(path: &Path, version: Version) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(version.extension()))
}

/// `path` with the version's extension; one in other letters ("PSD") stays as it is.
fn path_for(path: &Path, version: Version) -> PathBuf {
    if has_extension(path, version) {
        path.to_path_buf()
    } else if has_extension(path, Version::Psd) || has_extension(path, Version::Psb) {
        path.with_extension(version.extension())
    } else {
        path.with_added_extension(version.extension())
    }
}
