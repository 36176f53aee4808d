//! The canvas widget: a zoomable view of a document, drawn layer by layer on the GPU, where layers are picked, moved,
//! resized and turned. It changes nothing itself: it returns [`CanvasAction`]s.

mod compare;
mod drag;
mod handles;
mod interaction;
mod layers_renderer;
mod overlay;
mod selection;
mod snap;
mod view;

pub use compare::{Compare, DIFFERENCE_GAIN};
pub use drag::DragKind;
pub use layers_renderer::ColorTable;

use document::{Document, LayerId, Transform};
use egui::{CursorIcon, Key, PointerButton, Response, Role, Sense, Ui, WidgetInfo};
use glam::DVec2;

use crate::interaction::Interaction;
use crate::layers_renderer::LayersRenderer;
use crate::view::{Screen, View, Viewport};

/// Scrolling by this many points zooms by e. One notch of a wheel (40 points) is about 18 %.
const SCROLL_POINTS_PER_E: f32 = 240.0;

/// What the canvas shows in one frame.
pub struct CanvasInput<'a> {
    pub document: &'a Document,
    pub selection: &'a [LayerId],
    pub compare: Compare,
    /// Opaque; stands for the layers, over the whole canvas, which then cannot be picked.
    pub preview: Option<egui::TextureId>,
    /// What the document's colours are on the screen; `None` where those are the same.
    pub colors: Option<&'a ColorTable>,
    pub style: &'a CanvasStyle,
}

/// Colours and sizes, from the editor's theme.
#[derive(Debug, Clone, PartialEq)]
pub struct CanvasStyle {
    pub backdrop: egui::Color32,
    pub checker_light: egui::Color32,
    pub checker_dark: egui::Color32,
    pub accent: egui::Color32,
    pub handle_fill: egui::Color32,
    /// Lines that a dragged layer has caught.
    pub guide: egui::Color32,
}

/// What the user did. A drag is `Begin`, for a copy `LeaveCopies`, any number of `SetTransforms`, then `Commit` or
/// `Abort` (Esc).
#[derive(Debug, Clone, PartialEq)]
pub enum CanvasAction {
    /// `None` clears the selection. `extend` adds or removes (Shift or Ctrl held).
    Select {
        layer: Option<LayerId>,
        extend: bool,
    },
    /// Opens a transaction.
    Begin(DragKind),
    /// A copy of each selected layer stays where it is, right beneath it, while the layer itself is dragged away.
    LeaveCopies,
    SetTransforms(Vec<(LayerId, Transform)>),
    Commit,
    Abort,
    /// The split divider was dragged.
    SetCompare(Compare),
}

/// State of the canvas between frames: view, drag in progress, textures.
pub struct Canvas {
    view: View,
    interaction: Interaction,
    /// The middle button was pressed on the canvas and is still held.
    middle_held: bool,
    pointer: Option<DVec2>,
    layers: Option<LayersRenderer>,
}

impl Canvas {
    /// Without a render state (tests) layers are not drawn; everything else works.
    pub fn new(render_state: Option<&egui_wgpu::RenderState>) -> Self {
        Self {
            view: View::default(),
            interaction: Interaction::default(),
            middle_held: false,
            pointer: None,
            layers: render_state.map(LayersRenderer::new),
        }
    }

