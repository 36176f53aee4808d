//! What we write, read back by psd-tools, the widest-used independent reader.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::*;
use document::{Document, Layer, LayerContent, Recolor, Tint, composite};
use export::{PsdOptions, PsdText, write_psd};
use image::RgbaImage;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde::Deserialize;

#[derive(Deserialize)]
struct Read {
    layers: Vec<Node>,
    blend_modes: Vec<String>,
    merged: String,
    composite_over_white: String,
    pixels_per_inch: f64,
    changed_by_profile: u8,
    has_merged_picture: bool,
    /// Of the text layers, lowest first.
    texts: Vec<ReadText>,
}

#[derive(Deserialize)]
struct ReadText {
    words: String,
    engine_words: String,
    transform: [f64; 6],
    size: f64,
    leading: Option<f64>,
    colour: [u8; 3],
    font: String,
    lengths: Vec<usize>,
    paragraphs: Vec<usize>,
    /// Of each paragraph.
    justifications: Vec<u8>,
    index: usize,
}

/// A Python that has psd-tools, which the test command in the README installs.
fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/.tools/venv/bin/python");
    let python = std::env::var_os("LAMINA_PYTHON").map_or(own, PathBuf::from);
    assert!(
        python.exists(),
        "{} does not exist: run tests/check.sh, or set LAMINA_PYTHON to a Python with psd-tools[composite]",
        python.display()
    );
    python
}

fn read_with_psd_tools(files: &[PathBuf]) -> Vec<Read> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_with_psd_tools.py");
    let output = Command::new(python())
        .arg(script)
        .args(files)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let read: Vec<Read> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(read.len(), files.len());
    read
}

fn write(document: &Document, folder: &Path, name: &str, options: PsdOptions) -> PathBuf {
    write_psd(document, &folder.join(name), options, &mut |_| true).unwrap()
}

fn over_white(document: &Document) -> Vec<u8> {
    let pixels = composite(document);
    let mix =
        |c: u8, a: u8| (f64::from(c) * f64::from(a) / 255.0 + 255.0 - f64::from(a)).round() as u8;
    pixels
        .pixels()
        .flat_map(|p| [mix(p[0], p[3]), mix(p[1], p[3]), mix(p[2], p[3])])
        .collect()
}

/// The largest difference from psd-tools' own composite of the layers, over white.
fn worst_difference(document: &Document, read: &Read) -> u8 {
    let theirs: Vec<u8> = (0..read.composite_over_white.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&read.composite_over_white[at..at + 2], 16).unwrap())
        .collect();
    let ours = over_white(document);
    assert_eq!(ours.len(), theirs.len());
    ours.iter()
        .zip(&theirs)
        .map(|(a, b)| a.abs_diff(*b))
        .max()
        .unwrap_or(0)
}

fn check(document: &Document, read: &Read, options: PsdOptions) {
    assert_eq!(read.layers, expected(document, options));
    let original = document.source().filter(|_| options.include_source);
    let modes: Vec<[u8; 4]> = original
        .map(|_| *b"norm")
        .into_iter()
        .chain(document.walk().map(|(_, layer)| layer.blend.psd_key()))
        .collect();
    let read_modes: Vec<&[u8]> = read.blend_modes.iter().map(String::as_bytes).collect();
    assert_eq!(read_modes, modes);
    assert_eq!(read.merged, hex(&expected_merged(document, options)));
    assert!((read.pixels_per_inch - document.pixels_per_inch()).abs() < 1e-3);
    assert_eq!(read.changed_by_profile, 0);
    assert!(read.has_merged_picture);
}

#[test]
fn psd_tools_reads_random_documents() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let documents: Vec<Document> = (0..60)
        .map(|_| any_document().new_tree(&mut runner).unwrap().current())
        .collect();
    let options = |index: usize| PsdOptions {
        include_source: index.is_multiple_of(2),
        ..PsdOptions::default()
    };
    let name = |index: usize| {
        format!(
            "{index}.{}",
            if index.is_multiple_of(3) {
                "psb"
            } else {
                "psd"
            }
        )
    };
    let files: Vec<PathBuf> = documents
        .iter()
        .enumerate()
        .map(|(index, document)| write(document, folder.path(), &name(index), options(index)))
        .collect();
    for (index, (document, read)) in documents
        .iter()
        .zip(&read_with_psd_tools(&files))
        .enumerate()
    {
        check(document, read, options(index));
        if document.walk().all(|(_, layer)| psd_tools_agrees(layer)) {
            let worst = worst_difference(document, read);
            assert!(worst <= 1, "document {index} differs by {worst}");
        }
    }
}

