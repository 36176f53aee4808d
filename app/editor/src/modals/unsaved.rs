use egui::Ui;
use session::{Intent, Session};
use words::say;

use super::frame::{buttons, primary, secondary, title};
use crate::command::FileCommand;
use crate::state::AppContext;

pub fn unsaved_ui(ui: &mut Ui, cx: &AppContext<'_>, intent: &Intent) -> bool {
    title(ui, say!("unsaved-title"));
    let Some(session) = &cx.state.session else {
        return true;
    };
    let name = &session.name;
    let question = match (intent, session.is_unsaved()) {
        (Intent::Quit, true) => say!("unsaved-before-closing", name = name),
        (Intent::Quit, false) => say!("unsaved-busy-at-closing").to_owned(),
        (Intent::Replace(opened), true) => {
            say!("unsaved-before-opening", name = name, other = opened.name)
        }
        (Intent::Replace(opened), false) => say!("unsaved-busy-at-opening", other = opened.name),
    };
    ui.label(question);
    if cx.state.job().is_some() {
        ui.label(say!("unsaved-decomposition-stops"));
    }
    if cx.state.export.is_some() {
        ui.label(say!("unsaved-export-stops"));
    }
    buttons(ui, |ui| answered(ui, cx, session, intent))
}

/// From the right edge inwards.
fn answered(ui: &mut Ui, cx: &AppContext<'_>, session: &Session, intent: &Intent) -> bool {
    if !session.is_unsaved() {
        let go_on = primary(ui, cx, say!("button-go-on")).clicked();
        if go_on {
            cx.commands.send(FileCommand::Discard(intent.clone()));
        }
        return go_on || secondary(ui, say!("button-cancel")).clicked();
    }
    let save = primary(ui, cx, say!("button-save"))
        .on_hover_text(say!("unsaved-save".tooltip))
        .clicked();
    let cancel = secondary(ui, say!("button-cancel"))
        .on_hover_text(say!("unsaved-cancel".tooltip))
        .clicked();
    let discard = secondary(ui, say!("unsaved-discard"))
        .on_hover_text(say!("unsaved-discard".tooltip))
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
    title(ui, say!("unsaved-title"));
    ui.label(say!("recover-question", name = name));
    buttons(ui, |ui| {
        let recover = primary(ui, cx, say!("recover-open"))
            .on_hover_text(say!("recover-open".tooltip))
            .clicked();
        let discard = secondary(ui, say!("recover-discard"))
            .on_hover_text(say!("recover-discard".tooltip))
            .clicked();
        if recover {
            cx.commands.send(FileCommand::Recover);
        } else if discard {
            cx.commands.send(FileCommand::DiscardAbandoned);
        }
        recover || discard
    })
}
