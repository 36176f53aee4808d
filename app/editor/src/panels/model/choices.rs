use egui::text::LayoutJob;
use egui::{Button, ComboBox, FontId, Role, TextFormat, Ui, WidgetInfo};
use engine::{FoundModel, ModelRole, ModelSource, ModelStatus};
use session::role_name;
use words::{decimal, say};

use crate::models::ModelsCommand;
use crate::question::PathQuestion;
use crate::state::AppContext;
use crate::theme::{self, GRID};
use crate::widgets::row_label;

/// Of a list that is unfolded, in points.
const LIST_WIDTH: f32 = 360.0;

/// The whole models that were found, each in a folder.
pub fn whole_ui(ui: &mut Ui, cx: &AppContext<'_>, model: &ModelStatus) {
    let chosen = |found: &FoundModel| matches!(&model.source, Some(ModelSource::Folder(folder)) if *folder == found.path);
    let text = match &model.source {
        None => say!("model-found-none"),
        Some(ModelSource::Files(_)) => say!("model-found-files"),
        Some(ModelSource::Folder(_)) => say!("model-found-folder"),
    };
    list_ui(ui, cx, ModelRole::Whole, say!("model-found"), text, chosen);
}

/// The files of a role that were found.
pub fn file_ui(ui: &mut Ui, cx: &AppContext<'_>, role: ModelRole) {
    let picked = cx.state.models.picked.get(role);
    let name = picked.map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    let label = match role {
        ModelRole::Transformer => say!("model-transformer"),
        ModelRole::TextEncoder => say!("model-text-encoder"),
        ModelRole::Mmproj => say!("model-vision-half"),
        ModelRole::Vae | ModelRole::Whole | ModelRole::Lora => say!("model-vae"),
    };
    let text = name.as_deref().unwrap_or("–");
    list_ui(ui, cx, role, label, text, |found| {
        picked == Some(&found.path)
    });
}

fn list_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    role: ModelRole,
    label: &str,
    text: &str,
    is_chosen: impl Fn(&FoundModel) -> bool,
) {
    let asked = match role {
        ModelRole::Whole => PathQuestion::ModelFolder,
        role => PathQuestion::File(role),
    };
    ui.horizontal(|ui| {
        let label = row_label(ui, label);
        let mut found = cx
            .state
            .models
            .found
            .iter()
            .filter(|file| file.role == role);
        let title = found.clone().find(|file| is_chosen(file));
        let text = title.map_or(text, |found| found.name.as_str());
        let combo = ComboBox::from_id_salt(("model", role))
            .width(ui.available_width())
            .truncate()
            .selected_text(text)
            .show_ui(ui, |ui| {
                ui.set_min_width(LIST_WIDTH);
                for file in found.by_ref() {
                    if item_ui(ui, cx, file, is_chosen(file)) {
                        let choice = ModelsCommand::Choose(asked, file.path.clone());
                        cx.commands.send(choice);
                    }
                }
                let other = match role {
                    ModelRole::Whole => say!("model-another-folder"),
                    _ => say!("model-another-file"),
                };
                if ui.selectable_label(false, other).clicked() {
                    cx.commands.send(ModelsCommand::Browse(asked));
                }
            });
        combo
            .response
            .labelled_by(label.id)
            .on_hover_text(say!("model-found".tooltip, role = role_name(role)));
    });
}

/// Its name above what it is; whether it was clicked.
pub fn item_ui(ui: &mut Ui, cx: &AppContext<'_>, found: &FoundModel, is_chosen: bool) -> bool {
    let font = |size| FontId::proportional(size);
    let mut job = LayoutJob::default();
    let (strong, weak) = (cx.tokens.text_strong, cx.tokens.text_weak);
    let name = TextFormat::simple(font(theme::TEXT), strong);
    job.append(&found.name, 0.0, name);
    let small = |color| TextFormat::simple(font(theme::TEXT_SMALL), color);
    job.append(&format!("\n{}", details(found)), 0.0, small(weak));
    let fits = |text: &str| format!("  {text}");
    match &found.fit {
        Some(Ok(_)) => job.append(
            &fits(say!("model-fits-here")),
            0.0,
            small(cx.tokens.success),
        ),
        Some(Err(_)) => job.append(&fits(say!("model-fits-not")), 0.0, small(cx.tokens.error)),
        None => {}
    }
    let button = Button::selectable(is_chosen, job).min_size(egui::vec2(LIST_WIDTH, GRID));
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &found.name));
    let fit = match &found.fit {
        Some(Ok(how) | Err(how)) => format!("\n{how}"),
        None => String::new(),
    };
    let clicked = response.clicked();
    response.on_hover_text(format!("{}{fit}", found.path.display()));
    clicked
}

/// "GGUF, Q4_K, 13.1 GB".
pub fn details(found: &FoundModel) -> String {
    say!(
        "model-details",
        format = found.format,
        precision = found.precision,
        size = decimal(found.bytes as f64 / 1e9, 1)
    )
}
