use egui::{Grid, RichText, ScrollArea, Ui};
use words::say;

use super::frame::{buttons, primary, title};
use crate::action::Action;
use crate::state::AppContext;

/// What is not an action of its own.
fn gestures() -> [(&'static str, &'static str); 10] {
    [
        (say!("gesture-zoom"), say!("gesture-zoom".does)),
        (say!("gesture-pan"), say!("gesture-pan".does)),
        (say!("gesture-nudge"), say!("gesture-nudge".does)),
        (say!("gesture-opacity"), say!("gesture-opacity".does)),
        (
            say!("gesture-select-more"),
            say!("gesture-select-more".does),
        ),
        (say!("gesture-show-only"), say!("gesture-show-only".does)),
        (say!("gesture-rename"), say!("gesture-rename".does)),
        (say!("gesture-copy"), say!("gesture-copy".does)),
        (
            say!("gesture-no-snapping"),
            say!("gesture-no-snapping".does),
        ),
        (say!("gesture-keep-ratio"), say!("gesture-keep-ratio".does)),
    ]
}

pub fn shortcuts_ui(ui: &mut Ui, cx: &AppContext<'_>) -> bool {
    title(ui, say!("help-shortcuts"));
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
                for (keys, what) in gestures() {
                    ui.label(RichText::new(keys).color(cx.tokens.text_strong));
                    ui.label(what);
                    ui.end_row();
                }
            });
        });
    buttons(ui, |ui| primary(ui, cx, say!("button-close")).clicked())
}

pub fn about_ui(ui: &mut Ui, cx: &AppContext<'_>) -> bool {
    title(ui, say!("window-name"));
    ui.label(say!("help-version", version = env!("CARGO_PKG_VERSION")));
    ui.label(say!("help-what-it-is"));
    ui.weak(say!("help-licences"));
    buttons(ui, |ui| primary(ui, cx, say!("button-close")).clicked())
}
