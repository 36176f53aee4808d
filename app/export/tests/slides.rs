//! Slides and SVG, read back by other programs' code.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::*;
use document::{BlendMode, Document, LayerContent, Metadata, composite};
use export::{PptxText, write_pptx, write_svg};
use image::{Rgba, RgbaImage, imageops};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;

#[derive(Deserialize)]
struct Slide {
    size: [u32; 2],
    shapes: Vec<Shape>,
    over_white: Vec<u8>,
}

#[derive(Deserialize)]
struct Shape {
    name: String,
    kind: String,
    #[serde(rename = "box")]
    place: [f64; 4],
    rotation: f64,
    hidden: bool,
    #[serde(default)]
    children: Vec<Shape>,
    text: Option<String>,
    /// 1 to the left, 2 in the middle, 3 to the right.
    aligned: Option<u8>,
    size: Option<f64>,
    colour: Option<String>,
    font: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    italic: bool,
}

fn read(path: &Path, document: &Document) -> Slide {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/.tools/venv/bin/python");
    let python = std::env::var_os("LAMINA_PYTHON").map_or(own, PathBuf::from);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_with_python_pptx.py");
    let output = Command::new(python)
        .arg(script)
        .arg(path)
        .arg(document.pixels_per_inch().to_string())
        .output()
        .expect("run tests/check.sh, or set LAMINA_PYTHON to a Python with python-pptx");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// An opaque ground, a turned and recoloured disc at half opacity in a group, a translucent group, a hidden layer.
fn poster() -> Document {
    let ground = RgbaImage::from_fn(160, 120, |x, y| Rgba([x as u8, y as u8, 90, 255]));
    let disc = |colour: [u8; 3]| {
        RgbaImage::from_fn(41, 41, |x, y| {
            let radius = (x as f32 - 20.0).hypot(y as f32 - 20.0);
            let alpha = ((20.0 - radius) * 40.0).clamp(0.0, 255.0) as u8;
            Rgba([colour[0], colour[1], colour[2], alpha])
        })
    };
    let mut turned = layer("turned & \"odd\"", disc([220, 30, 30]), 20, 20);
    turned.opacity = 128;
    if let LayerContent::Raster(raster) = &mut turned.content {
        raster.transform.rotation = 0.3;
        raster.recolor.hue = 70.0;
    }
    let mut faint = group(
        "faint",
        vec![
            layer("a", disc([30, 30, 220]), 80, 20),
            layer("b", disc([30, 220, 30]), 95, 30),
        ],
    );
    faint.opacity = 120;
    let mut hidden = layer("hidden", disc([0, 0, 0]), 40, 60);
    hidden.visible = false;
    let layers = vec![
        layer("ground", ground, 0, 0),
        group("組", vec![turned]),
        faint,
        hidden,
    ];
    let metadata = Metadata {
        pixels_per_inch: 96.0,
        ..Metadata::default()
    };
    document_of(160, 120, layers).with_metadata(metadata)
}

fn over_white(picture: &RgbaImage) -> Vec<u8> {
    let mix =
        |c: u8, a: u8| (f64::from(c) * f64::from(a) / 255.0 + 255.0 - f64::from(a)).round() as u8;
    let pixels = picture.pixels();
    pixels
        .flat_map(|p| [mix(p[0], p[3]), mix(p[1], p[3]), mix(p[2], p[3])])
        .collect()
}

fn worst(one: &[u8], other: &[u8]) -> u8 {
    assert_eq!(one.len(), other.len());
    one.iter()
        .zip(other)
        .map(|(a, b)| a.abs_diff(*b))
        .max()
        .unwrap()
}

#[test]
fn python_pptx_finds_the_layers_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let document = poster();
    let path = folder.path().join("poster.pptx");
    write_pptx(&document, &path, PptxText::default(), &mut |_| true).unwrap();
    let slide = read(&path, &document);
    // Beneath an inch a side is longer than the canvas.
    assert_eq!(slide.size, [160, 120]);
    let names: Vec<&str> = slide
        .shapes
        .iter()
        .map(|shape| shape.name.as_str())
        .collect();
    assert_eq!(names, ["ground", "組", "faint", "hidden"]);
    let kinds: Vec<&str> = slide
        .shapes
        .iter()
        .map(|shape| shape.kind.as_str())
        .collect();
    assert_eq!(kinds, ["PICTURE", "GROUP", "PICTURE", "PICTURE"]);
    assert_eq!(slide.shapes[0].place, [0.0, 0.0, 160.0, 120.0]);
    assert_eq!(slide.shapes[1].children[0].name, "turned & \"odd\"");
    let hidden: Vec<bool> = slide.shapes.iter().map(|shape| shape.hidden).collect();
    assert_eq!(hidden, [false, false, false, true]);
    let worst = worst(&slide.over_white, &over_white(&composite(&document)));
    assert!(worst <= 3, "differs by {worst}");
}

