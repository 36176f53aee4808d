//! A little window around the canvas: it applies what the canvas asks for to a document, as the editor does.
#![allow(dead_code, reason = "each test uses a part")]

pub mod drawn;

use canvas::{Canvas, CanvasAction, CanvasInput, CanvasStyle, ColorTable, Compare};
use document::{Document, Edit, History, Layer, LayerId, Pixels, Property, Transform};
use egui::{Color32, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use glam::DVec2;
use image::{Rgba, RgbaImage};

pub struct Window {
    pub canvas: Canvas,
    pub history: History,
    pub selection: Vec<LayerId>,
    pub compare: Compare,
    pub preview: Option<egui::TextureHandle>,
    pub colors: Option<ColorTable>,
    pub style: CanvasStyle,
    pub actions: Vec<CanvasAction>,
}

impl Window {
    pub fn new(canvas: Canvas, document: Document) -> Self {
        let style = CanvasStyle {
            backdrop: Color32::from_gray(40),
            checker_light: Color32::WHITE,
            checker_dark: Color32::from_gray(204),
            accent: Color32::from_rgb(41, 121, 255),
            handle_fill: Color32::WHITE,
            guide: Color32::from_rgb(240, 40, 210),
        };
        Self {
            canvas,
            history: History::new(document),
            selection: Vec::new(),
            compare: Compare::After,
            preview: None,
            colors: None,
            style,
            actions: Vec::new(),
        }
    }

    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let input = CanvasInput {
            document: self.history.document(),
            selection: &self.selection,
            preview: self.preview.as_ref().map(egui::TextureHandle::id),
            compare: self.compare,
            colors: self.colors.as_ref(),
            style: &self.style,
        };
        for action in self.canvas.ui(ui, &input) {
            self.apply(&action);
            self.actions.push(action);
        }
    }

    fn apply(&mut self, action: &CanvasAction) {
        match action {
            CanvasAction::Select { layer, extend } => {
                if !extend {
                    self.selection.clear();
                }
                self.selection.extend(layer);
            }
            CanvasAction::Begin(kind) => self.history.begin(format!("{kind:?}")).unwrap(),
            CanvasAction::SetTransforms(transforms) => {
                for (id, transform) in transforms {
                    let edit = Edit::Set(*id, Property::Transform(*transform));
                    self.history.apply(edit).unwrap();
                }
            }
            CanvasAction::LeaveCopies => {}
            CanvasAction::Commit => self.history.commit().unwrap(),
            CanvasAction::Abort => self.history.abort().unwrap(),
            CanvasAction::SetCompare(compare) => self.compare = *compare,
        }
    }

    pub fn transform(&self, id: LayerId) -> Transform {
        self.history
            .document()
            .layer(id)
            .unwrap()
            .as_raster()
            .unwrap()
            .transform
    }
}

pub fn harness(window: Window) -> Harness<'static, Window> {
    let mut harness = Harness::builder()
        .with_size(egui::vec2(800.0, 600.0))
        .with_render_cursor(false)
        .build_ui_state(|ui, window: &mut Window| window.ui(ui), window);
    harness.run();
    harness
}

/// A document of 400 × 300 with plain layers at (left, top, width, height), bottom first.
pub fn document_of(layers: &[(i32, i32, u32, u32)]) -> (Document, Vec<LayerId>) {
    let mut history = History::new(Document::new(400, 300));
    let mut ids = Vec::new();
    for (index, (left, top, width, height)) in layers.iter().enumerate() {
        let color = [[230, 80, 60, 255], [60, 120, 230, 255], [250, 200, 40, 255]][index % 3];
        let image = RgbaImage::from_pixel(*width, *height, Rgba(color));
        ids.push(insert(&mut history, image, *left, *top));
    }
    (history.document().clone(), ids)
}

/// A layer in front of all others.
pub fn insert(history: &mut History, image: RgbaImage, left: i32, top: i32) -> LayerId {
    let id = history.new_layer_id();
    let index = history.document().layers().len();
    let layer = Layer::raster(id, format!("Layer {index}"), image, left, top);
    history
        .apply(Edit::Insert {
            parent: None,
            index,
            layer,
        })
        .unwrap();
    id
}

pub fn with_source(source: RgbaImage) -> Document {
    Document::from_source(Pixels::new(source), None)
}

/// Where the middle of a document pixel is on the screen, at the current zoom.
pub fn on_screen(harness: &Harness<'_, Window>, x: f64, y: f64) -> Pos2 {
    let canvas = harness.get_by_label("Canvas").rect();
    let zoom = f64::from(harness.state().canvas.zoom());
    let document = harness.state().history.document();
    // Fitted or only zoomed about the middle: the document's middle is the view's.
    let offset = (DVec2::new(x, y)
        - DVec2::new(document.width().into(), document.height().into()) / 2.0)
        * zoom;
    canvas.center() + egui::vec2(offset.x as f32, offset.y as f32)
}

pub fn drag(harness: &mut Harness<'_, Window>, from: Pos2, to: Pos2) {
    start_drag(harness, from, to);
    harness.drop_at(to);
    harness.run();
}

/// Presses at `from` and moves to `to` in two steps, without releasing.
pub fn start_drag(harness: &mut Harness<'_, Window>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.run();
    harness.drag_at(from);
    harness.run();
    harness.hover_at(from + (to - from) / 2.0);
    harness.run();
    harness.hover_at(to);
    harness.run();
}

pub fn handle(harness: &Harness<'_, Window>, label: &str) -> Pos2 {
    let rect: Rect = harness.get_by_label(label).rect();
    rect.center()
}

/// A canvas of 400 × 300 at zoom 1: one point is one pixel.
pub fn opened(layers: &[(i32, i32, u32, u32)]) -> (Harness<'static, Window>, Vec<LayerId>) {
    let (document, ids) = document_of(layers);
    let mut window = Window::new(Canvas::new(None), document);
    window.canvas.set_zoom(1.0);
    let mut harness = harness(window);
    // The first frame lays the view out; the zoom chosen before it is about no middle yet.
    harness.state_mut().canvas.fit();
    harness.run();
    harness.state_mut().canvas.set_zoom(1.0);
    harness.run();
    (harness, ids)
}
