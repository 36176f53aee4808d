use std::path::Path;

use egui::{Button, Label, RichText, Ui};
use engine::{BackendStatus, ModelStatus};
use lucide_icons::Icon;

use crate::command::Command;
use crate::notifications::sentence;
use crate::state::AppContext;
use crate::theme::CONTROL_HEIGHT;
use crate::widgets::{heading, icon};

/// Letters of a path that fit in the panel.
const PATH_LETTERS: usize = 36;

/// Where the model is, whether it can run, and its memory.
pub fn model_ui(ui: &mut Ui, cx: &AppContext<'_>, backend: &BackendStatus, model: &ModelStatus) {
    let is_busy = cx.state.model.running.is_some();
    heading(ui, cx, "Model");
    match &model.folder {
        Some(folder) => {
            let text = RichText::new(elided(folder)).color(cx.tokens.text);
            ui.add(Label::new(text).truncate())
                .on_hover_text(folder.display().to_string());
        }
        None => {
            ui.weak("No folder is chosen.");
        }
    }
    ui.horizontal(|ui| {
        let button = |text| Button::new(text).min_size(egui::vec2(0.0, CONTROL_HEIGHT));
        let choose = ui.add(button("Choose folder…"));
        if choose
            .on_hover_text("The folder with the model's files")
            .clicked()
        {
            cx.commands.send(Command::BrowseModel);
        }
        if model.is_loaded && cx.state.job.is_none() {
            let free = ui.add_enabled(!is_busy, button("Free memory"));
            if free
                .on_hover_text("The model stays in memory for the next run; give it back")
                .clicked()
            {
                cx.commands.send(Command::FreeModel);
            }
        }
        if is_busy {
            ui.spinner().on_hover_text("Done when no job runs");
        }
    });
    if let Some(error) = &cx.state.model.error {
        ui.horizontal_top(|ui| {
            ui.label(icon(Icon::TriangleAlert).color(cx.tokens.error));
            ui.add(
                Label::new(
                    RichText::new(sentence(error))
                        .small()
                        .color(cx.tokens.error),
                )
                .wrap(),
            );
        });
    }
    if let Some(reason) = readiness(cx, backend, model) {
        ui.label(RichText::new(reason).small().weak());
    }
}

/// Why its backend can or cannot run, unless it is said above of the backend that is chosen.
fn readiness(cx: &AppContext<'_>, status: &BackendStatus, model: &ModelStatus) -> Option<String> {
    let chosen = cx.state.chosen_backend();
    if chosen.is_some_and(|chosen| chosen.backend == status.backend) {
        return None;
    }
    let label = &status.backend.label;
    Some(if model.folder.is_none() {
        format!("{label} can run once its folder is chosen.")
    } else if status.ready {
        format!("{label} can run. {}", sentence(&status.reason))
    } else {
        sentence(&format!("{label} cannot run: {}", status.reason))
    })
}

/// "…/models/layers": the end tells folders apart.
fn elided(folder: &Path) -> String {
    let text = folder.display().to_string();
    let mut end = text.as_str();
    while end.chars().count() > PATH_LETTERS {
        match end.trim_start_matches('/').split_once('/') {
            Some((_, rest)) => end = rest,
            None => break,
        }
    }
    if end.len() == text.len() {
        text
    } else {
        format!("…/{end}")
    }
}
