//! The model of a backend: where it is, what there is to choose from, and its memory.

mod choices;

use std::path::Path;

use choices::{file_ui, whole_ui};
use egui::{Align, Button, Label, Layout, ProgressBar, RichText, Ui};
use engine::{BackendStatus, FoundModel, ModelRole, ModelSource, ModelStatus};
use lucide_icons::Icon;
use session::Picked;

use crate::models::{DownloadPhase, ModelsCommand};
use crate::notifications::sentence;
use crate::question::PathQuestion;
use crate::state::AppContext;
use crate::theme::CONTROL_HEIGHT;
use crate::widgets::{IconLook, heading, icon, icon_button};

pub use choices::item_ui;

/// Letters of a path that fit in the panel.
const PATH_LETTERS: usize = 36;

pub fn model_ui(ui: &mut Ui, cx: &AppContext<'_>, backend: &BackendStatus, model: &ModelStatus) {
    let models = &cx.state.models;
    ui.horizontal(|ui| {
        heading(ui, cx, "Model");
        if models.can_get {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                look_again_ui(ui, cx);
            });
        }
    });
    where_ui(ui, model.source.as_ref());
    whole_ui(ui, cx, model);
    for role in Picked::ROLES {
        if role != ModelRole::Mmproj || models.picked.needs_mmproj() {
            file_ui(ui, cx, role);
        }
    }
    if let Some(missing) = missing(&models.picked) {
        ui.label(RichText::new(missing).small().weak());
    }
    if let Some(found) = model.source.as_ref().and_then(|source| chosen(cx, source)) {
        about_ui(ui, cx, found);
    }
    buttons_ui(ui, cx, model);
    if let Some(download) = &models.download {
        download_ui(ui, cx, download);
    }
    if let Some(error) = &cx.state.model.error {
        error_ui(ui, cx, error);
    }
    if let Some(reason) = readiness(cx, backend, model) {
        ui.label(RichText::new(reason).small().weak());
    }
}

fn look_again_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    if cx.state.models.is_looking {
        ui.spinner()
            .on_hover_text("Looks for models on this computer");
    } else if icon_button(
        ui,
        cx,
        Icon::RefreshCw,
        "Look for models again",
        IconLook::Faint,
    )
    .on_hover_text("Look for models on this computer again")
    .clicked()
    {
        cx.commands.send(ModelsCommand::Look);
    }
}

fn where_ui(ui: &mut Ui, source: Option<&ModelSource>) {
    let path = match source {
        None => {
            ui.weak("No model is chosen.");
            return;
        }
        Some(ModelSource::Folder(folder)) => folder,
        Some(ModelSource::Files(files)) => &files.transformer,
    };
    ui.add(Label::new(elided(path)).truncate())
        .on_hover_text(path.display().to_string());
}

/// What was found of the model that is chosen.
fn chosen<'a>(cx: &AppContext<'a>, source: &ModelSource) -> Option<&'a FoundModel> {
    let (role, path) = match source {
        ModelSource::Folder(folder) => (ModelRole::Whole, folder),
        ModelSource::Files(files) => (ModelRole::Transformer, &files.transformer),
    };
    let mut found = cx.state.models.found.iter();
    found.find(|found| found.role == role && found.path == *path)
}

/// Format, size, and whether it fits.
fn about_ui(ui: &mut Ui, cx: &AppContext<'_>, found: &FoundModel) {
    ui.label(RichText::new(choices::details(found)).small().weak());
    let text = match &found.fit {
        Some(Ok(how)) => RichText::new(format!("Fits: {how}.")).weak(),
        Some(Err(reason)) => RichText::new(sentence(reason)).color(cx.tokens.error),
        None => return,
    };
    ui.label(text.small())
        .on_hover_text("With the settings that the model was published with, and what is free now");
}

