use egui::{Grid, RichText, ScrollArea, Ui};

use super::frame::{buttons, primary, title};
use crate::action::Action;
use crate::state::AppContext;

/// What is not an action of its own.
const GESTURES: [(&str, &str); 10] = [
    ("Wheel", "Zoom at the pointer"),
    ("Space-drag, middle button", "Pan"),
    ("Arrows, with Shift", "Move the layers by 1 px, by 10 px"),
    ("1 to 9, 0", "Opacity 10 % to 90 %, 100 %"),
    ("Ctrl-click, Shift-click", "Select more layers"),
    ("Alt-click on an eye", "Show only that layer"),
    ("Double click on a name", "Rename"),
    ("Alt-drag", "Move a copy of the layers"),
    ("Ctrl while dragging", "Do not snap to edges and middles"),
    ("Shift while resizing", "Keep the ratio"),
];

pub fn shortcuts_ui(ui: &mut Ui, cx: &AppContext<'_>) -> bool {
    title(ui, "Keyboard shortcuts");
    let height = (ui.ctx().content_rect().height() - 200.0).clamp(120.0, 480.0);
    ScrollArea::vertical()
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            Grid::new("shortcuts").num_columns(2).show(ui, |ui| {
                for action in Action::ALL {
                    if let Some(keys) = action.shortcut_text(ui.ctx()) {
                        ui.label(RichText::new(keys).color(cx.tokens.text_strong));
                        ui.label(action.info().tooltip);
                        ui.end_row();
                    }
                }
                for (keys, what) in GESTURES {
                    ui.label(RichText::new(keys).color(cx.tokens.text_strong));
                    ui.label(what);
                    ui.end_row();
                }
            });
        });
    buttons(ui, |ui| primary(ui, cx, "Close").clicked())
}

pub fn about_ui(ui: &mut Ui, cx: &AppContext<'_>) -> bool {
    title(ui, "Lamina");
    ui.label(format!("Version {}", env!("CARGO_PKG_VERSION")));
    ui.label("Splits a flat picture into layers that can be edited.");
    ui.weak("Apache License 2.0. Icons by Lucide (ISC). Droid Sans Fallback (Apache License 2.0).");
    buttons(ui, |ui| primary(ui, cx, "Close").clicked())
}
