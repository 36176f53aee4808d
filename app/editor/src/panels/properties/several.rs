use document::{Edit, LayerId, Property, Raster, Transform};
use egui::{Response, Ui};
use glam::DVec2;
use session::Session;

use super::number::{MAX_PIXELS, number};
use crate::state::AppContext;
use crate::widgets::gesture;

/// The box around several layers: it moves them together, and scales them together about its top left corner, always
/// in both directions alike, as turned layers can.
pub fn several_ui(ui: &mut Ui, cx: &AppContext<'_>, session: &Session, ids: &[LayerId]) {
    let layers = ids.iter().filter_map(|id| {
        let raster = session.document().layer(*id)?.as_raster()?;
        Some((*id, raster))
    });
    let layers: Vec<(LayerId, &Raster)> = layers.collect();
    let Some((corner, end)) = bounds(&layers) else {
        return;
    };
    let size = (end - corner).max(DVec2::ONE);
    let send = |response: &Response, label, change: &dyn Fn(Transform) -> Transform| {
        let edits = layers
            .iter()
            .map(|(id, raster)| Edit::Set(*id, Property::Transform(change(raster.transform))));
        let held = response.is_pointer_button_down_on();
        gesture(cx, response, held, label, edits.collect());
    };
    let mut moved = corner;
    ui.horizontal(|ui| {
        let tooltip = "Left edge of all, from the canvas's left";
        let x = number(ui, "X", &mut moved.x, -MAX_PIXELS, " px", tooltip);
        let tooltip = "Top edge of all, from the canvas's top";
        let y = number(ui, "Y", &mut moved.y, -MAX_PIXELS, " px", tooltip);
        for response in [x, y] {
            send(&response, "Move layers", &|transform| {
                transform.translated(moved - corner)
            });
        }
    });
    let mut scaled = size;
    ui.horizontal(|ui| {
        let tooltip = "Width of all; the height follows";
        let w = number(ui, "W", &mut scaled.x, 1.0, " px", tooltip);
        let tooltip = "Height of all; the width follows";
        let h = number(ui, "H", &mut scaled.y, 1.0, " px", tooltip);
        let factors = scaled / size;
        for (response, factor) in [(w, factors.x), (h, factors.y)] {
            send(&response, "Resize layers", &|transform| Transform {
                center: corner + (transform.center - corner) * factor,
                scale: transform.scale * factor,
                ..transform
            });
        }
    });
}

/// Top left and bottom right of all, in document pixels.
fn bounds(layers: &[(LayerId, &Raster)]) -> Option<(DVec2, DVec2)> {
    let corners = layers.iter().flat_map(|(_, raster)| {
        let (width, height) = (raster.pixels.width(), raster.pixels.height());
        raster.transform.corners(width, height)
    });
    corners.fold(None, |bounds, corner| {
        let (min, max) = bounds.unwrap_or((corner, corner));
        Some((min.min(corner), max.max(corner)))
    })
}
