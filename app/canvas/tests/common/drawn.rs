//! A window whose canvas is drawn by the GPU, and what is seen on it.

use std::time::{Duration, Instant};

use canvas::Canvas;
use document::{Document, composite};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use egui_kittest::wgpu::{WgpuTestRenderer, create_render_state, default_wgpu_setup};
use egui_wgpu::RendererOptions;
use image::{Rgba, RgbaImage};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::Window;

/// The checkerboard is plain here, so that the expected colours are easily told.
pub const PAPER: u8 = 255;

pub fn shown(document: Document, zoom: f32) -> Harness<'static, Window> {
    let render_state = create_render_state(default_wgpu_setup(), RendererOptions::PREDICTABLE);
    let mut window = Window::new(Canvas::new(Some(&render_state)), document);
    window.style.checker_light = egui::Color32::from_gray(PAPER);
    window.style.checker_dark = egui::Color32::from_gray(PAPER);
    let mut harness = Harness::builder()
        .with_size(egui::vec2(480.0, 400.0))
        .with_render_cursor(false)
        .renderer(WgpuTestRenderer::from_render_state(render_state))
        .build_ui_state(|ui, window: &mut Window| window.ui(ui), window);
    harness.run_ok();
    harness.state_mut().canvas.set_zoom(zoom);
    wait_for_pictures(&mut harness);
    harness
}

pub fn wait_for_pictures(harness: &mut Harness<'_, Window>) {
    let deadline = Instant::now() + Duration::from_secs(60);
    harness.step();
    while harness.state().canvas.is_loading() {
        assert!(
            Instant::now() < deadline,
            "the pictures did not reach the GPU"
        );
        std::thread::sleep(Duration::from_millis(5));
        harness.step();
    }
    harness.step();
}

/// The document's canvas as drawn, which must lie whole in the window.
pub fn canvas_pixels(harness: &mut Harness<'_, Window>) -> RgbaImage {
    let widget = harness.get_by_label("Canvas").rect();
    let document = harness.state().history.document();
    let zoom = harness.state().canvas.zoom();
    let size = [
        document.width() as f32 * zoom,
        document.height() as f32 * zoom,
    ];
    let left_top = widget.center() - egui::vec2(size[0], size[1]) / 2.0;
    let picture = harness.render().expect("a frame drawn on the GPU");
    let [left, top] = [left_top.x, left_top.y].map(|side| side.round() as u32);
    image::imageops::crop_imm(&picture, left, top, size[0] as u32, size[1] as u32).to_image()
}

pub fn over_paper(image: &RgbaImage) -> RgbaImage {
    let mut out = image.clone();
    for Rgba([r, g, b, a]) in out.pixels_mut() {
        let over = |value: u8| {
            let alpha = f32::from(*a) / 255.0;
            (f32::from(value) * alpha + f32::from(PAPER) * (1.0 - alpha)).round() as u8
        };
        [*r, *g, *b, *a] = [over(*r), over(*g), over(*b), 255];
    }
    out
}

/// The largest difference of any channel, and the mean over all.
pub fn difference(a: &RgbaImage, b: &RgbaImage) -> (u8, f64) {
    assert_eq!(a.dimensions(), b.dimensions());
    let each = || {
        a.as_raw()
            .iter()
            .zip(b.as_raw())
            .map(|(a, b)| a.abs_diff(*b))
    };
    let mean = each().map(f64::from).sum::<f64>() / a.as_raw().len() as f64;
    (each().max().unwrap_or(0), mean)
}

/// Refused where a channel differs by more than `most` 255ths.
pub fn assert_as_composited(
    harness: &mut Harness<'_, Window>,
    most: u8,
) -> Result<(), TestCaseError> {
    let drawn = canvas_pixels(harness);
    let expected = over_paper(&composite(harness.state().history.document()));
    let (worst, mean) = difference(&drawn, &expected);
    prop_assert!(
        worst <= most,
        "differs from the CPU compositor by up to {worst}, {mean:.3} on average"
    );
    Ok(())
}
