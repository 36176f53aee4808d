//! Writes documents in every format that other programs read, and beside each what should be found in it: its layers
//! (`NAME.json`) and its canvas (`NAME.png`). For tests/other_programs/check.py.
//!
//! `write_all_formats FOLDER`

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;

use document::{
    Alignment, BlendMode, Document, Edit, History, Layer, LayerContent, LayerId, Locks, Recolor,
    Text, Tint, render_layer,
};
use image::{Rgba, RgbaImage};
use project::{ExportFormat, ExportOptions, Project, save};
use serde_json::{Value, json};

const EXTENSIONS: [&str; 5] = ["psd", "psb", "ora", "pptx", "svg"];

fn main() {
    let folder = std::env::args().nth(1).expect("a folder to write to");
    let folder = Path::new(&folder);
    let documents = [
        ("tree", tree()),
        ("blends", blends()),
        ("recolours", recolours()),
        ("text", text()),
    ];
    for (name, document) in documents {
        write(folder, name, &document);
    }
}

fn write(folder: &Path, name: &str, document: &Document) {
    let at = |extension: &str| folder.join(name).with_extension(extension);
    let mut progress = |_| true;
    for extension in EXTENSIONS {
        let options = ExportOptions {
            editable_text: name == "text",
            ..ExportOptions::default()
        };
        ExportFormat::of_extension(extension)
            .unwrap()
            .write(document, &at(extension), options, &mut progress)
            .unwrap();
    }
    let project = Project {
        document: document.clone(),
        runs: Vec::new(),
    };
    save(&project, &at("lamina"), None, &mut progress).unwrap();
    export::write_flattened_png(document, &at("png")).unwrap();
    let facts = json!({
        "width": document.width(),
        "height": document.height(),
        "layers": facts(document, document.layers()),
    });
    fs::write(at("json"), serde_json::to_vec_pretty(&facts).unwrap()).unwrap();
}

/// Bottom first.
fn facts(document: &Document, layers: &[Layer]) -> Vec<Value> {
    let fact = |layer: &Layer| {
        let bounds = layer.as_raster().map(|raster| {
            let (pixels, left, top) = render_layer(raster, document.canvas());
            json!([left, top, pixels.width(), pixels.height()])
        });
        json!({
            "name": layer.name,
            "visible": layer.visible,
            "opacity": layer.opacity,
            "blend": layer.blend.name(),
            "is_group": layer.as_group().is_some(),
            "bounds": bounds,
            "recoloured": layer.as_raster().is_some_and(|raster| !raster.recolor.is_identity()),
            "children": facts(document, layer.children()),
        })
    };
    layers.iter().map(fact).collect()
}

fn with_layers(mut layers: Vec<Layer>) -> Document {
    let mut next = 0;
    number(&mut layers, &mut next);
    let mut history = History::new(Document::new(240, 180));
    history.apply(Edit::SetLayers { layers }).unwrap();
    history.document().clone()
}

fn number(layers: &mut [Layer], next: &mut u64) {
    for layer in layers {
        *next += 1;
        layer.id = LayerId(*next);
        if let LayerContent::Group(group) = &mut layer.content {
            number(&mut group.children, next);
        }
    }
}

fn ground() -> Layer {
    let image = RgbaImage::from_fn(240, 180, |x, y| {
        Rgba([x as u8, (y + 60) as u8, ((x * y) / 170) as u8, 255])
    });
    Layer::raster(LayerId(0), "Ground", image, 0, 0)
}

/// With soft edges.
fn disc(name: &str, [r, g, b]: [u8; 3], left: i32, top: i32) -> Layer {
    let image = RgbaImage::from_fn(71, 71, |x, y| {
        let radius = (x as f32 - 35.0).hypot(y as f32 - 35.0);
        let alpha = ((35.0 - radius) * 12.0).clamp(0.0, 255.0) as u8;
        Rgba([r, g.wrapping_add(x as u8), b, alpha])
    });
    Layer::raster(LayerId(0), name, image, left, top)
}

