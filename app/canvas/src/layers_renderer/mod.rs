//! Draws the layers on the GPU: each picture is a texture, each layer a quad with its transform, blended in order into an
//! offscreen picture of the view as `document::composite` would, and that picture is shown over the checkerboard, in the
//! screen's colours where the document has others.
//!
//! Memory: 4/3 × 4 bytes for each pixel of each different picture in the document and its source (8 layers of
//! 4000 × 3000 and their source: 9 × 61 MiB), and 8 bytes for each pixel of the view, 4 more for each level of
//! groups that are partly transparent; four times that with blend modes. A picture on its way takes a third of its size in main
//! memory.

mod bindings;
mod color_table;
mod mipmaps;
mod painter;
mod pipelines;
mod scene;
mod targets;
mod texture_cache;
mod upload;

use std::sync::Arc;

use document::Pixels;
use egui::mutex::Mutex;
use egui::{Color32, PaintCallbackInfo, Rect, Ui};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor, wgpu};

pub use self::color_table::ColorTable;
use self::painter::ScenePainter;
use self::pipelines::{Pipelines, Present};
use self::scene::Scene;
use self::texture_cache::TextureCache;
use self::upload::Uploader;
use crate::view::Viewport;
use crate::{CanvasInput, Compare, DIFFERENCE_GAIN};

/// Side of a square of the checkerboard, in points.
const CHECKER_SQUARE: f32 = 8.0;

pub struct LayersRenderer {
    painter: Arc<Mutex<ScenePainter>>,
    textures: TextureCache,
    whole: Option<WholeScene>,
}

/// What was shown last without a gap, and of what.
struct WholeScene {
    scene: Scene,
    viewport: Viewport,
    source: Option<Pixels>,
}

impl LayersRenderer {
    pub fn new(render_state: &RenderState) -> Self {
        let RenderState {
            adapter,
            device,
            queue,
            target_format,
            ..
        } = render_state;
        let pipelines = Pipelines::new(adapter, device, *target_format);
        let uploader = Uploader::new(device.clone(), queue.clone(), pipelines.bindings.clone());
        let painter = Arc::new(Mutex::new(ScenePainter::new(device, pipelines)));
        Self {
            painter,
            textures: TextureCache::new(uploader),
            whole: None,
        }
    }

    pub fn is_loading(&self) -> bool {
        self.textures.is_loading()
    }

    /// `rect` is the whole widget, on which `viewport` lies.
    pub fn paint(&mut self, ui: &Ui, rect: Rect, viewport: &Viewport, input: &CanvasInput<'_>) {
        self.textures.update(input.document, ui.ctx());
        let size = viewport.screen.size_in_pixels();
        if size.contains(&0) {
            return;
        }
        let canvas = viewport.canvas_in_pixels(input.document.size());
        let square = (CHECKER_SQUARE * ui.pixels_per_point()).round().max(1.0);
        let scene = self.scene(viewport, input);
        let is_difference = input.compare == Compare::Difference;
        let gain = match (scene.is_plain, is_difference) {
            (true, _) => 0.0,
            (false, false) => 1.0,
            (false, true) => DIFFERENCE_GAIN,
        };
        let paper = |checker| match is_difference {
            true => Color32::BLACK,
            false => checker,
        };
        let picture = PictureCallback {
            painter: self.painter.clone(),
            scene,
            present: Present {
                canvas: canvas.map(|side| side as f32),
                light: channels(paper(input.style.checker_light)),
                dark: channels(paper(input.style.checker_dark)),
                size: [size[0] as f32, size[1] as f32, square, gain],
            },
            // Differences are of numbers.
            table: input.colors.filter(|_| !is_difference).cloned(),
        };
        ui.painter()
            .add(Callback::new_paint_callback(rect, picture));
    }

    /// The picture as it was stands in while layers that are new to it are on their way to the GPU.
    fn scene(&mut self, viewport: &Viewport, input: &CanvasInput<'_>) -> Scene {
        let (scene, gaps) = scene::scene(input.document, input.compare, viewport, &self.textures);
        let source = input.document.source();
        if !gaps {
            self.whole = Some(WholeScene {
                scene: scene.clone(),
                viewport: viewport.clone(),
                source: source.cloned(),
            });
            return scene;
        }
        match &self.whole {
            Some(whole) if whole.is_of(viewport, source) => whole.scene.clone(),
            _ => scene,
        }
    }
}

impl WholeScene {
    /// Of the same opened picture, seen from the same place.
    fn is_of(&self, viewport: &Viewport, source: Option<&Pixels>) -> bool {
        let same_source = match (&self.source, source) {
            (Some(own), Some(source)) => own.ptr_eq(source),
            _ => false,
        };
        same_source && self.viewport == *viewport
    }
}

fn channels(color: Color32) -> [f32; 4] {
    color.to_array().map(|value| f32::from(value) / 255.0)
}

struct PictureCallback {
    painter: Arc<Mutex<ScenePainter>>,
    scene: Scene,
    present: Present,
    table: Option<ColorTable>,
}

impl CallbackTrait for PictureCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen_descriptor: &ScreenDescriptor,
        egui_encoder: &mut wgpu::CommandEncoder,
        _callback_resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let mut painter = self.painter.lock();
        painter.convert(device, queue, self.table.as_ref());
        painter.prepare(device, queue, egui_encoder, &self.scene, &self.present);
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        render_pass: &mut wgpu::RenderPass<'static>,
        _callback_resources: &CallbackResources,
    ) {
        self.painter.lock().paint(render_pass);
    }
}
