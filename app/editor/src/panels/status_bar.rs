use document::Fidelity;
use egui::{Align, Layout, ProgressBar, RichText, Ui, Vec2};
use lucide_icons::Icon;
use words::{decimal, say};

use crate::command::FileCommand;
use crate::state::{AppContext, WritingStatus};
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
        ui.label(small(say!("status-opening", file = name)));
    }
    if let Some(save) = &cx.state.save {
        writing_ui(
            ui,
            cx,
            say!("status-saving", file = save.name),
            save,
            (say!("status-cancel-saving"), FileCommand::CancelSave),
        );
    }
    if let Some(export) = &cx.state.export {
        let cancel = (say!("status-cancel-export"), FileCommand::CancelExport);
        let text = say!("status-exporting", file = export.name);
        writing_ui(ui, cx, text, export, cancel);
    }
}

/// How far a file is, and a button that stops it.
fn writing_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    text: String,
    file: &WritingStatus,
    (cancel, command): (&str, FileCommand),
) {
    ui.label(small(text));
    ui.add(
        ProgressBar::new(file.share)
            .desired_width(120.0)
            .desired_height(6.0),
    );
    ui.label(small(say!(
        "unit-percent-of",
        percent = format!("{:.0}", file.share * 100.0)
    )));
    ui.scope(|ui| {
        ui.spacing_mut().interact_size = Vec2::splat(16.0);
        let button = icon_button(ui, cx, Icon::X, cancel, IconLook::Normal);
        if button
            .on_hover_text(say!("status-cancel-tooltip"))
            .clicked()
        {
            cx.commands.send(command);
        }
    });
}

/// From the right edge inwards.
fn view_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let Some(session) = &cx.state.session else {
        return;
    };
    let document = session.document();
    let view = &cx.state.view;
    ui.label(small(say!(
        "unit-percent-of",
        percent = format!("{:.0}", view.zoom * 100.0)
    )))
    .on_hover_text(say!("status-zoom"));
    ui.separator();
    ui.label(small(say!(
        "status-canvas-size",
        width = document.width(),
        height = document.height()
    )))
    .on_hover_text(say!("status-canvas-size".tooltip));
    if let Some(answer) = cx.state.fidelity.answer {
        ui.separator();
        ui.label(small(fidelity_text(answer)))
            .on_hover_text(say!("status-fidelity".tooltip));
    }
    if let Some(pointer) = view.pointer {
        ui.separator();
        ui.label(small(format!(
            "{:.0}, {:.0}",
            pointer.x.floor(),
            pointer.y.floor()
        )))
        .on_hover_text(say!("status-pointer"));
    }
}

/// "Fidelity 48.2 dB, mean error 0.31 of 255".
fn fidelity_text(fidelity: Option<Fidelity>) -> String {
    match fidelity {
        None => say!("status-fidelity-none").to_owned(),
        Some(Fidelity { psnr: None, .. }) => say!("status-fidelity-exact").to_owned(),
        Some(Fidelity {
            psnr: Some(psnr),
            mean_error,
        }) => say!(
            "status-fidelity",
            psnr = decimal(psnr, 1),
            mean_error = decimal(mean_error, 2)
        ),
    }
}

fn small(text: String) -> RichText {
    RichText::new(text).small().weak()
}
