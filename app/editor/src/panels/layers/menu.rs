use document::LayerId;
use egui::Ui;

use crate::action::Action;
use crate::command::Command;
use crate::state::AppContext;
use crate::widgets::action_item;

/// What a right click on a row offers.
pub fn context_menu_ui(ui: &mut Ui, cx: &AppContext<'_>, id: LayerId) {
    for action in [Action::Rename, Action::Duplicate, Action::Delete] {
        action_item(ui, cx, action);
    }
    ui.separator();
    action_item(ui, cx, Action::Split);
    action_item(ui, cx, Action::AddText);
    ui.separator();
    action_item(ui, cx, Action::Group);
    action_item(ui, cx, Action::Ungroup);
    ui.separator();
    for action in [
        Action::BringToFront,
        Action::BringForward,
        Action::SendBackward,
        Action::SendToBack,
    ] {
        action_item(ui, cx, action);
    }
    ui.separator();
    if ui
        .button("Show only this layer")
        .on_hover_text("Alt-click on the eye; again to bring the others back")
        .clicked()
    {
        cx.commands.send(Command::ToggleSolo(id));
        ui.close();
    }
}
