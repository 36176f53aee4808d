use egui::{Align, Layout, ProgressBar, RichText, Ui, Vec2};
use lucide_icons::Icon;

use crate::command::Command;
use crate::state::AppContext;
use crate::widgets::{IconLook, icon_button};

/// What goes on in the background on the left; the view on the right.
pub fn status_bar_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    ui.horizontal_centered(|ui| {
        background_ui(ui, cx);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| view_ui(ui, cx));
    });
}

fn background_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    if let Some(name) = &cx.state.opening {
        ui.spinner();
        ui.label(small(format!("Opening {name}…")));
    }
    if let Some(export) = &cx.state.export {
        ui.label(small(format!("Exporting {}", export.name)));
        ui.add(
            ProgressBar::new(export.share)
                .desired_width(120.0)
                .desired_height(6.0),
        );
        ui.label(small(format!("{:.0} %", export.share * 100.0)));
        ui.scope(|ui| {
            ui.spacing_mut().interact_size = Vec2::splat(16.0);
            let cancel = icon_button(ui, cx, Icon::X, "Cancel export", IconLook::Normal);
            if cancel
                .on_hover_text("Stop the export; nothing is left behind")
                .clicked()
            {
                cx.commands.send(Command::CancelExport);
            }
        });
    }
}

/// From the right edge inwards.
fn view_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let Some(session) = &cx.state.session else {
        return;
    };
    let document = session.document();
    let view = &cx.state.view;
    ui.label(small(format!("{:.0} %", view.zoom * 100.0)))
        .on_hover_text("Screen pixels for each picture pixel");
    ui.separator();
    ui.label(small(format!(
        "{} × {} px",
        document.width(),
        document.height()
    )))
    .on_hover_text("Size of the canvas");
    if let Some(pointer) = view.pointer {
        ui.separator();
        ui.label(small(format!(
            "{:.0}, {:.0}",
            pointer.x.floor(),
            pointer.y.floor()
        )))
        .on_hover_text("Pixel under the pointer");
    }
}

fn small(text: String) -> RichText {
    RichText::new(text).small().weak()
}
