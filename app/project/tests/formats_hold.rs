//! Edited at random, saved, opened, written as PSD, PSB and OpenRaster and opened again: nothing is lost that the format can
//! hold, and the second time nothing at all. `LAMINA_DOCUMENTS=5000` sets how many documents.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::path::Path;

use common::always;
use common::any::any_project;
use common::steps::{any_step, edited};
use document::{
    BlendMode, Document, Edit, Guide, History, Layer, LayerContent, Locks, Metadata, Pixels,
    Raster, Recolor, composite, render_layer,
};
use glam::DAffine2;
use project::{ExportFormat, ExportOptions, Opened, Project, open, open_any, save};
use proptest::collection::vec;
use proptest::prelude::*;

/// What a file holds beside the canvas, the tree, and each layer's visibility, opacity, blend mode and pixels in their place.
/// A project holds all, a PSD and OpenRaster neither variants, reports, ids nor what a layer was before its transform; the
/// source is a layer of a PSD where that is asked for.
struct Holds {
    extension: &'static str,
    /// The most UTF-16 units of a layer's name; none holds control characters.
    name: usize,
    /// What a layer without a name is called.
    nameless: &'static str,
    /// Also none of the characters that XML has no place for.
    is_xml: bool,
    /// Each by itself, or only all of them.
    single_locks: bool,
    /// Whether a group is folded.
    folds: bool,
    /// Groups that pass through at an opacity of their own.
    translucent_pass_through: bool,
    /// Recolouring of whole degrees and percent, or near; else it is in the pixels.
    recolours: bool,
    /// Of text, the words, colour, size and direction, and a font that has a PostScript name.
    text: bool,
    /// To so many parts of a pixel.
    guides: Option<f64>,
    /// To so many parts of a pixel per inch.
    resolution: f64,
    /// Of a document without layers.
    emptiness: bool,
}

const PSD: Holds = Holds {
    extension: "psd",
    name: 255,
    nameless: "Layer",
    is_xml: false,
    single_locks: true,
    folds: true,
    translucent_pass_through: true,
    recolours: true,
    text: true,
    guides: Some(32.0),
    resolution: 65536.0,
    emptiness: false,
};

const PSB: Holds = Holds {
    extension: "psb",
    ..PSD
};

const OPENRASTER: Holds = Holds {
    extension: "ora",
    name: usize::MAX,
    nameless: "",
    is_xml: true,
    single_locks: false,
    folds: false,
    translucent_pass_through: false,
    recolours: false,
    text: false,
    guides: None,
    resolution: 1.0,
    emptiness: true,
};

/// A layer or group of a file.
#[derive(Debug, PartialEq)]
struct Entry {
    depth: usize,
    name: String,
    visible: bool,
    opacity: u8,
    blend: BlendMode,
    locks: Locks,
    folded: Option<bool>,
    words: Option<(String, [u8; 3])>,
}

impl Holds {
    fn entries(&self, document: &Document) -> Vec<Entry> {
        let entry = |(depth, layer): (usize, &Layer)| Entry {
            depth,
            name: self.name_of(&layer.name),
            visible: layer.visible,
            opacity: layer.opacity,
            blend: match layer.blend {
                BlendMode::PassThrough if layer.opacity < 255 && !self.translucent_pass_through => {
                    BlendMode::Normal
                }
                blend => blend,
            },
            locks: match self.single_locks || layer.locks.is_all() {
                true => layer.locks,
                false => Locks::NONE,
            },
            folded: layer.as_group().map(|group| group.collapsed && self.folds),
            words: layer
                .text()
                .map(|text| (text.words.trim_end().to_owned(), text.colour))
                .filter(|(words, _)| self.text && !words.is_empty()),
        };
        document.walk().map(entry).collect()
    }

    fn name_of(&self, name: &str) -> String {
        let is_kept =
            |c: &char| !(c.is_control() || self.is_xml && matches!(c, '\u{FFFE}' | '\u{FFFF}'));
        let mut units = 0;
        let kept: String = name
            .chars()
            .filter(is_kept)
            .take_while(|c| {
                units += c.len_utf16();
                units <= self.name
            })
            .collect();
        match kept.is_empty() {
            true => self.nameless.to_owned(),
            false => kept,
        }
    }

