//! A poster's whole way: decomposed, edited, saved, opened, written as PSD, PSB and OpenRaster, and opened again.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::path::Path;

use document::{
    BlendMode, Document, Edit, History, Layer, Locks, Property, Recolor, Tint, Transform, composite,
};
use image::imageops::{FilterType, resize};
use project::{Opened, Project, open, open_any, save};
use support::{decompose, folder, lamina, png_bytes, stderr};

/// Our own poster, small enough for a test.
fn write_poster(path: &Path) {
    let poster = image::open("../assets/example/poster.png").expect("the repository has it");
    let (width, height) = (poster.width() / 2, poster.height() / 2);
    let small = resize(&poster.into_rgba8(), width, height, FilterType::Triangle);
    fs::write(path, png_bytes(&small)).expect("the picture is written");
}

/// What a designer might do with the layers that came.
fn edited(project: &Project) -> Project {
    let mut history = History::new(project.document.clone());
    let rasters: Vec<&Layer> = project
        .document
        .walk()
        .map(|(_, layer)| layer)
        .filter(|layer| layer.as_raster().is_some())
        .collect();
    let [ground, first, .., last] = &rasters[..] else {
        panic!("{} layers", rasters.len())
    };
    let bounds = last.bounds();
    let recolor = Recolor {
        hue: 120.0,
        saturation: -0.25,
        lightness: 0.1,
        tint: Tint {
            color: [250, 200, 0],
            strength: 51.0 / 255.0,
        },
    };
    let name = "標題 🎈".to_owned();
    let group = history.new_layer_id();
    let edits = vec![
        Edit::Set(last.id, Property::Recolor(recolor)),
        Edit::Set(
            last.id,
            Property::Transform(Transform::at(
                f64::from(bounds.left) - 9.0,
                f64::from(bounds.top) + 4.0,
                bounds.width(),
                bounds.height(),
            )),
        ),
        Edit::Set(first.id, Property::Name(name)),
        Edit::Set(first.id, Property::Opacity(200)),
        Edit::Set(first.id, Property::Blend(BlendMode::Multiply)),
        Edit::Set(ground.id, Property::Locks(Locks::ALL)),
        Edit::Insert {
            parent: None,
            index: 1,
            layer: Layer::group(group, "Group", Vec::new()),
        },
        Edit::Move {
            id: first.id,
            parent: Some(group),
            index: 0,
        },
    ];
    history.transact("edit", edits).expect("each is possible");
    Project {
        document: history.document().clone(),
        ..project.clone()
    }
}

type Fact = (usize, String, bool, u8, BlendMode, Recolor, Option<String>);

fn facts(document: &Document) -> Vec<Fact> {
    let fact = |(depth, layer): (usize, &Layer)| {
        let recolor = layer.as_raster().map(|raster| raster.recolor);
        let words = layer.text().map(|text| text.words.trim_end().to_owned());
        (
            depth,
            layer.name.clone(),
            layer.visible,
            layer.opacity,
            layer.blend,
            recolor.unwrap_or_default(),
            words,
        )
    };
    document.walk().map(fact).collect()
}

fn layers_of(path: &Path) -> Document {
    match open_any(path).expect("it opens") {
        Opened::Layers(document, _) => document,
        other => panic!("{} is {other:?}", path.display()),
    }
}

#[test]
fn a_poster_loses_nothing_on_its_way() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    write_poster(&at("poster.png"));
    let result = decompose(&[&at("poster.png")], &at("out"), &["--also", "lamina"]);
    assert!(result.status.success(), "{}", stderr(&result));
    let decomposed = open(&at("out/poster.lamina")).expect("it opens");
    assert!(decomposed.document.source().is_some());
    assert_eq!(decomposed.runs.len(), 1, "the report of the run is in it");

    let project = edited(&decomposed);
    save(&project, &at("edited.lamina"), None, &mut |_| true).expect("it is saved");
    assert_eq!(open(&at("edited.lamina")).expect("it opens"), project);

    let canvas = composite(&project.document);
    for name in ["out.psd", "out.psb", "out.ora"] {
        let convert = |from: &str, to: &str| {
            let result = lamina()
                .args(["convert", "--text", "editable"])
                .args([at(from), at(to)])
                .output()
                .expect("lamina starts");
            assert!(result.status.success(), "{to}: {}", stderr(&result));
        };
        convert("edited.lamina", name);
        let read = layers_of(&at(name));
        assert!(composite(&read) == canvas, "{name} shows something else");
        if name == "out.ora" {
            // Recolouring is in the pixels, and words are pixels only.
            let names = |document| {
                facts(document)
                    .into_iter()
                    .map(|fact| fact.1)
                    .collect::<Vec<_>>()
            };
            assert_eq!(names(&read), names(&project.document));
        } else {
            assert_eq!(facts(&read), facts(&project.document), "{name}");
        }
        // And nothing at all the second time.
        convert(name, "again.lamina");
        assert_eq!(open(&at("again.lamina")).expect("it opens").document, read);
        let again = format!("again_{name}");
        convert("again.lamina", &again);
        // Text's measures are rounded; the project's formats_hold says how far.
        let twice = layers_of(&at(&again));
        assert_eq!(facts(&twice), facts(&read), "{name}");
        assert_eq!(twice.metadata(), read.metadata(), "{name}");
        assert!(composite(&twice) == canvas, "{name} shows something else");
    }
}