/// For more saturation psd-tools adds 0.01 to what Photoshop divides by, and a clipped fill's colour it counts twice where
/// the layer beneath is translucent. [`more_saturation_is_photoshops`] and the poster test those.
fn psd_tools_agrees(layer: &Layer) -> bool {
    layer.as_raster().is_none_or(|raster| {
        raster.recolor.saturation <= 0.0 && raster.recolor.tint.strength == 0.0
    })
}

/// A poster: an opaque, recoloured and tinted background, a translucent group, a soft shape that leaves the canvas, a hidden layer.
#[test]
fn psd_tools_composites_a_poster_as_we_do() {
    let folder = tempfile::tempdir().unwrap();
    let background = RgbaImage::from_fn(160, 120, |x, y| image::Rgba([x as u8, y as u8, 90, 255]));
    let disc = |color: [u8; 3]| {
        RgbaImage::from_fn(81, 81, |x, y| {
            let radius = (x as f32 - 40.0).hypot(y as f32 - 40.0);
            let alpha = ((40.0 - radius) * 20.0).clamp(0.0, 255.0) as u8;
            image::Rgba([color[0], color[1], color[2], alpha])
        })
    };
    let mut shaded = group(
        "組 1",
        vec![
            layer("red", disc([220, 30, 30]), 20, 20),
            layer("blue", disc([30, 30, 220]), 60, 30),
        ],
    );
    shaded.opacity = 153;
    let mut hidden = layer("hidden", disc([0, 0, 0]), 40, 10);
    hidden.visible = false;
    let mut ground = layer("Background", background, 0, 0);
    if let LayerContent::Raster(raster) = &mut ground.content {
        raster.recolor = Recolor {
            hue: -40.0,
            saturation: -0.3,
            lightness: 0.2,
            tint: Tint {
                color: [250, 120, 30],
                strength: 0.35,
            },
        };
    }
    let layers = vec![
        ground,
        shaded,
        layer("🎈", disc([250, 200, 40]), -30, 70),
        hidden,
    ];
    let document = document_of(160, 120, layers);
    let file = write(
        &document,
        folder.path(),
        "poster.psd",
        PsdOptions::default(),
    );
    let read = &read_with_psd_tools(&[file])[0];
    check(&document, read, PsdOptions::default());
    assert!(
        worst_difference(&document, read) <= 1,
        "differs by {}",
        worst_difference(&document, read)
    );
}

#[test]
fn editable_text_says_what_is_written_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let document = lettered();
    let options = PsdOptions {
        text: PsdText::Editable,
        ..PsdOptions::default()
    };
    let files = ["text.psd", "text.psb"].map(|name| write(&document, folder.path(), name, options));
    for read in read_with_psd_tools(&files) {
        // The pixels are those of a file without text layers, and so is the recolouring.
        check(&document, &read, options);
        assert!(worst_difference(&document, &read) <= 1);
        let [level, turned] = &read.texts[..] else {
            panic!("{} text layers", read.texts.len())
        };
        assert_eq!(level.words, "Élan (1\\2) 🎈");
        assert_eq!(level.engine_words, "Élan (1\\2) 🎈\r");
        assert_eq!(level.lengths, [14]); // UTF-16 units, the balloon two and the end one
        assert_eq!(
            (level.font.as_str(), level.colour),
            ("ArialMT", [200, 40, 90])
        );
        // A capital is 0.716 of the size in Arial; its foot is the baseline, less what brackets reach below.
        let em = 30.0 / 0.716;
        assert!((level.size - em).abs() < 0.01, "{}", level.size);
        assert_eq!(level.leading, None);
        assert_eq!(level.justifications, [0]); // left
        assert_eq!(&level.transform[..4], [1.0, 0.0, 0.0, 1.0]);
        assert!((level.transform[4] - 20.0).abs() < 1e-6);
        assert!(
            (level.transform[5] - 70.0).abs() < 1e-6,
            "{:?}",
            level.transform
        );
        assert_eq!((level.index, turned.index), (0, 1));

        assert_eq!(turned.words, "TWO\rLINES");
        assert_eq!(turned.font, "NotoSans-Regular");
        assert_eq!(
            (&turned.lengths[..], &turned.paragraphs[..]),
            (&[10][..], &[4, 6][..])
        );
        assert_eq!(turned.justifications, [2, 2]); // in the middle
        assert!((turned.size - 40.0 / 0.716).abs() < 0.01);
        assert!((turned.leading.unwrap() - 60.0).abs() < 0.01); // 50 − 20 between the baselines, doubled
        // Doubled about its middle (130, 125) and turned to the right, the middle of its top is at (180, 125); there the letters
        // hang to the left, and the baseline is 2 · 20 from it.
        let expected = [0.0, 1.0, -1.0, 0.0, 140.0, 125.0];
        for (found, expected) in turned.transform.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{:?}", turned.transform);
        }
    }
    let pixels = write(
        &document,
        folder.path(),
        "pixels.psd",
        PsdOptions::default(),
    );
    assert!(read_with_psd_tools(&[pixels])[0].texts.is_empty());
}

