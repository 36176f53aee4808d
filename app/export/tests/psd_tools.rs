//! What we write, read back by psd-tools, the widest-used independent reader.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::*;
use document::{Document, composite};
use export::{PsdOptions, write_psd};
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
        let worst = worst_difference(document, read);
        assert!(worst <= 1, "document {index} differs by {worst}");
    }
}

/// A poster: an opaque background, a translucent group, a soft shape that leaves the canvas, a hidden layer.
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
    let layers = vec![
        layer("Background", background, 0, 0),
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
