//! A project of eight layers of 24 megapixels and its source: saved first, and again after what someone does to one layer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use document::{Document, Edit, History, Layer, LayerId, Pixels, Property, Recolor, Transform};
use image::{Rgba, RgbaImage};
use project::{Project, Saved, save, save_again};

#[path = "../../export/benches/scene/mod.rs"]
mod scene;

const SIZE: (u32, u32) = (6000, 4000);

fn save_8_layers(criterion: &mut Criterion) {
    // A photograph below cut-out objects, as Decompose makes them; eight photographs; eight flat colours.
    let cut_out = scene::document(SIZE.0, SIZE.1, 8);
    let photograph = cut_out.source().unwrap().image().clone();
    let documents = [
        ("objects", cut_out),
        ("photographs", eight_of(|_| photograph.clone())),
        ("flat", eight_of(flat)),
    ];
    for (name, document) in documents {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bench.lamina");
        let project = Project {
            document,
            runs: Vec::new(),
        };
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.bench_function("first save", |bencher| {
            bencher.iter(|| written(&project, &path));
        });
        let saved = written(&project, &path);
        let bytes = std::fs::metadata(&path).unwrap().len();
        println!("{name}: {:.0} MB", bytes as f64 / 1e6);
        let id = project.document.layers()[3].id;
        for (what, edit) in edits(id) {
            group.bench_function(what, |bencher| {
                bencher.iter_batched(
                    || {
                        written(&project, &path);
                        edited(&project, edit.clone())
                    },
                    |changed| save_again(&changed, &saved, &mut |_| true).unwrap(),
                    BatchSize::PerIteration,
                );
            });
        }
    }
}

fn written(project: &Project, path: &Path) -> Saved {
    save(project, path, None, &mut |_| true).unwrap()
}

fn edits(id: LayerId) -> [(&'static str, Edit); 3] {
    let transform = Transform::at(40.0, -25.0, SIZE.0, SIZE.1);
    let recolor = Recolor {
        hue: 40.0,
        ..Recolor::default()
    };
    let name = "Renamed".to_owned();
    [
        ("after a name", Edit::Set(id, Property::Name(name))),
        (
            "after a move",
            Edit::Set(id, Property::Transform(transform)),
        ),
        (
            "after a recolouring",
            Edit::Set(id, Property::Recolor(recolor)),
        ),
    ]
}

fn edited(project: &Project, edit: Edit) -> Project {
    let mut history = History::new(project.document.clone());
    history.apply(edit).unwrap();
    Project {
        document: history.document().clone(),
        runs: Vec::new(),
    }
}

fn eight_of(image: impl Fn(u32) -> RgbaImage) -> Document {
    let mut history = History::new(Document::from_source(Pixels::new(image(0)), None));
    let layers = (1..=8)
        .map(|index| {
            let id = history.new_layer_id();
            Layer::of_pixels(
                id,
                format!("Layer {index}"),
                Pixels::new(image(index)),
                0,
                0,
            )
        })
        .collect();
    history.apply(Edit::SetLayers { layers }).unwrap();
    history.document().clone()
}

fn flat(index: u32) -> RgbaImage {
    let value = (index * 28) as u8;
    RgbaImage::from_pixel(SIZE.0, SIZE.1, Rgba([value, 255 - value, 90, 255]))
}

criterion_group!(benches, save_8_layers);
criterion_main!(benches);
