//! The compositor against Pillow, whose results `goldens/make.py` stored.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use document::{Document, Edit, History, Layer, LayerContent, LayerId, composite};
use glam::DVec2;
use image::RgbaImage;
use serde_json::Value;

#[test]
fn stacks_have_the_very_bytes_of_pillow() {
    let goldens = goldens();
    let [width, height] = [0, 1].map(|i| number(&goldens["canvas"][i]) as u32);
    let stacks = goldens["stacks"].as_object().unwrap();
    assert!(!stacks.is_empty());
    for (name, stack) in stacks {
        let composed = composite(&document_of(width, height, layers_of(stack, &mut 0)));
        let expected = read(&format!("stack_{name}.png"));
        for (x, y, pixel) in expected.enumerate_pixels() {
            assert_eq!(composed.get_pixel(x, y), pixel, "{name} at {x}, {y}");
        }
    }
}

/// Pillow rounds the premultiplied colours to bytes on the way, so colours may differ where alpha is low.
#[test]
fn scaled_layers_are_as_pillow_resizes_them() {
    let goldens = &goldens()["resized"];
    let picture = read(goldens["picture"].as_str().unwrap());
    let sizes = goldens["sizes"].as_object().unwrap();
    assert!(!sizes.is_empty());
    for (name, size) in sizes {
        let size = DVec2::new(number(&size[0]) as f64, number(&size[1]) as f64);
        let mut layer = Layer::raster(LayerId(1), name.as_str(), picture.clone(), 0, 0);
        if let LayerContent::Raster(raster) = &mut layer.content {
            let original = DVec2::new(picture.width().into(), picture.height().into());
            assert_eq!(
                raster.pixels.image(),
                &picture,
                "the picture is not trimmed"
            );
            raster.transform.scale = size / original;
            raster.transform.center = size / 2.0;
        }
        let composed = composite(&document_of(size.x as u32, size.y as u32, vec![layer]));
        let expected = read(&format!("resized_{name}.png"));
        for (x, y, pixel) in expected.enumerate_pixels() {
            let ours = premultiplied(composed.get_pixel(x, y).0);
            let theirs = premultiplied(pixel.0);
            let close = (0..4).all(|i| (ours[i] - theirs[i]).abs() <= 2.0);
            assert!(close, "{name} at {x}, {y}: {ours:?} is not {theirs:?}");
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn goldens() -> Value {
    serde_json::from_slice(&std::fs::read(folder().join("goldens.json")).unwrap()).unwrap()
}

fn read(name: &str) -> RgbaImage {
    image::open(folder().join(name)).unwrap().into_rgba8()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn layers_of(stack: &Value, last_id: &mut u64) -> Vec<Layer> {
    stack
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer_of(layer, last_id))
        .collect()
}

fn layer_of(golden: &Value, last_id: &mut u64) -> Layer {
    *last_id += 1;
    let id = LayerId(*last_id);
    let mut layer = match golden.get("layers") {
        Some(children) => Layer::group(id, "group", layers_of(children, last_id)),
        None => {
            let [left, top] = ["left", "top"].map(|side| number(&golden[side]) as i32);
            Layer::raster(
                id,
                "raster",
                read(golden["picture"].as_str().unwrap()),
                left,
                top,
            )
        }
    };
    layer.opacity = number(&golden["opacity"]) as u8;
    layer.visible = golden["visible"].as_bool().unwrap();
    layer
}

fn document_of(width: u32, height: u32, layers: Vec<Layer>) -> Document {
    let mut history = History::new(Document::new(width, height));
    history.apply(Edit::SetLayers { layers }).unwrap();
    history.document().clone()
}

fn premultiplied([r, g, b, a]: [u8; 4]) -> [f32; 4] {
    let part = |c: u8| f32::from(c) * f32::from(a) / 255.0;
    [part(r), part(g), part(b), a.into()]
}