    /// Takes all space that `ui` has left.
    pub fn ui(&mut self, ui: &mut Ui, input: &CanvasInput<'_>) -> Vec<CanvasAction> {
        let (rect, response) =
            ui.allocate_exact_size(ui.available_size(), Sense::CLICK | Sense::DRAG);
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Canvas"));
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
            ui.set_clip_rect(rect.intersect(ui.clip_rect()));
            self.contents_ui(ui, &response, input)
        })
        .inner
    }

    /// Shows the whole document (Ctrl+0). Also what a newly opened document gets.
    pub fn fit(&mut self) {
        self.view.fit();
    }

    /// Screen pixels for each document pixel, about the middle of the view (Ctrl+1 is 1.0).
    pub fn set_zoom(&mut self, zoom: f32) {
        self.view.set_zoom(zoom.into());
    }

    /// Physical screen pixels for each document pixel.
    pub fn zoom(&self) -> f32 {
        self.view.zoom() as f32
    }

    /// Document position under the pointer, for the status bar.
    pub fn pointer(&self) -> Option<DVec2> {
        self.pointer
    }

    /// True while pictures are on their way to the GPU; such layers are not drawn yet.
    pub fn is_loading(&self) -> bool {
        self.layers.as_ref().is_some_and(LayersRenderer::is_loading)
    }

    fn contents_ui(
        &mut self,
        ui: &mut Ui,
        response: &Response,
        input: &CanvasInput<'_>,
    ) -> Vec<CanvasAction> {
        let size = input.document.size();
        let screen = Screen::new(response.rect, ui.pixels_per_point());
        self.view.viewport(screen, size);
        let panning = self.navigate(ui, response, &screen, size);
        let viewport = self.view.viewport(screen, size);
        self.pointer = response
            .hover_pos()
            .map(|pos| viewport.document_from_screen(pos));
        self.paint_picture(ui, response, &viewport, input);

        let mut actions = Vec::new();
        let layers_show = input.compare != Compare::Before && input.preview.is_none();
        if panning || !layers_show {
            actions.extend(self.interaction.finish());
        } else {
            actions.extend(self.interaction.ui(ui, response, &viewport, input));
        }
        if let Compare::Split(split) = input.compare {
            let canvas = viewport.canvas_on_screen(size);
            let dragged = compare::divider_ui(ui, canvas, split, input.style);
            actions.extend(dragged.map(CanvasAction::SetCompare));
        }
        actions
    }

    fn paint_picture(
        &mut self,
        ui: &Ui,
        response: &Response,
        viewport: &Viewport,
        input: &CanvasInput<'_>,
    ) {
        let canvas = viewport.canvas_on_screen(input.document.size());
        ui.painter()
            .rect_filled(response.rect, 0.0, input.style.backdrop);
        overlay::paint_shadow(ui.painter(), canvas);
        match &mut self.layers {
            Some(layers) => layers.paint(ui, response.rect, viewport, input),
            None => overlay::paint_blank_canvas(ui.painter(), canvas, input.style),
        }
        if let Some(preview) = input.preview {
            overlay::paint_preview(ui.painter(), canvas, input.compare, preview);
        }
        overlay::paint_edge(ui.painter(), canvas);
    }

    /// Wheel, pinch, middle button and space. True while the primary button belongs to panning.
    fn navigate(&mut self, ui: &Ui, response: &Response, screen: &Screen, size: DVec2) -> bool {
        let hovered = ui.rect_contains_pointer(response.rect);
        if let Some(pos) = ui.input(|i| i.pointer.hover_pos()).filter(|_| hovered) {
            let factor = ui.input(|i| {
                i.zoom_delta() * (i.smooth_scroll_delta().y / SCROLL_POINTS_PER_E).exp()
            });
            if factor != 1.0 {
                self.view.zoom_at(screen, pos, factor.into());
            }
        }
        let space = ui.input(|i| i.key_down(Key::Space)) && !ui.ctx().egui_wants_keyboard_input();
        let pressed = hovered && ui.input(|i| i.pointer.button_pressed(PointerButton::Middle));
        self.middle_held = ui.input(|i| i.pointer.middle_down()) && (pressed || self.middle_held);
        let middle = self.middle_held;
        let dragged_by_space = space && response.dragged();
        if middle || dragged_by_space {
            let delta = ui.input(|i| i.pointer.delta());
            self.view.pan(screen, size, delta);
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        } else if space && hovered {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
        }
        space || middle
    }
}
