mod colors;
mod number;
mod several;

use colors::recolor_ui;
use document::{Edit, Layer, LayerId, Property, Raster, Transform};
use egui::{Response, Ui};
use glam::DVec2;
use lucide_icons::Icon;
use number::{MAX_PIXELS, number};
use session::Session;
use several::several_ui;
use words::{key, say};

use crate::action::LayersAction;
use crate::state::AppContext;
use crate::theme::GRID;
use crate::widgets::{IconLook, action_icon, divider, gesture, heading, heading_row, icon_button};

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
        let Some(session) = &cx.state.session else {
            heading(ui, cx, say!("properties-heading"));
            return;
        };
        let rasters = session.rasters(&session.editable_roots());
        let shown = session.rasters(session.selection());
        // Beside the heading: the panel has no line to spare.
        heading_row(ui, cx, say!("properties-heading"), |ui| {
            ui.weak(subject(session, shown.len(), rasters.len()));
        });
        let Some(first) = shown.first().and_then(|id| session.document().layer(*id)) else {
            return;
        };
        let Some(raster) = first.as_raster() else {
            return;
        };
        ui.add_enabled_ui(!rasters.is_empty(), |ui| {
            match (session.only_selected(), rasters.as_slice()) {
                (Some(layer), _) if layer.as_raster().is_some() => {
                    ui.add_enabled_ui(!session.locks(layer.id).position, |ui| {
                        self.transform_ui(ui, cx, layer, raster)
                    });
                }
                _ => {
                    // Locked ones stay where they are.
                    let ids = if rasters.is_empty() { &shown } else { &rasters };
                    several_ui(ui, cx, session, ids);
                    ui.horizontal(|ui| flip_ui(ui, cx));
                }
            }
            divider(ui, cx);
            ui.add_enabled_ui(!session.locks(first.id).pixels, |ui| {
                recolor_ui(ui, cx, session, &rasters, raster.recolor);
            });
        });
    }

    fn transform_ui(&mut self, ui: &mut Ui, cx: &AppContext<'_>, layer: &Layer, raster: &Raster) {
        let mut frame = Frame::of(raster);
        ui.horizontal(|ui| {
            let x = number(
                ui,
                say!("properties-x"),
                &mut frame.corner.x,
                -MAX_PIXELS,
                say!("unit-pixels"),
                say!("properties-x".tooltip),
            );
            self.send(cx, layer.id, &x, key!("step-move-layer"), || {
                frame.placed(raster)
            });
            let y = number(
                ui,
                say!("properties-y"),
                &mut frame.corner.y,
                -MAX_PIXELS,
                say!("unit-pixels"),
                say!("properties-y".tooltip),
            );
            self.send(cx, layer.id, &y, key!("step-move-layer"), || {
                frame.placed(raster)
            });
        });
        ui.horizontal(|ui| {
            let ratio = frame.size.x / frame.size.y;
            let w = number(
                ui,
                say!("properties-width"),
                &mut frame.size.x,
                1.0,
                say!("unit-pixels"),
                say!("properties-width".tooltip),
            );
            if w.changed() && self.keep_ratio {
                frame.size.y = frame.size.x / ratio;
            }
            self.send(cx, layer.id, &w, key!("step-resize-layer"), || {
                frame.resized(raster)
            });
            let h = number(
                ui,
                say!("properties-height"),
                &mut frame.size.y,
                1.0,
                say!("unit-pixels"),
                say!("properties-height".tooltip),
            );
            if h.changed() && self.keep_ratio {
                frame.size.x = frame.size.y * ratio;
            }
            self.send(cx, layer.id, &h, key!("step-resize-layer"), || {
                frame.resized(raster)
            });
            let (icon, look) = match self.keep_ratio {
                true => (Icon::Link2, IconLook::On),
                false => (Icon::Unlink2, IconLook::Off),
            };
            let link = icon_button(ui, cx, icon, say!("properties-ratio"), look);
            if link
                .on_hover_text(say!("properties-ratio".tooltip))
                .clicked()
            {
                self.keep_ratio = !self.keep_ratio;
            }
        });
        ui.horizontal(|ui| {
            let mut degrees = raster.transform.rotation.to_degrees();
            let angle = number(
                ui,
                say!("properties-rotation"),
                &mut degrees,
                -3600.0,
                say!("unit-degrees"),
                say!("properties-rotation".tooltip),
            );
            let rotation = normalized_degrees(degrees).to_radians();
            self.send(cx, layer.id, &angle, key!("step-rotate-layer"), || {
                Transform {
                    rotation,
                    ..raster.transform
                }
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
        let edits = vec![Edit::Set(id, Property::Transform(transform()))];
        gesture(
            cx,
            response,
            response.is_pointer_button_down_on(),
            label,
            edits,
        );
    }
}

/// What the panel is about, where it is not one layer that can be changed.
fn subject(session: &Session, shown: usize, editable: usize) -> String {
    let is_group = session
        .only_selected()
        .is_some_and(|layer| layer.as_group().is_some());
    let what = match shown {
        count if is_group => say!("properties-group", count = count),
        1 => String::new(),
        count => say!("properties-layers", count = count),
    };
    match (shown, editable) {
        (1.., 0) if what.is_empty() => say!("properties-locked").to_owned(),
        (1.., 0) => say!("properties-several-locked", what = what),
        _ => what,
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

fn flip_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    ui.spacing_mut().item_spacing.x = GRID;
    action_icon(ui, cx, LayersAction::FlipHorizontal, IconLook::Normal);
    action_icon(ui, cx, LayersAction::FlipVertical, IconLook::Normal);
    action_icon(ui, cx, LayersAction::ResetTransform, IconLook::Normal);
}
