use egui::Ui;
use session::{Intent, Session};

use super::frame::{buttons, primary, secondary, title};
use crate::command::FileCommand;
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
    if session.is_unsaved() {
        ui.label(format!(
            "Save the changes to {} before {after}?",
            session.name
        ));
    } else {
        ui.label(format!("Something is still under way when {after}."));
    }
    if cx.state.job().is_some() {
        ui.label("The decomposition that is running stops.");
    }
    if cx.state.export.is_some() {
        ui.label("The export that is running stops.");
    }
    buttons(ui, |ui| answered(ui, cx, session, intent))
}

/// From the right edge inwards.
fn answered(ui: &mut Ui, cx: &AppContext<'_>, session: &Session, intent: &Intent) -> bool {
    if !session.is_unsaved() {
        let go_on = primary(ui, cx, "Go on").clicked();
        if go_on {
            cx.commands.send(FileCommand::Discard(intent.clone()));
        }
        return go_on || secondary(ui, "Cancel").clicked();
    }
    let save = primary(ui, cx, "Save")
        .on_hover_text("Save the project, then go on")
        .clicked();
    let cancel = secondary(ui, "Cancel")
        .on_hover_text("Go back to the picture")
        .clicked();
    let discard = secondary(ui, "Don't save")
        .on_hover_text("Go on and lose the changes")
        .clicked();
    if save {
        cx.commands.send(FileCommand::SaveThen(intent.clone()));
    } else if discard {
        cx.commands.send(FileCommand::Discard(intent.clone()));
    }
    save || cancel || discard
}

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
