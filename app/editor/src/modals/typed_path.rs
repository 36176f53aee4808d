use std::path::PathBuf;

use egui::{TextEdit, Ui};

use super::frame::{buttons, entered, focus_first, primary, secondary, title};
use crate::command::Command;
use crate::open_task::OpenSource;
use crate::state::AppContext;

/// What a path is typed for, where the desktop has no file dialog.
struct Purpose {
    title: &'static str,
    example: &'static str,
    button: &'static str,
    command: fn(PathBuf) -> Command,
}

pub fn open_path_ui(ui: &mut Ui, cx: &AppContext<'_>, path: &mut String) -> bool {
    let purpose = Purpose {
        title: "Open a picture or a project",
        example: "/home/me/poster.png",
        button: "Open",
        command: |path| Command::Open(OpenSource::File(path)),
    };
    typed_path_ui(ui, cx, path, &purpose)
}

pub fn model_path_ui(ui: &mut Ui, cx: &AppContext<'_>, path: &mut String) -> bool {
    let purpose = Purpose {
        title: "Choose the model's folder",
        example: "/home/me/models/layers",
        button: "Choose",
        command: Command::ChooseModel,
    };
    typed_path_ui(ui, cx, path, &purpose)
}

fn typed_path_ui(ui: &mut Ui, cx: &AppContext<'_>, path: &mut String, purpose: &Purpose) -> bool {
    title(ui, purpose.title);
    let label = ui.label("Path");
    let field = ui.add(
        TextEdit::singleline(path)
            .hint_text(purpose.example)
            .desired_width(f32::INFINITY),
    );
    let field = field.labelled_by(label.id);
    let entered = entered(&field);
    focus_first(&field);
    buttons(ui, |ui| {
        let ready = !path.trim().is_empty();
        let agreed = ui
            .add_enabled_ui(ready, |ui| primary(ui, cx, purpose.button))
            .inner
            .clicked();
        if ready && (agreed || entered) {
            let path = PathBuf::from(path.trim());
            cx.commands.send((purpose.command)(path));
            return true;
        }
        secondary(ui, "Cancel").clicked()
    })
}
