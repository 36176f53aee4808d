//! What every question has: a title, and buttons with the answers.

use egui::{
    Align, Button, CornerRadius, Key, Layout, Response, RichText, Role, Stroke, StrokeKind, Ui,
    WidgetInfo,
};

use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, CORNER, GRID};

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

/// The answer that goes on: Enter gives it while nothing else has the focus.
pub fn primary(ui: &mut Ui, cx: &AppContext<'_>, text: &str) -> Response {
    let label = RichText::new(text).color(cx.tokens.on_accent);
    let button = Button::new(label)
        .fill(cx.tokens.accent)
        .min_size(egui::vec2(88.0, CONTROL_HEIGHT + GRID));
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
    focus_first(&response);
    if response.has_focus() {
        let ring = Stroke::new(1.5, cx.tokens.text_strong);
        let corner = CornerRadius::same(CORNER);
        ui.painter()
            .rect_stroke(response.rect, corner, ring, StrokeKind::Outside);
    }
    response
}

/// Gives the focus to the first of a question's widgets that asks for it.
pub fn focus_first(response: &Response) {
    if response.enabled() && response.ctx.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
}

/// Whether Enter was pressed in a text field.
pub fn entered(field: &Response) -> bool {
    field.lost_focus() && field.ctx.input(|input| input.key_pressed(Key::Enter))
}

pub fn secondary(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).min_size(egui::vec2(88.0, CONTROL_HEIGHT + GRID)))
}