/// Alone, over a translucent ground, in a group that passes through and in one that does not, and of a group.
#[test]
fn blend_modes_are_in_the_colours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blends.pptx");
    let with_mode = |mut layer: document::Layer, blend| {
        layer.blend = blend;
        layer
    };
    let patch = |name: &str, seed, left, top| layer(name, noise(60, 50, seed, 1), left, top);
    for blend in document::BlendMode::OF_LAYERS {
        let inside = with_mode(patch("inside", 3, 20, 30), blend);
        let layers = vec![
            patch("ground", 1, 0, 0),
            with_mode(patch("alone", 2, 40, 20), blend),
            with_mode(
                group("passes", vec![inside.clone()]),
                document::BlendMode::PassThrough,
            ),
            group("isolates", vec![patch("below", 4, 10, 40), inside]),
            with_mode(group("group", vec![patch("of it", 5, 5, 25)]), blend),
        ];
        let document = document_of(110, 96, layers);
        write_pptx(&document, &path, PptxText::default(), &mut |_| true).unwrap();
        let slide = read(&path, &document);
        let worst = worst(&slide.over_white, &over_white(&composite(&document)));
        assert!(worst <= 3, "{blend:?} differs by {worst}");
    }
}

#[test]
fn words_become_boxes_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let document = lettered();
    let path = folder.path().join("text.pptx");
    write_pptx(&document, &path, PptxText::Boxes, &mut |_| true).unwrap();
    let slide = read(&path, &document);
    let [level, turned] = &slide.shapes[..] else {
        panic!("two shapes")
    };
    assert_eq!(level.text.as_deref(), Some("Élan (1\\2) 🎈"));
    assert_eq!(
        (level.font.as_deref(), level.colour.as_deref()),
        (Some("Arial"), Some("C8285A"))
    );
    // A capital of 30 px is 0.716 of the size; to a hundredth of a point.
    assert!(
        (level.size.unwrap() - 30.0 / 0.716).abs() < 0.02,
        "{:?}",
        level.size
    );
    assert_eq!(
        (level.place, level.rotation),
        ([20.0, 40.0, 120.0, 30.0], 0.0)
    );
    assert_eq!(turned.text.as_deref(), Some("TWO\nLINES"));
    assert_eq!((level.aligned, turned.aligned), (Some(1), Some(2)));
    // Its box before it is turned about its middle (130, 125), twice as large as its pixels.
    assert_eq!(
        (turned.place, turned.rotation),
        ([70.0, 75.0, 120.0, 100.0], 90.0)
    );
    // The colour is the one that is seen.
    assert_ne!(turned.colour.as_deref(), Some("C8285A"));
}

/// Programs of slides choose a font by its family, and whether it is bold and italic.
#[test]
fn a_fonts_own_name_becomes_its_family() {
    let folder = tempfile::tempdir().unwrap();
    let fonts = [
        ("MyriadPro-BoldIt", ("Myriad Pro", true, true)),
        ("TimesNewRomanPS-ItalicMT", ("Times New Roman", false, true)),
        ("NotoSansKR-Light", ("Noto Sans KR", false, false)),
        ("PTSans-Bold", ("PT Sans", true, false)),
        ("Jean-Luc", ("Jean-Luc", false, false)),
    ];
    for (index, (name, expected)) in fonts.into_iter().enumerate() {
        let mut layers = lettered().layers().to_vec();
        if let LayerContent::Raster(raster) = &mut layers[0].content
            && let Some(text) = &mut raster.text
        {
            text.family = Some(name.to_owned());
        }
        let document = document_of(300, 200, layers);
        let path = folder.path().join(format!("{index}.pptx"));
        write_pptx(&document, &path, PptxText::Boxes, &mut |_| true).unwrap();
        let shape = &read(&path, &document).shapes[0];
        let found = (shape.font.as_deref().unwrap(), shape.bold, shape.italic);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn an_svg_holds_each_layer_as_it_appears() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = poster();
    let path = folder.path().join("poster.svg");
    write_svg(&document, &path, &mut |_| true).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut reader = Reader::from_str(&text);
    let mut canvas = RgbaImage::new(160, 120);
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => {
                let attribute = |name: &str| {
                    let found = tag.try_get_attribute(name).unwrap()?;
                    Some(String::from_utf8(found.value.into_owned()).unwrap())
                };
                names.extend(attribute("inkscape:label"));
                let Some(href) = attribute("href") else {
                    continue;
                };
                let png = href.strip_prefix("data:image/png;base64,").unwrap();
                let image = image::load_from_memory(&STANDARD.decode(png).unwrap()).unwrap();
                let place = ["x", "y"].map(|name| attribute(name).unwrap().parse::<i64>().unwrap());
                if names.last().unwrap() == "ground" {
                    imageops::overlay(&mut canvas, &image.to_rgba8(), place[0], place[1]);
                }
            }
            _ => {}
        }
    }
    assert_eq!(
        names,
        [
            "ground",
            "組",
            "turned &amp; &quot;odd&quot;",
            "faint",
            "a",
            "b",
            "hidden"
        ]
    );
    assert!(text.contains("display:none;"));
    assert!(text.contains("opacity:0.47058824"), "of the faint group");
    assert_eq!(canvas.get_pixel(150, 100).0, [150, 100, 90, 255]);

    let mut layers = document.layers().to_vec();
    layers[0].blend = BlendMode::LinearDodge;
    document = document_of(160, 120, layers);
    write_svg(&document, &path, &mut |_| true).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("mix-blend-mode:plus-lighter"));
}
