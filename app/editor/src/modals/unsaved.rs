use egui::Ui;

use super::frame::{buttons, primary, secondary, title};
use crate::command::Command;
use crate::export_task::ExportFormat;
use crate::question::{ExportQuestion, Intent, Modal};
use crate::state::AppContext;

pub fn unsaved_ui(ui: &mut Ui, cx: &AppContext<'_>, intent: &Intent) -> bool {
    title(ui, "Unsaved work");
    let Some(session) = &cx.state.session else {
        return true;
    };
    let after = match intent {
        Intent::Quit => "the window closes".to_owned(),
        Intent::Replace(opened) => format!("{} opens", opened.name),
    };
    ui.label(format!(
        "The layers of {} are lost when {after}.",
        session.name
    ));
    if cx.state.job.is_some() {
        ui.label("The decomposition that is running stops.");
    }
    if cx.state.export.is_some() {
        ui.label("The export that is running stops.");
    }
    buttons(ui, |ui| {
        if primary(ui, cx, "Export PSD…")
            .on_hover_text("Keep the layers as a PSD, then go on")
            .clicked()
        {
            let plan = cx.state.suggested_export(session, ExportFormat::Psd);
            let question = ExportQuestion {
                plan,
                would_replace: false,
                then: Some(intent.clone()),
            };
            cx.commands
                .send(Command::ShowModal(Modal::Export(question)));
            return true;
        }
        let cancel = secondary(ui, "Cancel")
            .on_hover_text("Go back to the picture")
            .clicked();
        let discard = secondary(ui, "Discard")
            .on_hover_text("Go on and lose the layers")
            .clicked();
        if discard {
            cx.commands.send(Command::Discard(intent.clone()));
        }
        cancel || discard
    })
}
