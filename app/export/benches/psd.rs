#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use export::{PngExtent, PsdOptions, write_layer_pngs, write_psd};

mod scene;

fn export_8_layers(criterion: &mut Criterion) {
    let document = scene::document(4000, 3000, 8);
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("8 layers of 4000 x 3000");
    group.sample_size(10);
    group.bench_function("psd", |bencher| {
        let path = folder.path().join("bench.psd");
        bencher.iter(|| {
            write_psd(
                black_box(&document),
                &path,
                PsdOptions::default(),
                &mut |_| true,
            )
            .unwrap()
        });
    });
    group.bench_function("pngs", |bencher| {
        let path = folder.path().join("layers");
        bencher.iter(|| {
            write_layer_pngs(black_box(&document), &path, PngExtent::Trimmed, &mut |_| {
                true
            })
            .unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, export_8_layers);
criterion_main!(benches);
