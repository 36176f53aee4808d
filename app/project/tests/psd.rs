//! A PSD that was exported opens again as the same layers.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::path::Path;

use common::{always, blended_sample, picture};
use document::{
    Alignment, BlendMode, Document, Edit, Guide, History, Layer, LayerContent, Locks, Metadata,
    Recolor, Text, Tint, composite,
};
use export::{PsdOptions, PsdText, write_psd};
use glam::DVec2;
use project::{Opened, Project, open, open_any, save, save_openraster};

#[test]
fn an_exported_psd_or_psb_opens_with_its_layers() {
    let folder = tempfile::tempdir().unwrap();
    let document = &blended_sample();
    for name in ["poster.psd", "poster.psb"] {
        let path = folder.path().join(name);
        write_psd(document, &path, PsdOptions::default(), &mut always).unwrap();
        let Opened::Layers(read, notes) = open_any(&path).unwrap() else {
            panic!("{name} has layers")
        };
        assert!(notes.is_empty(), "{notes:?}");
        assert_eq!(composite(&read), composite(document));
        assert_eq!(facts(&read), facts(document));
        assert!((read.pixels_per_inch() - document.pixels_per_inch()).abs() < 0.001);
    }
}

/// Colours, guides and resolution too, and a recolouring stays one that can be changed.
#[test]
fn a_psd_keeps_recolouring_profile_and_guides() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.psd");
    let recolor = Recolor {
        hue: -75.0,
        saturation: 0.3,
        lightness: -0.1,
        tint: Tint {
            color: [10, 200, 90],
            strength: 0.4,
        },
    };
    let mut document = Document::new(40, 30);
    let mut layer = Layer::of_pixels(document.new_layer_id(), "One", picture(40, 30, 3), 0, 0);
    if let LayerContent::Raster(raster) = &mut layer.content {
        raster.recolor = recolor;
    }
    let profile = std::fs::read("../import/tests/fixtures/p3.png").unwrap();
    let profile = import::decode(&profile).unwrap().profile.unwrap();
    let metadata = Metadata {
        pixels_per_inch: 240.0,
        profile: Some(profile.into()),
        guides: vec![
            Guide {
                position: -3.5,
                is_horizontal: false,
            },
            Guide {
                position: 20.0,
                is_horizontal: true,
            },
        ],
    };
    let mut history = History::new(document.with_metadata(metadata));
    let layers = vec![layer];
    history.apply(Edit::SetLayers { layers }).unwrap();
    let document = history.document();
    write_psd(document, &path, PsdOptions::default(), &mut always).unwrap();
    let Opened::Layers(read, notes) = open_any(&path).unwrap() else {
        panic!("it has layers")
    };
    assert!(notes[0].contains("colour profile"), "{notes:?}");
    assert_eq!(read.metadata(), document.metadata());
    let read_recolor = read.layers()[0].as_raster().unwrap().recolor;
    let strength = (recolor.tint.strength * 255.0).round() / 255.0;
    let tint = Tint {
        strength,
        ..recolor.tint
    };
    assert_eq!(read_recolor, Recolor { tint, ..recolor });
    assert_eq!(read.layers().len(), 1);

    // And the project keeps them all.
    let path = folder.path().join("poster.lamina");
    let project = Project {
        document: document.clone(),
        runs: Vec::new(),
    };
    save(&project, &path, None, &mut always).unwrap();
    assert_eq!(open(&path).unwrap(), project);
    // OpenRaster has the profile in its pictures.
    let path = folder.path().join("poster.ora");
    save_openraster(document, &path, &mut always).unwrap();
    let Opened::Layers(read, _) = open_any(&path).unwrap() else {
        panic!("it has layers")
    };
    assert_eq!(read.metadata().profile, document.metadata().profile);
    assert_eq!(read.pixels_per_inch(), 240.0);
}

/// What another program made of it, and Lamina of that.
fn written_and_read(document: &Document, path: &Path) -> Document {
    let options = PsdOptions {
        text: PsdText::Editable,
        ..PsdOptions::default()
    };
    write_psd(document, path, options, &mut always).unwrap();
    match open_any(path).unwrap() {
        Opened::Layers(read, _) => read,
        _ => panic!("it has layers"),
    }
}

/// Corners of the first layer's text on the canvas.
fn corners(document: &Document) -> [DVec2; 4] {
    let raster = document.layers()[0].as_raster().unwrap();
    let (width, height) = (raster.pixels.width(), raster.pixels.height());
    let map = raster.transform.document_from_pixels(width, height);
    let quad = raster.text.as_ref().unwrap().quad;
    quad.map(|[x, y]| map.transform_point2(DVec2::new(x.into(), y.into())))
}

#[test]
fn text_of_a_psd_is_as_it_was_set() {
    let folder = tempfile::tempdir().unwrap();
    // Words, size and height of the letters' quad, which Arial's capitals, commas and lines fill.
    let texts = [
        ("SALE", "Futura", 40.0, 40.0),
        (
            "Élan (1\\2) 🎈,",
            "Noto Sans",
            30.0,
            30.0 / 0.716 * (0.716 + 0.21),
        ),
        ("TWO\nLINES", "MyriadPro-BoldIt", 20.0, 50.0),
        ("安\n心", "Comic Sans MS", 46.0, 110.0),
    ];
    for (index, (words, family, size, height)) in texts.into_iter().enumerate() {
        let settings = [
            (0.0, 1.0, Alignment::Left),
            (0.4, 0.5, Alignment::Center),
            (-2.5, 3.0, Alignment::Right),
        ];
        for (turn, scale, alignment) in settings {
            let mut document = Document::new(300, 200);
            let id = document.new_layer_id();
            let mut layer = Layer::of_pixels(id, "Words", picture(120, 50, 3), 60, 70);
            if let LayerContent::Raster(raster) = &mut layer.content {
                raster.transform.rotation = turn;
                raster.transform.scale = DVec2::splat(scale);
                raster.text = Some(Text {
                    words: words.to_owned(),
                    quad: [
                        [3.0, 2.0],
                        [100.0, 2.0],
                        [100.0, 2.0 + height],
                        [3.0, 2.0 + height],
                    ],
                    angle: 0.0,
                    size,
                    colour: [200, 40, 90],
                    family: Some(family.to_owned()),
                    confidence: 0.5,
                    alignment,
                });
            }
            let mut history = History::new(document);
            let layers = vec![layer];
            history.apply(Edit::SetLayers { layers }).unwrap();
            let document = history.document();
            let read = written_and_read(document, &folder.path().join(format!("{index}.psd")));
            let text = read.layers()[0].text().unwrap();
            assert_eq!(
                (text.words.as_str(), text.colour, text.family.as_deref()),
                (words, [200, 40, 90], Some(family))
            );
            assert_eq!(text.alignment, alignment);
            assert!((f64::from(text.angle) - turn.to_degrees()).abs() < 0.001);
            assert!((text.size - size * scale as f32).abs() < 0.001, "{text:?}");
            for (found, expected) in corners(&read).into_iter().zip(corners(document)) {
                assert!(
                    found.distance(expected) < 0.01,
                    "{words}: {found} {expected}"
                );
            }
        }
    }
}

/// Depth, opacity, visibility, locks, blend mode, and whether a group is folded.
fn facts(document: &Document) -> Vec<(usize, u8, bool, Locks, BlendMode, Option<bool>)> {
    let walk = document.walk();
    walk.map(|(depth, layer)| {
        let folded = layer.as_group().map(|group| group.collapsed);
        (
            depth,
            layer.opacity,
            layer.visible,
            layer.locks,
            layer.blend,
            folded,
        )
    })
    .collect()
}
