//! `lamina convert`: files in, files out, messages and exit codes.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use document::{
    Alignment, Document, Edit, History, Layer, LayerContent, Property, Text, Transform, composite,
};
use image::RgbaImage;
use project::{Project, open, save};
use support::{assert_one_sentence, folder, lamina, picture, stderr, write_picture};

fn convert(input: &Path, output: &Path) -> Output {
    lamina()
        .arg("convert")
        .args([input, output])
        .output()
        .expect("lamina starts")
}

/// A picture, and over it a turned part of it in a group at half opacity.
fn project() -> Project {
    let mut document = Document::new(60, 40);
    let (ground, part, group) = (
        document.new_layer_id(),
        document.new_layer_id(),
        document.new_layer_id(),
    );
    let mut turned = Layer::raster(part, "Größe 大", picture(30, 20), 10, 5);
    turned.opacity = 128;
    let layers = vec![
        Layer::raster(ground, "Ground", picture(60, 40), 0, 0),
        Layer::group(group, "Group", vec![turned]),
    ];
    let mut history = History::new(document);
    let transform = Transform {
        rotation: 0.4,
        ..Transform::at(12.0, 8.5, 30, 20)
    };
    for edit in [
        Edit::SetLayers { layers },
        Edit::Set(part, Property::Transform(transform)),
    ] {
        history.apply(edit).expect("the edit is possible");
    }
    Project {
        document: history.document().clone(),
        runs: vec![serde_json::json!({"seed": 1})],
    }
}

#[test]
fn a_project_goes_into_every_kind_of_file() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let project = project();
    save(&project, &at("in.lamina"), None, &mut |_| true).expect("it is saved");
    for name in [
        "out.lamina",
        "out.ora",
        "out.psd",
        "out.psb",
        "out.pptx",
        "out.svg",
        "out.png",
        "layers",
    ] {
        let result = convert(&at("in.lamina"), &at(name));
        assert!(result.status.success(), "{name}: {}", stderr(&result));
        let said = String::from_utf8_lossy(&result.stdout).into_owned();
        assert_eq!(said.trim_end(), at(name).to_string_lossy());
    }
    let canvas = composite(&project.document);
    assert_eq!(open(&at("out.lamina")).expect("it opens"), project);
    let flat = image::open(at("out.png")).expect("a PNG").into_rgba8();
    assert_eq!(flat, canvas);
    assert_eq!(&fs::read(at("out.psd")).expect("a PSD")[..4], b"8BPS");
    let layers = fs::read_dir(at("layers")).expect("a folder").count();
    assert_eq!(layers, 2);

    // Both have the layers as they appear, so that what comes of them looks the same.
    for name in ["out.ora", "out.psd"] {
        let result = convert(&at(name), &at("again.lamina"));
        assert!(result.status.success(), "{name}: {}", stderr(&result));
        let again = open(&at("again.lamina")).expect("it opens").document;
        assert_eq!(composite(&again), canvas, "{name}");
        let names: Vec<&str> = again.walk().map(|(_, layer)| layer.name.as_str()).collect();
        assert_eq!(names, ["Ground", "Group", "Größe 大"], "{name}");
    }
}

#[test]
fn text_is_editable_in_a_psd_where_asked() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let mut document = Document::new(60, 40);
    let mut layer = Layer::raster(document.new_layer_id(), "Words", picture(30, 20), 10, 5);
    if let LayerContent::Raster(raster) = &mut layer.content {
        raster.text = Some(Text {
            words: "Words".to_owned(),
            quad: [[0.0, 0.0], [30.0, 0.0], [30.0, 20.0], [0.0, 20.0]],
            angle: 0.0,
            size: 20.0,
            colour: [1, 2, 3],
            family: None,
            confidence: 1.0,
            alignment: Alignment::Left,
        });
    }
    let mut history = History::new(document);
    let layers = vec![layer];
    history.apply(Edit::SetLayers { layers }).expect("it fits");
    let project = Project {
        document: history.document().clone(),
        runs: Vec::new(),
    };
    save(&project, &at("in.lamina"), None, &mut |_| true).expect("it is saved");
    for (kind, is_text) in [("pixels", false), ("editable", true)] {
        let result = lamina()
            .args(["convert", "--text", kind])
            .args([at("in.lamina"), at("out.psd")])
            .output()
            .expect("lamina starts");
        assert!(result.status.success(), "{}", stderr(&result));
        let psd = fs::read(at("out.psd")).expect("a PSD");
        let has_text = psd.windows(8).any(|bytes| bytes == b"8BIMTySh");
        assert_eq!(has_text, is_text, "{kind}");
    }
}

#[test]
fn a_picture_becomes_a_project_with_its_source() {
    let dir = folder();
    let (input, output) = (dir.path().join("in.png"), dir.path().join("out.lamina"));
    let picture: RgbaImage = write_picture(&input, 50, 30);
    let result = convert(&input, &output);
    assert!(result.status.success(), "{}", stderr(&result));
    let document = open(&output).expect("it opens").document;
    assert_eq!(composite(&document), picture);
    assert!(document.source().is_some());
}

#[test]
fn what_cannot_be_converted_is_said_in_a_sentence() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    write_picture(&at("good.png"), 8, 8);
    fs::write(at("broken.lamina"), b"PK\x03\x04 and nothing").expect("it is written");
    for (input, output, part) in [
        ("good.png", "out.docx", "choose .lamina"),
        ("missing.ora", "out.psd", "no such file"),
        ("broken.lamina", "out.psd", "broken.lamina"),
    ] {
        let result = convert(&at(input), &at(output));
        assert_eq!(result.status.code(), Some(2), "{input}");
        let said = stderr(&result);
        assert_one_sentence(&said);
        assert!(said.contains(part), "{said}");
        assert!(!at(output).exists());
    }
    let result = convert(&at("good.png"), Path::new("/proc/out.lamina"));
    assert_eq!(result.status.code(), Some(1));
    assert_one_sentence(&stderr(&result));
}