    fn metadata(&self, document: &Document) -> Metadata {
        let metadata = document.metadata();
        let rounded = |value: f64, parts: f64| (value * parts).round() / parts;
        let guide = |guide: &Guide| {
            self.guides.map(|parts| Guide {
                position: rounded(guide.position, parts),
                ..*guide
            })
        };
        // OpenRaster's is that of its pictures.
        let has_pictures = document
            .walk()
            .any(|(_, layer)| layer.as_raster().is_some());
        Metadata {
            pixels_per_inch: rounded(metadata.pixels_per_inch, self.resolution),
            profile: metadata
                .profile
                .clone()
                .filter(|_| has_pictures || !self.emptiness),
            guides: metadata.guides.iter().filter_map(guide).collect(),
        }
    }
}

fn words_and_look(document: &Document) -> Vec<Entry> {
    let as_it_is = Holds {
        single_locks: true,
        folds: true,
        translucent_pass_through: true,
        text: true,
        is_xml: false,
        nameless: "",
        name: usize::MAX,
        ..PSD
    };
    as_it_is.entries(document)
}

/// Pixels as they lie on the canvas, trimmed, and their corner where there are any.
fn shown(raster: &Raster, recolor: Recolor, canvas: document::Bounds) -> (Pixels, (i32, i32)) {
    let raster = Raster {
        recolor,
        ..raster.clone()
    };
    let (pixels, left, top) = render_layer(&raster, canvas);
    let (pixels, bounds) = Pixels::trimmed(pixels.image().clone(), left, top);
    match bounds.is_empty() {
        true => (pixels, (0, 0)),
        false => (pixels, (bounds.left, bounds.top)),
    }
}

fn rasters(document: &Document) -> Vec<&Raster> {
    document
        .walk()
        .filter_map(|(_, layer)| layer.as_raster())
        .collect()
}

/// The pixels are those of the layer, and its recolouring is near, or the pixels have it.
fn check_pixels(written: &Document, read: &Document, holds: &Holds) {
    let (written_layers, read_layers) = (rasters(written), rasters(read));
    assert_eq!(written_layers.len(), read_layers.len());
    for (before, after) in written_layers.into_iter().zip(read_layers) {
        let in_pixels = after.recolor.is_identity();
        let (canvas, plain) = (written.canvas(), Recolor::default());
        let expected = match in_pixels {
            true => shown(before, before.recolor, canvas),
            false => shown(before, plain, canvas),
        };
        assert_eq!(shown(after, plain, canvas), expected);
        assert!(holds.recolours || in_pixels);
        let exact = nearest_sliders(before.recolor);
        if holds.recolours && exact == before.recolor {
            assert_eq!(after.recolor, exact);
        }
    }
}

/// As large and as turned as it lies on the canvas.
fn check_lettering(written: &Document, read: &Document) {
    for (before, after) in rasters(written).into_iter().zip(rasters(read)) {
        let (Some(text), Some(found)) = (&before.text, &after.text) else {
            continue;
        };
        let map = before
            .transform
            .document_from_pixels(before.pixels.width(), before.pixels.height())
            * DAffine2::from_angle(f64::from(text.angle).to_radians());
        let along = map.matrix2.x_axis;
        let size = f64::from(text.size) * (map.matrix2.determinant() / along.length()).abs();
        assert!(is_near(found.size, size, 0.1), "{found:?} {size}");
        assert!(turn(found.angle, along.to_angle().to_degrees()) < 0.01);
        let has_name = |family: &&str| ["Noto Sans", "Times New Roman"].contains(family);
        let family = text.family.as_deref().filter(has_name).unwrap_or("Arial");
        assert_eq!(found.family.as_deref(), Some(family));
    }
}

/// Within a share of a thousandth, or less than `pixels` apart.
fn is_near(found: f32, expected: f64, pixels: f64) -> bool {
    (f64::from(found) - expected).abs() < pixels + expected.abs() / 1000.0
}

/// Degrees between two directions.
fn turn(found: f32, expected: f64) -> f64 {
    ((f64::from(found) - expected + 180.0).rem_euclid(360.0) - 180.0).abs()
}

