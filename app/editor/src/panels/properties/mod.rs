mod colours;
mod several;

use colours::recolor_ui;
use document::{Edit, Layer, LayerId, Raster, Transform};
use egui::{Align, DragValue, Layout, Response, Ui, Vec2};
use glam::DVec2;
use lucide_icons::Icon;
use several::several_ui;

use crate::action::Action;
use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID, SHORT_LABEL_WIDTH};
use crate::widgets::{IconLook, action_icon, divider, gesture, heading, icon_button};

/// Largest coordinate or size that a field takes, in pixels: what a PSD can hold.
const MAX_PIXELS: f64 = 300_000.0;

/// Of a coordinate or a size.
const FIELD_WIDTH: f32 = 88.0;

/// Position, size, rotation and colours of the selected layers.
pub struct PropertiesPanel {
    /// Width and height change together.
    keep_ratio: bool,
}

impl Default for PropertiesPanel {
    fn default() -> Self {
        Self { keep_ratio: true }
    }
}

impl PropertiesPanel {
    pub fn ui(&mut self, ui: &mut Ui, cx: &AppContext<'_>) {
        heading(ui, cx, "Properties");
        let Some(session) = &cx.state.session else {
            return;
        };
        let ids = session.editable_roots();
        if session.selection().is_empty() {
            ui.weak("No layer is selected.");
            return;
        }
        if ids.is_empty() {
            ui.weak("The layer is locked.");
        }
        let rasters = session.rasters(&ids);
        let shown = session.rasters(session.selection());
        let Some(first) = shown.first().and_then(|id| session.document().layer(*id)) else {
            return;
        };
        let Some(raster) = first.as_raster() else {
            return;
        };
        ui.add_enabled_ui(!rasters.is_empty(), |ui| {
            match (session.only_selected(), rasters.as_slice()) {
                (Some(layer), _) if layer.as_raster().is_some() => {
                    self.transform_ui(ui, cx, layer, raster)
                }
                _ => {
                    ui.weak(match shown.len() {
                        1 => "A group of 1 layer".to_owned(),
                        count => format!("{count} layers"),
                    });
                    // Locked ones stay where they are.
                    let ids = if rasters.is_empty() { &shown } else { &rasters };
                    several_ui(ui, cx, session, ids);
                    ui.horizontal(|ui| flip_ui(ui, cx));
                }
            }
            divider(ui, cx);
            recolor_ui(ui, cx, session, &rasters, raster.recolor);
        });
    }

    fn transform_ui(&mut self, ui: &mut Ui, cx: &AppContext<'_>, layer: &Layer, raster: &Raster) {
        let mut frame = Frame::of(raster);
        ui.horizontal(|ui| {
            let x = number(
                ui,
                "X",
                &mut frame.corner.x,
                -MAX_PIXELS,
                " px",
                "Left edge, from the canvas's left",
            );
            self.send(cx, layer.id, &x, "Move layer", || frame.placed(raster));
            let y = number(
                ui,
                "Y",
                &mut frame.corner.y,
                -MAX_PIXELS,
                " px",
                "Top edge, from the canvas's top",
            );
            self.send(cx, layer.id, &y, "Move layer", || frame.placed(raster));
        });
        ui.horizontal(|ui| {
            let ratio = frame.size.x / frame.size.y;
            let w = number(ui, "W", &mut frame.size.x, 1.0, " px", "Width of the layer");
            if w.changed() && self.keep_ratio {
                frame.size.y = frame.size.x / ratio;
            }
            self.send(cx, layer.id, &w, "Resize layer", || frame.resized(raster));
            let h = number(
                ui,
                "H",
                &mut frame.size.y,
                1.0,
                " px",
                "Height of the layer",
            );
            if h.changed() && self.keep_ratio {
                frame.size.x = frame.size.y * ratio;
            }
            self.send(cx, layer.id, &h, "Resize layer", || frame.resized(raster));
            let (icon, look) = match self.keep_ratio {
                true => (Icon::Link2, IconLook::On),
                false => (Icon::Unlink2, IconLook::Off),
            };
            let link = icon_button(ui, cx, icon, "Keep the ratio", look);
            if link
                .on_hover_text("Width and height change together")
                .clicked()
            {
                self.keep_ratio = !self.keep_ratio;
            }
        });
        ui.horizontal(|ui| {
            let mut degrees = raster.transform.rotation.to_degrees();
            let angle = number(ui, "R", &mut degrees, -3600.0, "°", "Rotation, clockwise");
            let rotation = normalized_degrees(degrees).to_radians();
            self.send(cx, layer.id, &angle, "Rotate layer", || Transform {
                rotation,
                ..raster.transform
            });
            flip_ui(ui, cx);
        });
    }