fn group(name: &str, children: Vec<Layer>) -> Layer {
    Layer::group(LayerId(0), name, children)
}

/// Groups in groups, beyond the canvas, hidden, translucent, and names of many scripts.
fn tree() -> Document {
    let mut inner = group("内 🎈", vec![disc("a < b & \"c\"", [220, 30, 30], 20, 20)]);
    inner.opacity = 153;
    let mut hidden = disc("hidden", [0, 0, 0], 90, 40);
    hidden.visible = false;
    let mut locked = disc("عنوان", [20, 160, 60], 190, -20);
    locked.locks = Locks::ALL;
    locked.opacity = 200;
    let folder = group(
        "Größe",
        vec![inner, disc("out", [30, 30, 220], -30, 120), hidden],
    );
    let mut blank = Layer::raster(LayerId(0), "empty", RgbaImage::new(4, 4), 0, 0);
    blank.opacity = 90;
    with_layers(vec![
        ground(),
        folder,
        group("no layers", Vec::new()),
        blank,
        locked,
    ])
}

/// Each mode over a photograph, alone, and in groups that isolate and pass through.
fn blends() -> Document {
    let mut layers = vec![ground()];
    for (index, blend) in BlendMode::OF_LAYERS.into_iter().enumerate() {
        let (column, row) = (index as i32 % 6, index as i32 / 6);
        let mut layer = disc(blend.name(), [200, 40, 120], column * 36 - 10, row * 40);
        layer.blend = blend;
        layers.push(layer);
    }
    let in_group = |name: &str, blend, top| {
        let mut inside = disc("multiplied", [250, 200, 40], 20, top);
        inside.blend = BlendMode::Multiply;
        let mut outer = group(name, vec![inside, disc("beside", [40, 200, 240], 60, top)]);
        outer.blend = blend;
        outer
    };
    layers.push(in_group("passes", BlendMode::PassThrough, 110));
    layers.push(in_group("isolated", BlendMode::Normal, 70));
    layers.push(in_group("screened", BlendMode::Screen, 20));
    with_layers(layers)
}

/// By hue and saturation, by a tint, and by both in a translucent layer.
fn recolours() -> Document {
    let recoloured = |mut layer: Layer, recolor| {
        if let LayerContent::Raster(raster) = &mut layer.content {
            raster.recolor = recolor;
        }
        layer
    };
    let shift = Recolor {
        hue: -75.0,
        saturation: -0.3,
        lightness: 0.1,
        tint: Tint::default(),
    };
    let tint = Tint {
        color: [250, 120, 30],
        strength: 102.0 / 255.0,
    };
    let tinted = Recolor {
        tint,
        ..Recolor::default()
    };
    let mut both = recoloured(
        disc("both", [60, 180, 90], 120, 80),
        Recolor { tint, ..shift },
    );
    both.opacity = 180;
    with_layers(vec![
        recoloured(ground(), shift),
        recoloured(disc("tinted", [220, 30, 30], 20, 20), tinted),
        both,
    ])
}

fn text() -> Document {
    let bars = RgbaImage::from_fn(120, 40, |x, _| {
        Rgba([20, 30, 90, if x % 12 < 7 { 255 } else { 0 }])
    });
    let mut layer = Layer::raster(LayerId(0), "Words", bars, 60, 70);
    if let LayerContent::Raster(raster) = &mut layer.content {
        raster.text = Some(Text {
            words: "Größe 12".to_owned(),
            quad: [[0.0, 0.0], [120.0, 0.0], [120.0, 40.0], [0.0, 40.0]],
            angle: 0.0,
            size: 40.0,
            colour: [20, 30, 90],
            family: Some("Noto Sans".to_owned()),
            confidence: 1.0,
            alignment: Alignment::Left,
        });
    }
    with_layers(vec![
        ground(),
        layer,
        disc("beside", [220, 30, 30], 150, 100),
    ])
}
