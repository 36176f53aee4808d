//! A document with one of everything.
#![allow(dead_code, reason = "each test uses a part")]

pub mod any;
pub mod steps;

use document::{
    Alignment, BlendMode, Document, Edit, Group, History, Layer, LayerContent, LayerId, Locks,
    Pixels, Property, Raster, Recolor, Text, Tint, Transform,
};
use glam::DVec2;
use image::{Rgba, RgbaImage};
use project::Project;

/// Alpha of every degree, and colours under alpha 0.
pub fn picture(width: u32, height: u32, seed: u32) -> Pixels {
    Pixels::new(RgbaImage::from_fn(width, height, |x, y| {
        let mix = (x * 7 + y * 13 + seed * 31) % 256;
        Rgba([
            mix as u8,
            (255 - mix) as u8,
            (x * y) as u8,
            (x * 9 + y) as u8,
        ])
    }))
}

pub fn sample() -> Project {
    let source = picture(24, 16, 1);
    let shared = picture(9, 5, 2);
    let text = Text {
        words: "Größe\n大 & <b>".to_owned(),
        quad: [[0.1, 0.2], [8.5, 0.3], [8.4, 4.75], [0.0, 4.5]],
        angle: 1.0 / 3.0,
        size: 3.3,
        colour: [1, 2, 250],
        family: None,
        confidence: 0.9,
        alignment: Alignment::Left,
    };
    let raster = |pixels: &Pixels, transform, recolor, text| {
        LayerContent::Raster(Raster {
            pixels: pixels.clone(),
            transform,
            recolor,
            text,
        })
    };
    let turned = Transform {
        center: DVec2::new(11.0 / 3.0, -7.1),
        scale: DVec2::new(-0.7, 1.9),
        rotation: 0.3,
    };
    let recolor = Recolor {
        hue: 77.7,
        saturation: -0.3,
        lightness: 0.1,
        tint: Tint {
            color: [9, 8, 7],
            strength: 0.25,
        },
    };
    let layer = |id, name: &str, content| Layer {
        id: LayerId(id),
        name: name.to_owned(),
        visible: true,
        locks: Locks::NONE,
        opacity: 255,
        blend: BlendMode::Normal,
        content,
    };
    let plain = Transform::at(2.0, -3.0, 9, 5);
    let inner = Layer {
        visible: false,
        locks: Locks::ALL,
        opacity: 77,
        ..layer(
            9,
            "Text \"1\" 🦀\u{1}",
            raster(&shared, turned, recolor, Some(text)),
        )
    };
    let empty = Pixels::new(RgbaImage::new(0, 3));
    let group = LayerContent::Group(Group {
        children: vec![
            inner,
            layer(
                3,
                "",
                raster(
                    &empty,
                    Transform::at(1.0, 1.0, 0, 3),
                    Recolor::default(),
                    None,
                ),
            ),
        ],
        collapsed: true,
    });
    let layers = vec![
        layer(
            1,
            "Background",
            raster(
                &source,
                Transform::at(0.0, 0.0, 24, 16),
                Recolor::default(),
                None,
            ),
        ),
        Layer {
            opacity: 128,
            ..layer(20, "Group", group)
        },
        layer(4, "Empty group", LayerContent::Group(Group::default())),
        layer(5, "Copy", raster(&shared, plain, Recolor::default(), None)),
    ];
    let document = Document::restored((24, 16), Some(source), 299.9994, layers).unwrap();
    Project {
        document,
        runs: vec![serde_json::json!({"stages": [{"seconds": 0.125}]})],
    }
}

pub fn always(_: f32) -> bool {
    true
}

/// The sample with blend modes, and locks of parts.
pub fn blended_sample() -> Document {
    let mut history = History::new(sample().document);
    let group = LayerId(20);
    let copy = LayerId(5);
    let edits = vec![
        Edit::Set(group, Property::Blend(BlendMode::PassThrough)),
        Edit::Set(group, Property::Opacity(255)),
        Edit::Set(LayerId(9), Property::Visible(true)),
        Edit::Set(LayerId(9), Property::Blend(BlendMode::LinearDodge)),
        Edit::Set(copy, Property::Blend(BlendMode::Multiply)),
        Edit::Set(
            copy,
            Property::Locks(Locks {
                position: true,
                ..Locks::NONE
            }),
        ),
    ];
    history.transact("blend", edits).unwrap();
    history.document().clone()
}
