use document::{Edit, LayerId, Property, Raster, Transform};
use egui::{Response, Ui};
use glam::DVec2;
use session::Session;
use words::{key, say};

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
        let tooltip = say!("properties-x".several);
        let x = number(
            ui,
            say!("properties-x"),
            &mut moved.x,
            -MAX_PIXELS,
            say!("unit-pixels"),
            tooltip,
        );
        let tooltip = say!("properties-y".several);
        let y = number(
            ui,
            say!("properties-y"),
            &mut moved.y,
            -MAX_PIXELS,
            say!("unit-pixels"),
            tooltip,
        );
        for response in [x, y] {
            send(&response, key!("step-move-layers"), &|transform| {
                transform.translated(moved - corner)
            });
        }
    });
    let mut scaled = size;
    ui.horizontal(|ui| {
        let tooltip = say!("properties-width".several);
        let w = number(
            ui,
            say!("properties-width"),
            &mut scaled.x,
            1.0,
            say!("unit-pixels"),
            tooltip,
        );
        let tooltip = say!("properties-height".several);
        let h = number(
            ui,
            say!("properties-height"),
            &mut scaled.y,
            1.0,
            say!("unit-pixels"),
            tooltip,
        );
        let factors = scaled / size;
        for (response, factor) in [(w, factors.x), (h, factors.y)] {
            send(&response, key!("step-resize-layers"), &|transform| {
                Transform {
                    center: corner + (transform.center - corner) * factor,
                    scale: transform.scale * factor,
                    ..transform
                }
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