/// Measures of text are the same but for their rounding, all else to the byte.
fn assert_same(again: &Document, read: &Document) {
    for (again, read) in rasters(again).into_iter().zip(rasters(read)) {
        let (Some(text), Some(before)) = (&again.text, &read.text) else {
            assert_eq!(again.text, read.text);
            continue;
        };
        assert!(is_near(text.size, before.size.into(), 0.1));
        assert!(turn(text.angle, before.angle.into()) < 0.01);
        let corners = |text: &document::Text| text.quad.as_flattened().to_vec();
        for (found, expected) in corners(text).into_iter().zip(corners(before)) {
            assert!(is_near(found, expected.into(), 0.5), "{text:?} {before:?}");
        }
    }
    let measured = |document: &Document| {
        let mut layers = document.layers().to_vec();
        layers.iter_mut().for_each(without_measures);
        let mut history = History::new(document.clone());
        history.apply(Edit::SetLayers { layers }).unwrap();
        history.document().clone()
    };
    assert_eq!(measured(again), measured(read));
}

fn without_measures(layer: &mut Layer) {
    match &mut layer.content {
        LayerContent::Group(group) => group.children.iter_mut().for_each(without_measures),
        LayerContent::Raster(raster) => {
            raster.text = raster.text.take().map(|text| document::Text {
                quad: [[0.0; 2]; 4],
                angle: 0.0,
                size: 0.0,
                ..text
            });
        }
    }
}

/// What whole degrees and percent say, and a fill's opacity; a fill that cannot be seen has no colour.
fn nearest_sliders(recolor: Recolor) -> Recolor {
    let percent = |share: f32| (share * 100.0).round() / 100.0;
    let mut near = Recolor {
        hue: recolor.hue.round(),
        saturation: percent(recolor.saturation),
        lightness: percent(recolor.lightness),
        tint: recolor.tint,
    };
    near.tint.strength = (recolor.tint.strength * 255.0).round() / 255.0;
    if near.tint.strength == 0.0 {
        near.tint = Default::default();
    }
    near
}

/// Whether the file composes to the very bytes that the document does.
fn looks_the_same(document: &Document, holds: &Holds) -> bool {
    let is_held = |(_, layer): (usize, &Layer)| {
        let passes = layer.blend == BlendMode::PassThrough && layer.opacity < 255;
        let sliders = layer
            .as_raster()
            .is_none_or(|raster| nearest_sliders(raster.recolor) == raster.recolor);
        (!passes || holds.translucent_pass_through) && (sliders || !holds.recolours)
    };
    document.walk().all(is_held)
}

fn written_and_read(document: &Document, folder: &Path, holds: &Holds) -> Document {
    let path = folder.join("out").with_extension(holds.extension);
    let options = ExportOptions {
        editable_text: true,
        ..ExportOptions::default()
    };
    ExportFormat::of_extension(holds.extension)
        .unwrap()
        .write(document, &path, options, &mut always)
        .unwrap();
    let Opened::Layers(read, _) = open_any(&path).unwrap() else {
        panic!("{} has layers", holds.extension)
    };
    read
}

fn check_format(document: &Document, folder: &Path, holds: &Holds) {
    if document.layers().is_empty() && !holds.emptiness {
        return;
    }
    let read = written_and_read(document, folder, holds);
    read.validate_invariants().unwrap();
    assert_eq!(
        (read.width(), read.height()),
        (document.width(), document.height())
    );
    assert_eq!(*read.metadata(), holds.metadata(document));
    assert_eq!(words_and_look(&read), holds.entries(document));
    check_pixels(document, &read, holds);
    check_lettering(document, &read);
    if looks_the_same(document, holds) {
        assert_eq!(composite(&read), composite(document));
    }
    assert_same(&written_and_read(&read, folder, holds), &read);
    assert_eq!(saved_and_opened(&read, folder), read);
}

fn saved_and_opened(document: &Document, folder: &Path) -> Document {
    let path = folder.join("any.lamina");
    let project = Project {
        document: document.clone(),
        runs: Vec::new(),
    };
    save(&project, &path, None, &mut always).unwrap();
    open(&path).unwrap().document
}

fn documents() -> u32 {
    std::env::var("LAMINA_DOCUMENTS").map_or(200, |documents| documents.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: documents(), ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_that_a_format_holds(
        project in any_project(),
        steps in vec(any_step(), 0..24),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.lamina");
        let saved = save(&project, &path, None, &mut always).unwrap();
        let changed = Project {
            document: edited(&project.document, &steps),
            ..project
        };
        save(&changed, &path, Some(&saved), &mut always).unwrap();
        prop_assert_eq!(&open(&path).unwrap(), &changed);
        for holds in [PSD, PSB, OPENRASTER] {
            check_format(&changed.document, folder.path(), &holds);
        }
    }
}