#[test]
fn a_family_is_named_as_its_regular_font() {
    let folder = tempfile::tempdir().unwrap();
    let options = PsdOptions {
        text: PsdText::Editable,
        ..PsdOptions::default()
    };
    let long = "Long ".repeat(20);
    let names = [
        ("Source Han Sans SC", "SourceHanSansSC-Regular"),
        (" times new roman ", "TimesNewRomanPSMT"),
        ("MyriadPro-Bold", "MyriadPro-Bold"),
        ("Verdana", "Verdana"),
        // No font can be called so.
        ("思源黑體", "ArialMT"),
        ("(odd)", "ArialMT"),
        (&long, "ArialMT"),
        (" ", "ArialMT"),
    ];
    let files: Vec<PathBuf> = names
        .iter()
        .enumerate()
        .map(|(index, (family, _))| {
            let mut document = lettered();
            let ids: Vec<_> = document.walk().map(|(_, layer)| layer.id).collect();
            let mut history = document::History::new(document.clone());
            let text = document.layer(ids[0]).unwrap().text().unwrap().clone();
            let text = Some(document::Text {
                family: Some((*family).to_owned()),
                ..text
            });
            history
                .apply(document::Edit::Set(ids[0], document::Property::Text(text)))
                .unwrap();
            document = history.document().clone();
            write(&document, folder.path(), &format!("{index}.psd"), options)
        })
        .collect();
    let read = read_with_psd_tools(&files);
    let fonts: Vec<&str> = read
        .iter()
        .map(|read| read.texts[0].font.as_str())
        .collect();
    assert_eq!(fonts, names.map(|(_, font)| font));
}

/// psd-tools adds 0.01 to what Photoshop divides by, so that it comes near only.
#[test]
fn more_saturation_is_photoshops() {
    let folder = tempfile::tempdir().unwrap();
    let picture = RgbaImage::from_fn(64, 64, |x, y| {
        image::Rgba([x as u8 * 4, y as u8 * 4, 128, 255])
    });
    let mut vivid = layer("vivid", picture, 0, 0);
    if let LayerContent::Raster(raster) = &mut vivid.content {
        raster.recolor.saturation = 0.4;
    }
    let document = document_of(64, 64, vec![vivid]);
    let file = write(&document, folder.path(), "vivid.psd", PsdOptions::default());
    let read = &read_with_psd_tools(&[file])[0];
    check(&document, read, PsdOptions::default());
    assert!(worst_difference(&document, read) <= 3);
}

/// Between whole degrees and percent: near enough is rounded, the rest is applied to the pixels.
#[test]
fn what_photoshops_sliders_cannot_say_is_in_the_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let document_with = |hue, saturation| {
        let mut changed = layer("changed", noise(20, 20, 5, 4), 0, 0);
        if let LayerContent::Raster(raster) = &mut changed.content {
            (raster.recolor.hue, raster.recolor.saturation) = (hue, saturation);
        }
        document_of(20, 20, vec![changed])
    };
    let near = document_with(30.4, -0.202);
    let far = document_with(0.0, 0.895);
    let files = [(&near, "near.psd"), (&far, "far.psd")]
        .map(|(document, name)| write(document, folder.path(), name, PsdOptions::default()));
    let read = read_with_psd_tools(&files);
    let recolours: Vec<_> = read[0].layers.iter().map(|node| node.recolours).collect();
    assert_eq!(recolours, [None, Some([30, -20, 0])]);
    assert!(worst_difference(&near, &read[0]) <= 4);
    assert_eq!(read[1].layers.len(), 1);
    assert_eq!(read[1].layers[0].rgba, hex(composite(&far).as_raw()));
}
