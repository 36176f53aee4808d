use egui::Ui;

use super::frame::{buttons, primary, title};
use crate::state::AppContext;

pub fn about_ui(ui: &mut Ui, cx: &AppContext<'_>) -> bool {
    title(ui, "Lamina");
    ui.label(format!("Version {}", env!("CARGO_PKG_VERSION")));
    ui.label("Splits a flat picture into layers that can be edited.");
    ui.weak("Apache License 2.0. Icons by Lucide (ISC). Droid Sans Fallback (Apache License 2.0).");
    buttons(ui, |ui| primary(ui, cx, "Close").clicked())
}
