//! The window thread's time for one frame of the canvas with 8 layers of 4000 × 3000, all selected, pointer above.
//! Nothing here is drawn: this is what the canvas adds to a frame besides the GPU's work.
#![allow(clippy::expect_used, reason = "the bench ends there")]

use canvas::{Canvas, CanvasInput, CanvasStyle, Compare};
use criterion::{Criterion, criterion_group, criterion_main};
use document::{Document, Edit, History, Layer, LayerId};
use egui::{Color32, Pos2, Rect, Vec2};
use image::{Rgba, RgbaImage};

const STYLE: CanvasStyle = CanvasStyle {
    backdrop: Color32::DARK_GRAY,
    checker_light: Color32::WHITE,
    checker_dark: Color32::LIGHT_GRAY,
    accent: Color32::BLUE,
    handle_fill: Color32::WHITE,
    guide: Color32::WHITE,
};

fn document() -> (Document, Vec<LayerId>) {
    let mut history = History::new(Document::new(4000, 3000));
    let mut ids = Vec::new();
    for index in 0..8_u8 {
        let id = history.new_layer_id();
        let image = RgbaImage::from_pixel(4000, 3000, Rgba([index * 30, 90, 160, 200]));
        let layer = Layer::raster(id, "Layer", image, 0, 0);
        history
            .apply(Edit::Insert {
                parent: None,
                index: index.into(),
                layer,
            })
            .expect("a new layer");
        ids.push(id);
    }
    (history.document().clone(), ids)
}

fn frame(criterion: &mut Criterion) {
    let (document, selection) = document();
    let mut canvas = Canvas::new(None);
    let context = egui::Context::default();
    let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, Vec2::new(1920.0, 1080.0)));
    let mut step = 0.0;
    criterion.bench_function("canvas frame, 8 layers of 4000 × 3000", |bencher| {
        bencher.iter(|| {
            step = (step + 1.0) % 500.0;
            let moved = egui::Event::PointerMoved(Pos2::new(600.0 + step, 500.0));
            let raw_input = egui::RawInput {
                screen_rect,
                events: vec![moved],
                ..Default::default()
            };
            context.run_ui(raw_input, |ui| {
                let input = CanvasInput {
                    document: &document,
                    selection: &selection,
                    preview: None,
                    colors: None,
                    compare: Compare::After,
                    style: &STYLE,
                };
                canvas.ui(ui, &input);
            })
        });
    });
}

criterion_group!(benches, frame);
criterion_main!(benches);