    fn send(
        &self,
        cx: &AppContext<'_>,
        id: LayerId,
        response: &Response,
        label: &'static str,
        transform: impl FnOnce() -> Transform,
    ) {
        let edits = vec![Edit::SetTransform {
            id,
            transform: transform(),
        }];
        gesture(
            cx,
            response,
            response.is_pointer_button_down_on(),
            label,
            edits,
        );
    }
}

/// A layer's place as the panel shows it, in document pixels.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Top left of the box around the layer as it is turned.
    corner: DVec2,
    /// Along the layer's own axes, before rotation.
    size: DVec2,
}

impl Frame {
    fn of(raster: &Raster) -> Self {
        let (width, height) = (raster.pixels.width(), raster.pixels.height());
        let corners = raster.transform.corners(width, height);
        let corner = corners.into_iter().reduce(DVec2::min).unwrap_or_default();
        let size = DVec2::new(width.into(), height.into()) * raster.transform.scale.abs();
        Self { corner, size }
    }

    fn placed(&self, raster: &Raster) -> Transform {
        raster
            .transform
            .translated(self.corner - Self::of(raster).corner)
    }

    /// Keeps the top left corner and the flips.
    fn resized(&self, raster: &Raster) -> Transform {
        let pixels = DVec2::new(
            raster.pixels.width().max(1).into(),
            raster.pixels.height().max(1).into(),
        );
        let scale = (self.size.max(DVec2::ONE) / pixels).copysign(raster.transform.scale);
        let scaled = Raster {
            transform: Transform {
                scale,
                ..raster.transform
            },
            ..raster.clone()
        };
        scaled
            .transform
            .translated(Self::of(raster).corner - Self::of(&scaled).corner)
    }
}

/// −180 to 180.
fn normalized_degrees(degrees: f64) -> f64 {
    (degrees + 180.0).rem_euclid(360.0) - 180.0
}

/// A field in a grid of two columns, with room for a button beside them.
fn number(
    ui: &mut Ui,
    name: &str,
    value: &mut f64,
    least: f64,
    suffix: &str,
    tooltip: &str,
) -> Response {
    let height = Vec2::new(SHORT_LABEL_WIDTH, CONTROL_HEIGHT);
    let label = ui
        .allocate_ui_with_layout(height, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(SHORT_LABEL_WIDTH);
            ui.label(name)
        })
        .inner;
    let field = DragValue::new(value)
        .range(least..=MAX_PIXELS)
        .custom_formatter(|value, _| shortest(value))
        .suffix(suffix)
        .speed(0.5)
        .update_while_editing(false);
    let response = ui.add_sized([FIELD_WIDTH, CONTROL_HEIGHT], field);
    response.labelled_by(label.id).on_hover_text(tooltip)
}

/// With one decimal, where there is one.
fn shortest(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn flip_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    ui.spacing_mut().item_spacing.x = GRID;
    action_icon(ui, cx, Action::FlipHorizontal, IconLook::Normal);
    action_icon(ui, cx, Action::FlipVertical, IconLook::Normal);
    action_icon(ui, cx, Action::ResetTransform, IconLook::Normal);
}
