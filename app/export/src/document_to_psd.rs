//! A document as a Photoshop file.

use std::path::{Path, PathBuf};

use document::{
    BlendMode, Bounds, Document, Group, Layer, LayerContent, Locks, Pixels, Raster, composite,
    render_layer,
};

use crate::atomic_file::AtomicFile;
use crate::progress::Progress;
use crate::psd::{Failure, File, Record, RecordKind, Version, Writer};
use crate::{ExportError, OnProgress};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PsdOptions {
    /// Keep the document's source picture as a hidden bottom layer named "Original".
    pub include_source: bool,
}

/// Writes a PSD, or a PSB past 30,000 px or 2 GB or when `path` ends in `.psb`. Returns the path it wrote: the
/// extension is that of the kind that was written, in place of `.psd` or `.psb` or after any other name.
///
/// An older file of that name is replaced. Layers are written as they appear; opacity, visibility, locks, names and
/// groups stay editable. Uses little memory beside the document and its composite.
pub fn write_psd(
    document: &Document,
    path: &Path,
    options: PsdOptions,
    progress: OnProgress,
) -> Result<PathBuf, ExportError> {
    let layers = flat_layers(document, options);
    let progress = Progress::new(work(document, &layers), progress);
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
    let file = File {
        width: document.width(),
        height: document.height(),
        pixels_per_inch: document.pixels_per_inch(),
        records: layers.iter().map(FlatLayer::record).collect(),
        merged: &merged,
    };
    let written = match write_version(target, version, &file, &layers, &progress) {
        Err(Failure::NeedsPsb) => {
            progress.restart();
            let target = AtomicFile::create(&path_for(path, Version::Psb))?;
            write_version(target, Version::Psb, &file, &layers, &progress)
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
    layers: &[FlatLayer],
    progress: &Progress,
) -> Result<AtomicFile, Failure> {
    let canvas = Bounds::new(0, 0, file.width, file.height);
    let mut writer = Writer::begin(target.file(), version, file)?;
    for layer in layers {
        match layer {
            FlatLayer::Raster(_, raster) => {
                let (pixels, left, top) = render_layer(raster, canvas);
                writer.layer(Some((pixels.image(), left, top)), progress)?;
            }
            FlatLayer::Original(pixels) => writer.layer(Some((pixels.image(), 0, 0)), progress)?,
            FlatLayer::GroupEnd | FlatLayer::Group(..) => writer.layer(None, progress)?,
        }
    }
    writer.finish(progress)?;
    Ok(target)
}

/// One entry of the file's layer list.
enum FlatLayer<'a> {
    Raster(&'a Layer, &'a Raster),
    GroupEnd,
    Group(&'a Layer, &'a Group),
    Original(&'a Pixels),
}

impl FlatLayer<'_> {
    fn record(&self) -> Record {
        let named = |layer: &Layer, kind| Record {
            name: layer.name.clone(),
            opacity: layer.opacity,
            visible: layer.visible,
            locks: layer.locks,
            blend: layer.blend,
            kind,
        };
        match self {
            Self::Raster(layer, _) => named(layer, RecordKind::Pixels),
            Self::GroupEnd => Record::group_end(),
            Self::Group(layer, group) => named(
                layer,
                RecordKind::Group {
                    collapsed: group.collapsed,
                },
            ),
            Self::Original(_) => Record {
                name: "Original".to_string(),
                opacity: 255,
                visible: false,
                locks: Locks::NONE,
                blend: BlendMode::Normal,
                kind: RecordKind::Pixels,
            },
        }
    }

    fn pixel_count(&self) -> u64 {
        match self {
            Self::Raster(_, raster) => raster.bounds().area(),
            Self::GroupEnd | Self::Group(..) => 0,
            Self::Original(pixels) => u64::from(pixels.width()) * u64::from(pixels.height()),
        }
    }
}

/// The layer list, bottom first.
fn flat_layers(document: &Document, options: PsdOptions) -> Vec<FlatLayer<'_>> {
    let original = document.source().filter(|_| options.include_source);
    let mut flat: Vec<_> = original.map(FlatLayer::Original).into_iter().collect();
    flatten(document.layers(), &mut flat);
    flat
}

fn flatten<'a>(layers: &'a [Layer], flat: &mut Vec<FlatLayer<'a>>) {
    for layer in layers {
        match &layer.content {
            LayerContent::Raster(raster) => flat.push(FlatLayer::Raster(layer, raster)),
            LayerContent::Group(group) => {
                flat.push(FlatLayer::GroupEnd);
                flatten(&group.children, flat);
                flat.push(FlatLayer::Group(layer, group));
            }
        }
    }
}

/// What [`Progress`] will count: compositing, the layers' four channels, and the merged picture's.
fn work(document: &Document, layers: &[FlatLayer]) -> u64 {
    let layer_pixels: u64 = layers.iter().map(FlatLayer::pixel_count).sum();
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