/// What the files that were picked lack of a model.
fn missing(picked: &Picked) -> Option<String> {
    let open: Vec<_> = Picked::NEEDED
        .into_iter()
        .filter(|role| picked.get(*role).is_none())
        .map(ModelRole::label)
        .collect();
    let is_begun = !picked.is_empty() && !open.is_empty();
    is_begun.then(|| format!("Choose a {} too.", open.join(" and a ")))
}

fn buttons_ui(ui: &mut Ui, cx: &AppContext<'_>, model: &ModelStatus) {
    let is_busy = cx.state.model.running.is_some();
    let button = |text| Button::new(text).min_size(egui::vec2(0.0, CONTROL_HEIGHT));
    let asks = [
        (
            "Choose folder…",
            "The folder with the model's files",
            ModelsCommand::Browse(PathQuestion::ModelFolder),
        ),
        (
            "ComfyUI…",
            "Offer the models of a ComfyUI",
            ModelsCommand::Browse(PathQuestion::ComfyUi),
        ),
        (
            "Get a model…",
            "What is published, and what suits this computer",
            ModelsCommand::ShowCatalogue,
        ),
    ];
    ui.horizontal_wrapped(|ui| {
        for (text, tooltip, command) in asks {
            let is_here = matches!(command, ModelsCommand::Browse(PathQuestion::ModelFolder));
            if !is_here && !cx.state.models.can_get {
                continue;
            }
            if ui.add(button(text)).on_hover_text(tooltip).clicked() {
                cx.commands.send(command);
            }
        }
        if model.is_loaded && cx.state.jobs.is_empty() {
            let free = ui.add_enabled(!is_busy, button("Free memory"));
            if free
                .on_hover_text("The model stays in memory for the next run; give it back")
                .clicked()
            {
                cx.commands.send(ModelsCommand::Free);
            }
        }
        if is_busy {
            ui.spinner().on_hover_text("Done when no job runs");
        }
    });
}

/// In one line; the dialog has more.
fn download_ui(ui: &mut Ui, cx: &AppContext<'_>, download: &crate::models::DownloadStatus) {
    let share = download.transfer.there as f32 / download.transfer.all.max(1) as f32;
    ui.horizontal(|ui| {
        let text = match &download.phase {
            DownloadPhase::Paused => format!("{}: paused", download.name),
            DownloadPhase::Failed(_) => format!("{}: stopped", download.name),
            _ => format!("{}: {:.0} %", download.name, share * 100.0),
        };
        let show = Button::new("Show").min_size(egui::vec2(0.0, CONTROL_HEIGHT));
        let width = ui.available_width() - 64.0;
        let bar = ProgressBar::new(share).desired_width(width).text(text);
        ui.add(bar.fill(cx.tokens.accent));
        if ui
            .add(show)
            .on_hover_text("How far the download is")
            .clicked()
        {
            cx.commands.send(ModelsCommand::ShowCatalogue);
        }
    });
}

fn error_ui(ui: &mut Ui, cx: &AppContext<'_>, error: &str) {
    ui.horizontal_top(|ui| {
        ui.label(icon(Icon::TriangleAlert).color(cx.tokens.error));
        let text = RichText::new(sentence(error)).small();
        ui.add(Label::new(text.color(cx.tokens.error)).wrap());
    });
}

/// Why its backend can or cannot run, unless it is said above of the backend that is chosen.
fn readiness(cx: &AppContext<'_>, status: &BackendStatus, model: &ModelStatus) -> Option<String> {
    let chosen = cx.state.chosen_backend();
    if chosen.is_some_and(|chosen| chosen.backend == status.backend) {
        return None;
    }
    let label = &status.backend.label;
    Some(if model.source.is_none() {
        format!("{label} can run once its model is chosen.")
    } else if status.ready {
        format!("{label} can run. {}", sentence(&status.reason))
    } else {
        sentence(&format!("{label} cannot run: {}", status.reason))
    })
}

/// "…/models/layers": the end tells folders apart.
fn elided(path: &Path) -> String {
    let text = path.display().to_string();
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
