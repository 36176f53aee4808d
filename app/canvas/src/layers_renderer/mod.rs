//! Draws the layers on the GPU.

use egui::{Rect, Ui};

use crate::CanvasInput;
use crate::view::Viewport;

pub struct LayersRenderer {}

impl LayersRenderer {
    pub fn new(_render_state: &egui_wgpu::RenderState) -> Self {
        Self {}
    }

    pub fn is_loading(&self) -> bool {
        false
    }

    pub fn paint(&mut self, ui: &Ui, _rect: Rect, viewport: &Viewport, input: &CanvasInput<'_>) {
        let canvas = viewport.canvas_on_screen(crate::interaction::document_size(input.document));
        crate::overlay::paint_blank_canvas(ui.painter(), canvas, input.style);
    }
}
