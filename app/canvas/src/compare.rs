//! Before and after, and the divider between them.

use egui::{CursorIcon, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::{CanvasStyle, overlay};

/// Before (the source) and after (the layers), or how these differ.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Compare {
    #[default]
    After,
    /// Only the source, for as long as the user holds the key or button.
    Before,
    /// The source left of the divider, the layers right of it; 0 to 1 of the canvas width.
    Split(f32),
    /// |source − layers| for each channel, [`DIFFERENCE_GAIN`] times, on black.
    Difference,
}

/// So that a difference of two or three 255ths is seen.
pub const DIFFERENCE_GAIN: f32 = 16.0;

/// Width of the strip that can be grabbed, in points.
const GRAB_WIDTH: f32 = 16.0;

/// Shows the divider at `split` (0 to 1 of `canvas`, on screen) and returns where it was dragged to.
pub fn divider_ui(ui: &mut Ui, canvas: Rect, split: f32, style: &CanvasStyle) -> Option<Compare> {
    let seen = canvas.intersect(ui.clip_rect());
    if !seen.is_positive() {
        return None;
    }
    let x = canvas.left() + split.clamp(0.0, 1.0) * canvas.width();
    let knob = Pos2::new(x, seen.center().y);
    let strip = Rect::from_center_size(knob, Vec2::new(GRAB_WIDTH, seen.height()));
    let response = ui.interact(
        strip,
        ui.scope_id().with("compare divider"),
        Sense::CLICK | Sense::DRAG,
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Compare divider"));
    let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    overlay::paint_divider(
        ui.painter(),
        [Pos2::new(x, canvas.top()), Pos2::new(x, canvas.bottom())],
        knob,
        style,
    );
    let pointer = response
        .interact_pointer_pos()
        .filter(|_| response.dragged())?;
    let dragged_to = ((pointer.x - canvas.left()) / canvas.width()).clamp(0.0, 1.0);
    (dragged_to != split).then_some(Compare::Split(dragged_to))
}
