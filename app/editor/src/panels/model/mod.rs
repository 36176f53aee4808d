//! The model of a backend: where it is, what there is to choose from, and its memory.

mod choices;

use std::path::Path;

use choices::{file_ui, whole_ui};
use egui::{Align, Button, Label, Layout, ProgressBar, RichText, Ui};
use engine::{BackendStatus, FoundModel, ModelRole, ModelSource, ModelStatus};
use lucide_icons::Icon;
use session::{Picked, role_name};
use words::say;

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
        heading(ui, cx, say!("model-heading"));
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
        ui.spinner().on_hover_text(say!("model-looking"));
    } else if icon_button(
        ui,
        cx,
        Icon::RefreshCw,
        say!("model-look-again"),
        IconLook::Faint,
    )
    .on_hover_text(say!("model-look-again".tooltip))
    .clicked()
    {
        cx.commands.send(ModelsCommand::Look);
    }
}

fn where_ui(ui: &mut Ui, source: Option<&ModelSource>) {
    let path = match source {
        None => {
            ui.weak(say!("model-none-chosen"));
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
        Some(Ok(how)) => RichText::new(say!("model-fits", how = how)).weak(),
        Some(Err(reason)) => RichText::new(sentence(reason)).color(cx.tokens.error),
        None => return,
    };
    ui.label(text.small())
        .on_hover_text(say!("model-fits".tooltip));
}

/// What the files that were picked lack of a model.
fn missing(picked: &Picked) -> Option<String> {
    let open: Vec<_> = Picked::NEEDED
        .into_iter()
        .filter(|role| picked.get(*role).is_none())
        .map(role_name)
        .collect();
    let is_begun = !picked.is_empty() && !open.is_empty();
    is_begun.then(|| {
        say!(
            "model-missing",
            roles = open.join(say!("model-missing-and"))
        )
    })
}

fn buttons_ui(ui: &mut Ui, cx: &AppContext<'_>, model: &ModelStatus) {
    let is_busy = cx.state.model.running.is_some();
    let button = |text| Button::new(text).min_size(egui::vec2(0.0, CONTROL_HEIGHT));
    let asks = [
        (
            say!("model-folder-button"),
            say!("model-folder-button".tooltip),
            ModelsCommand::Browse(PathQuestion::ModelFolder),
        ),
        (
            say!("model-comfyui-button"),
            say!("model-comfyui-button".tooltip),
            ModelsCommand::Browse(PathQuestion::ComfyUi),
        ),
        (
            say!("model-get-button"),
            say!("model-get-button".tooltip),
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
            let free = ui.add_enabled(!is_busy, button(say!("model-free-memory")));
            if free
                .on_hover_text(say!("model-free-memory".tooltip))
                .clicked()
            {
                cx.commands.send(ModelsCommand::Free);
            }
        }
        if is_busy {
            ui.spinner().on_hover_text(say!("model-when-no-job"));
        }
    });
}

/// In one line; the dialog has more.
fn download_ui(ui: &mut Ui, cx: &AppContext<'_>, download: &crate::models::DownloadStatus) {
    let share = download.transfer.there as f32 / download.transfer.all.max(1) as f32;
    ui.horizontal(|ui| {
        let text = match &download.phase {
            DownloadPhase::Paused => say!("model-download-paused", model = download.name),
            DownloadPhase::Failed(_) => say!("model-download-stopped", model = download.name),
            _ => say!(
                "model-download-share",
                model = download.name,
                percent = format!("{:.0}", share * 100.0)
            ),
        };
        let show =
            Button::new(say!("model-download-show")).min_size(egui::vec2(0.0, CONTROL_HEIGHT));
        let width = ui.available_width() - 64.0;
        let bar = ProgressBar::new(share).desired_width(width).text(text);
        ui.add(bar.fill(cx.tokens.accent));
        if ui
            .add(show)
            .on_hover_text(say!("model-download-show".tooltip))
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
        say!("model-engine-needs-one", engine = label)
    } else if status.ready {
        say!(
            "model-engine-runs",
            engine = label,
            reason = sentence(&status.reason)
        )
    } else {
        sentence(&say!(
            "engine-cannot-run",
            engine = label,
            reason = status.reason
        ))
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
