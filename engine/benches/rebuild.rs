//! Rebuild at 4000 × 3000 of 8 layers that a model made at 1184 × 896.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use engine::{CancelToken, Content, ModelLayer, rebuild};
use image::{Rgba, RgbaImage};

fn source(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        Rgba([(x / 9) as u8, (y / 7) as u8, (x * y / 4096) as u8, 255])
    })
}

/// A background, and soft discs that overlap.
fn layers(width: u32, height: u32) -> Vec<ModelLayer> {
    (0..8)
        .map(|index| {
            let image = RgbaImage::from_fn(width, height, |x, y| {
                let (dx, dy) = (
                    x as f32 - (index * width / 8) as f32,
                    y as f32 - height as f32 / 2.0,
                );
                let edge = height as f32 / 3.0 - (dx * dx + dy * dy).sqrt();
                let alpha = if index == 0 {
                    255
                } else {
                    (edge * 40.0).clamp(0.0, 255.0) as u8
                };
                Rgba([(index * 30) as u8, (x / 5) as u8, (y / 5) as u8, alpha])
            });
            ModelLayer::new(image, Content::Unknown)
        })
        .collect()
}

fn bench(criterion: &mut Criterion) {
    let source = source(4000, 3000);
    let mut group = criterion.benchmark_group("rebuild");
    group.sample_size(10);
    for (name, layers) in [
        ("8 layers of 1184x896", layers(1184, 896)),
        ("8 layers of 4000x3000", layers(4000, 3000)),
    ] {
        group.bench_function(format!("{name} to 4000x3000"), |bencher| {
            bencher.iter_batched(
                || layers.clone(),
                |layers| rebuild(layers, &source, &(), &CancelToken::default()),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
