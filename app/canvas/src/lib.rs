//! The canvas widget: a zoomable view of a document, drawn layer by layer on the GPU, where layers are picked, moved,
//! resized and turned. It changes nothing itself: it returns [`CanvasAction`]s.

use document::{Document, LayerId, Transform};

/// What the canvas shows in one frame.
pub struct CanvasInput<'a> {
    pub document: &'a Document,
    pub selection: &'a [LayerId],
    pub compare: Compare,
    pub style: &'a CanvasStyle,
}

/// Before (the source) and after (the layers).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Compare {
    #[default]
    After,
    /// Only the source, for as long as the user holds the key or button.
    Before,
    /// The source left of the divider, the layers right of it; 0 to 1 of the canvas width.
    Split(f32),
}

/// Colours and sizes, from the editor's theme.
#[derive(Debug, Clone, PartialEq)]
pub struct CanvasStyle {
    pub backdrop: egui::Color32,
    pub checker_light: egui::Color32,
    pub checker_dark: egui::Color32,
    pub accent: egui::Color32,
    pub handle_fill: egui::Color32,
}

/// What the user did. A drag is `Begin`, any number of `SetTransforms`, then `Commit` or `Abort` (Esc).
#[derive(Debug, Clone, PartialEq)]
pub enum CanvasAction {
    /// `None` clears the selection. `extend` adds or removes (Shift or Ctrl held).
    Select { layer: Option<LayerId>, extend: bool },
    /// Opens a transaction with this label ("Move layer").
    Begin(&'static str),
    SetTransforms(Vec<(LayerId, Transform)>),
    Commit,
    Abort,
    /// The split divider was dragged.
    SetCompare(Compare),
}

/// State of the canvas between frames: view, drag in progress, textures.
pub struct Canvas {
    zoom: f32,
}

impl Canvas {
    /// Without a render state (tests) layers are not drawn; everything else works.
    pub fn new(_render_state: Option<&egui_wgpu::RenderState>) -> Self {
        Self { zoom: 1.0 }
    }

    /// Takes all space that `ui` has left.
    pub fn ui(&mut self, ui: &mut egui::Ui, input: &CanvasInput<'_>) -> Vec<CanvasAction> {
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), egui::Sense::click_and_drag());
        ui.painter().rect_filled(rect, 0.0, input.style.backdrop);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, "Canvas"));
        Vec::new()
    }

    /// Shows the whole document (Ctrl+0). Also what a newly opened document gets.
    pub fn fit(&mut self) {}

    /// Screen pixels for each document pixel, about the middle of the view (Ctrl+1 is 1.0).
    pub fn set_zoom(&mut self, zoom: f32) {
        self.zoom = zoom;
    }

    /// Physical screen pixels for each document pixel.
    pub fn zoom(&self) -> f32 {
        self.zoom
    }

    /// Document position under the pointer, for the status bar.
    pub fn pointer(&self) -> Option<glam::DVec2> {
        None
    }
}
