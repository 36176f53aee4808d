use egui::{Align, DragValue, Layout, Response, Ui, Vec2};
use words::typed_number;

use crate::theme::{CONTROL_HEIGHT, SHORT_LABEL_WIDTH};
use crate::widgets::shortest;

/// Largest coordinate or size that a field takes, in pixels: what a PSD can hold.
pub const MAX_PIXELS: f64 = 300_000.0;

/// Of a coordinate or a size.
const FIELD_WIDTH: f32 = 88.0;

/// A field in a grid of two columns, with room for a button beside them.
pub fn number(
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
        .custom_parser(typed_number)
        .suffix(suffix)
        .speed(0.5)
        .update_while_editing(false);
    let response = ui.add_sized([FIELD_WIDTH, CONTROL_HEIGHT], field);
    response.labelled_by(label.id).on_hover_text(tooltip)
}
