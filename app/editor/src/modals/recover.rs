use egui::Ui;

use super::frame::{buttons, primary, secondary, title};
use crate::command::FileCommand;
use crate::state::AppContext;

/// What a window had not saved when it ended without being asked.
pub fn recover_ui(ui: &mut Ui, cx: &AppContext<'_>, name: &str) -> bool {
    title(ui, "Unsaved work");
    ui.label(format!(
        "Lamina ended before {name} was saved; its last state is still here."
    ));
    buttons(ui, |ui| {
        let recover = primary(ui, cx, "Recover")
            .on_hover_text("Open it as it was kept last")
            .clicked();
        let discard = secondary(ui, "Discard")
            .on_hover_text("Delete it for good")
            .clicked();
        if recover {
            cx.commands.send(FileCommand::Recover);
        } else if discard {
            cx.commands.send(FileCommand::DiscardAbandoned);
        }
        recover || discard
    })
}
