//! Frames a second of the canvas on this machine's GPU: 8 layers of 4000 × 3000 in a view of 1920 × 1080, zoomed a
//! little at each frame so that nothing can be reused. Each frame is waited for, so the figure is the GPU's, not the queue's.
//!
//!     cargo run --release -p canvas --example frame_rate
#![allow(clippy::expect_used, reason = "the measurement ends there")]

use std::time::{Duration, Instant};

use canvas::{Canvas, CanvasInput, CanvasStyle, Compare};
use document::{Document, Edit, History, Layer};
use egui::{Color32, Pos2, Rect, Vec2};
use egui_wgpu::{RenderState, RendererOptions, ScreenDescriptor, wgpu};
use image::{Rgba, RgbaImage};

const SIZE: [u32; 2] = [1920, 1080];
const FRAMES: usize = 300;
const STYLE: CanvasStyle = CanvasStyle {
    backdrop: Color32::DARK_GRAY,
    checker_light: Color32::WHITE,
    checker_dark: Color32::LIGHT_GRAY,
    accent: Color32::BLUE,
    handle_fill: Color32::WHITE,
    guide: Color32::WHITE,
};

fn document() -> Document {
    let mut history = History::new(Document::new(4000, 3000));
    for index in 0..8_usize {
        let id = history.new_layer_id();
        let image = RgbaImage::from_fn(4000, 3000, |x, y| {
            Rgba([
                (x >> 4) as u8,
                (y >> 4) as u8,
                index as u8 * 30,
                if index == 0 { 255 } else { 120 },
            ])
        });
        let layer = Layer::raster(id, "Layer", image, 0, 0);
        history
            .apply(Edit::Insert {
                parent: None,
                index,
                layer,
            })
            .expect("a new layer");
    }
    history.document().clone()
}

struct Window {
    render_state: RenderState,
    target: wgpu::TextureView,
    context: egui::Context,
    canvas: Canvas,
    document: Document,
}

impl Window {
    fn new() -> Self {
        let mut setup = egui_kittest::wgpu::default_wgpu_setup();
        if let egui_wgpu::WgpuSetup::CreateNew(new) = &mut setup {
            // The test setup prefers a software renderer; this wants the GPU.
            new.native_adapter_selector = None;
            new.power_preference = wgpu::PowerPreference::HighPerformance;
        }
        let render_state =
            egui_kittest::wgpu::create_render_state(setup, RendererOptions::default());
        println!("{:?}", render_state.adapter.get_info());
        let target = render_state
            .device
            .create_texture(&wgpu::TextureDescriptor {
                label: Some("window"),
                size: wgpu::Extent3d {
                    width: SIZE[0],
                    height: SIZE[1],
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: render_state.target_format,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
                view_formats: &[],
            });
        Self {
            canvas: Canvas::new(Some(&render_state)),
            target: target.create_view(&wgpu::TextureViewDescriptor::default()),
            context: egui::Context::default(),
            document: document(),
            render_state,
        }
    }

    /// Draws a frame and waits until the GPU is done with it.
    fn frame(&mut self) {
        let raw_input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(
                Pos2::ZERO,
                Vec2::new(SIZE[0] as f32, SIZE[1] as f32),
            )),
            ..Default::default()
        };
        let Self {
            render_state:
                RenderState {
                    device,
                    queue,
                    renderer,
                    ..
                },
            canvas,
            document,
            context,
            ..
        } = self;
        let output = context.run_ui(raw_input, |ui| {
            canvas.ui(
                ui,
                &CanvasInput {
                    document,
                    selection: &[],
                    preview: None,
                    colors: None,
                    compare: Compare::After,
                    style: &STYLE,
                },
            );
        });
        let primitives = context.tessellate(output.shapes, output.pixels_per_point);
        let screen = ScreenDescriptor {
            size_in_pixels: SIZE,
            pixels_per_point: output.pixels_per_point,
        };
        let mut renderer = renderer.write();
        for (id, deltas) in &output.textures_delta.set {
            for delta in deltas {
                renderer.update_texture(device, queue, *id, delta);
            }
        }
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut commands =
            renderer.update_buffers(device, queue, &mut encoder, &primitives, &screen);
        let attachment = wgpu::RenderPassColorAttachment {
            view: &self.target,
            resolve_target: None,
            ops: wgpu::Operations::default(),
            depth_slice: None,
        };
        let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(attachment)],
            ..Default::default()
        });
        renderer.render(&mut pass.forget_lifetime(), &primitives, &screen);
        commands.push(encoder.finish());
        queue.submit(commands);
        device
            .poll(wgpu::PollType::wait_indefinitely())
            .expect("the GPU finishes");
    }
}

fn main() {
    let mut window = Window::new();
    window.frame();
    let started = Instant::now();
    while window.canvas.is_loading() {
        std::thread::sleep(Duration::from_millis(2));
        window.frame();
    }
    println!(
        "8 layers of 4000 × 3000 on the GPU after {:.0} ms",
        started.elapsed().as_secs_f64() * 1e3
    );
    for (name, zoom) in [("fitted", 0.35_f32), ("100 %", 1.0), ("400 %", 4.0)] {
        let mut times: Vec<f64> = (0..FRAMES)
            .map(|frame| {
                window.canvas.set_zoom(zoom * (1.0 + 0.0005 * frame as f32));
                let started = Instant::now();
                window.frame();
                started.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let (median, p99) = (times[FRAMES / 2], times[FRAMES * 99 / 100]);
        println!(
            "{name}: {median:.2} ms a frame, 99 % within {p99:.2} ms, {:.0} frames a second",
            1e3 / median
        );
    }
}
