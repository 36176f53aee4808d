//! Compositing and rendering at 4000 × 3000 with 8 layers.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use document::{
    Document, Edit, History, Layer, LayerContent, LayerId, Recolor, Tint, composite, render_layer,
};
use glam::DVec2;
use image::{Rgba, RgbaImage};

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;

/// An opaque background under seven large soft discs.
fn picture(index: u32) -> RgbaImage {
    if index == 0 {
        return RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| {
            Rgba([x as u8, y as u8, (x ^ y) as u8, 255])
        });
    }
    let radius = 400.0 + 150.0 * f64::from(index);
    let side = 2 * radius as u32;
    RgbaImage::from_fn(side, side, |x, y| {
        let distance = (f64::from(x) - radius).hypot(f64::from(y) - radius);
        let alpha = ((radius - distance) / radius * 1024.0).clamp(0.0, 255.0);
        Rgba([(x + 40 * index) as u8, (y * 2) as u8, 90, alpha as u8])
    })
}

fn layers() -> Vec<Layer> {
    let place = |index: u32| (300 * index as i32 - 200, 200 * index as i32 - 300);
    let layer = |index: u32| {
        let (left, top) = if index == 0 { (0, 0) } else { place(index) };
        Layer::raster(
            LayerId(index.into()),
            format!("Layer {index}"),
            picture(index),
            left,
            top,
        )
    };
    (0..8).map(layer).collect()
}

fn document_of(layers: Vec<Layer>) -> Document {
    let mut history = History::new(Document::new(WIDTH, HEIGHT));
    history.apply(Edit::SetLayers { layers }).unwrap();
    history.document().clone()
}

fn each_raster(mut layers: Vec<Layer>, change: impl Fn(&mut document::Raster)) -> Vec<Layer> {
    for layer in &mut layers {
        if let LayerContent::Raster(raster) = &mut layer.content {
            change(raster);
        }
    }
    layers
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("4000x3000, 8 layers");
    group.sample_size(10);
    let recolor = Recolor {
        hue: 40.0,
        saturation: 0.2,
        lightness: 0.1,
        tint: Tint {
            color: [200, 40, 40],
            strength: 0.2,
        },
    };
    let plain = layers();
    let cases = [
        ("composite, untouched", plain.clone()),
        (
            "composite, in a group",
            vec![Layer::group(LayerId(99), "Group", plain.clone())],
        ),
        (
            "composite, recoloured",
            each_raster(plain.clone(), |raster| raster.recolor = recolor),
        ),
        (
            "composite, turned by 10°",
            each_raster(plain.clone(), |raster| raster.transform.rotation = 0.17),
        ),
        (
            "composite, halved",
            each_raster(plain.clone(), |raster| {
                raster.transform.scale = DVec2::splat(0.5)
            }),
        ),
    ];
    for (name, layers) in cases {
        let document = document_of(layers);
        group.bench_function(name, |bencher| {
            bencher.iter(|| composite(black_box(&document)))
        });
    }
    let turned = each_raster(plain, |raster| raster.transform.rotation = 0.17);
    let canvas = Document::new(WIDTH, HEIGHT).canvas();
    group.bench_function("render_layer of each, turned by 10°", |bencher| {
        bencher.iter(|| {
            turned
                .iter()
                .filter_map(Layer::as_raster)
                .for_each(|raster| {
                    black_box(render_layer(raster, canvas));
                })
        })
    });
}

criterion_group!(composite_benches, benches);
criterion_main!(composite_benches);
