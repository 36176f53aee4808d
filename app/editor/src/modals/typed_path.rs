use std::path::PathBuf;

use egui::{TextEdit, Ui};
use session::OpenSource;
use words::say;

use super::frame::{buttons, entered, focus_first, primary, secondary, title};
use crate::command::{Command, FileCommand};
use crate::models::ModelsCommand;
use crate::question::PathQuestion;
use crate::state::AppContext;

/// What a path is typed for, where the desktop has no file dialog.
struct Purpose {
    title: String,
    example: &'static str,
    button: &'static str,
    command: Box<dyn Fn(PathBuf) -> Command>,
}

pub fn open_path_ui(ui: &mut Ui, cx: &AppContext<'_>, path: &mut String) -> bool {
    let purpose = Purpose {
        title: say!("open-title").to_owned(),
        example: "/home/me/poster.png",
        button: say!("button-open"),
        command: Box::new(|path| FileCommand::Open(OpenSource::File(path)).into()),
    };
    typed_path_ui(ui, cx, path, &purpose)
}

pub fn model_path_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    asked: PathQuestion,
    path: &mut String,
) -> bool {
    let purpose = Purpose {
        title: asked.title(),
        example: match asked {
            PathQuestion::ModelFolder => "/home/me/models/layers",
            PathQuestion::ComfyUi => "/home/me/ComfyUI",
            PathQuestion::File(_) => "/home/me/models/layers.gguf",
        },
        button: say!("button-choose"),
        command: Box::new(move |path| ModelsCommand::Choose(asked, path).into()),
    };
    typed_path_ui(ui, cx, path, &purpose)
}

fn typed_path_ui(ui: &mut Ui, cx: &AppContext<'_>, path: &mut String, purpose: &Purpose) -> bool {
    title(ui, &purpose.title);
    let label = ui.label(say!("save-path"));
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
        secondary(ui, say!("button-cancel")).clicked()
    })
}
