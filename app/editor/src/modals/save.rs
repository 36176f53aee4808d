use std::path::PathBuf;

use egui::{RichText, TextEdit, Ui};
use lucide_icons::Icon;
use session::Replaced;
use words::say;

use super::frame::{buttons, entered, focus_first, primary, secondary, title};
use crate::command::FileCommand;
use crate::question::SaveQuestion;
use crate::state::AppContext;
use crate::widgets::icon;

/// Where the desktop has no file dialog, and where there is a file already.
pub fn save_ui(ui: &mut Ui, cx: &AppContext<'_>, question: &mut SaveQuestion) -> bool {
    title(ui, say!("save-title"));
    let label = ui.label(say!("save-path"));
    let mut text = question.plan.path.to_string_lossy().into_owned();
    let field = ui.add(TextEdit::singleline(&mut text).desired_width(f32::INFINITY));
    let field = field
        .labelled_by(label.id)
        .on_hover_text(say!("save-path".tooltip));
    if field.changed() {
        question.plan.path = PathBuf::from(text.trim());
        question.would_replace = None;
    }
    let entered = entered(&field);
    if let Some(replaced) = question.would_replace {
        let name = question.plan.path.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let warning = match replaced {
            Replaced::AnotherFile => say!("save-is-there", name = name),
            Replaced::OthersWork => {
                say!("save-changed-by-others", name = name)
            }
        };
        ui.horizontal(|ui| {
            ui.label(icon(Icon::TriangleAlert).color(cx.tokens.error));
            ui.label(RichText::new(warning).color(cx.tokens.text_strong));
        });
    } else {
        focus_first(&field);
    }
    buttons(ui, |ui| {
        let text = if question.would_replace.is_some() {
            say!("button-replace")
        } else {
            say!("button-save")
        };
        let ready = question.plan.path.file_name().is_some();
        let agreed = ui.add_enabled_ui(ready, |ui| primary(ui, cx, text)).inner;
        if ready && (agreed.clicked() || entered) {
            let mut question = question.clone();
            question.plan.replace = question.would_replace.is_some();
            cx.commands.send(FileCommand::SaveTo(question));
            return true;
        }
        secondary(ui, say!("button-cancel")).clicked()
    })
}
