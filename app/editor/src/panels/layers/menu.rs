use document::LayerId;
use egui::Ui;
use words::say;

use crate::action::{JobAction, LayersAction};
use crate::command::LayersCommand;
use crate::state::AppContext;
use crate::widgets::action_item;

/// What a right click on a row offers.
pub fn context_menu_ui(ui: &mut Ui, cx: &AppContext<'_>, id: LayerId) {
    for action in [
        LayersAction::Rename,
        LayersAction::Duplicate,
        LayersAction::Delete,
    ] {
        action_item(ui, cx, action);
    }
    ui.separator();
    action_item(ui, cx, JobAction::Split);
    action_item(ui, cx, LayersAction::AddText);
    ui.separator();
    action_item(ui, cx, LayersAction::Group);
    action_item(ui, cx, LayersAction::Ungroup);
    ui.separator();
    for action in [
        LayersAction::BringToFront,
        LayersAction::BringForward,
        LayersAction::SendBackward,
        LayersAction::SendToBack,
    ] {
        action_item(ui, cx, action);
    }
    ui.separator();
    if ui
        .button(say!("layers-show-only"))
        .on_hover_text(say!("layers-show-only".tooltip))
        .clicked()
    {
        cx.commands.send(LayersCommand::ToggleSolo(id));
        ui.close();
    }
}
