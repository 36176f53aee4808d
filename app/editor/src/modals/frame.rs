//! What every question has: a title, and buttons with the answers.

use egui::{Align, Button, Layout, Response, RichText, Role, Ui, WidgetInfo};

use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID};

/// At the top.
pub fn title(ui: &mut Ui, text: &str) {
    ui.heading(text);
    ui.add_space(GRID * 2.0);
}

/// The buttons at the bottom, from the right edge inwards.
pub fn buttons<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.add_space(GRID * 3.0);
    let size = egui::vec2(ui.available_width(), CONTROL_HEIGHT + GRID);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), add)
        .inner
}

/// The answer that goes on.
pub fn primary(ui: &mut Ui, cx: &AppContext<'_>, text: &str) -> Response {
    let label = RichText::new(text).color(cx.tokens.on_accent);
    let button = Button::new(label)
        .fill(cx.tokens.accent)
        .min_size(egui::vec2(88.0, CONTROL_HEIGHT + GRID));
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
    response
}

pub fn secondary(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).min_size(egui::vec2(88.0, CONTROL_HEIGHT + GRID)))
}
