use std::path::PathBuf;

use egui::{Key, TextEdit, Ui};

use super::{buttons, primary, secondary, title};
use crate::command::Command;
use crate::open_task::OpenSource;
use crate::state::AppContext;

pub fn open_path_ui(ui: &mut Ui, cx: &AppContext<'_>, path: &mut String) -> bool {
    title(ui, "Open a picture");
    let label = ui.label("Path");
    let field = ui.add(
        TextEdit::singleline(path)
            .hint_text("/home/me/poster.png")
            .desired_width(f32::INFINITY),
    );
    let field = field.labelled_by(label.id);
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    buttons(ui, |ui| {
        let ready = !path.trim().is_empty();
        let open = ui
            .add_enabled_ui(ready, |ui| primary(ui, cx, "Open"))
            .inner
            .clicked();
        if ready && (open || entered) {
            cx.commands
                .send(Command::Open(OpenSource::File(PathBuf::from(path.trim()))));
            return true;
        }
        secondary(ui, "Cancel").clicked()
    })
}
