use std::time::Duration;

use egui::{Align, Button, Layout, ProgressBar, RichText, Role, ScrollArea, Ui, WidgetInfo};
use engine::{Catalogue, PublishedModel};
use session::rounded;
use words::{decimal, say};

use super::frame::{buttons, primary, title};
use crate::models::{DownloadPhase, DownloadStatus, ModelsCommand};
use crate::notifications::sentence;
use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID};
use crate::widgets::{divider, sentence_start};

const GB: f64 = 1e9;

/// What is published, and how far a download is; that goes on when the dialog is closed.
pub fn get_model_ui(ui: &mut Ui, cx: &AppContext<'_>) -> bool {
    title(ui, say!("download-title"));
    match &cx.state.models.catalogue {
        None => {
            ui.spinner();
        }
        Some(Err(error)) => {
            ui.colored_label(cx.tokens.error, sentence(error));
        }
        Some(Ok(catalogue)) => catalogue_ui(ui, cx, catalogue),
    }
    if let Some(download) = &cx.state.models.download {
        divider(ui, cx);
        download_ui(ui, cx, download);
    }
    buttons(ui, |ui| primary(ui, cx, say!("button-close")).clicked())
}

fn catalogue_ui(ui: &mut Ui, cx: &AppContext<'_>, catalogue: &Catalogue) {
    let height = (ui.ctx().content_rect().height() - 320.0).clamp(120.0, 480.0);
    ScrollArea::vertical().max_height(height).show(ui, |ui| {
        for model in &catalogue.models {
            model_ui(ui, cx, model, catalogue.free);
            ui.add_space(GRID);
        }
    });
    let text = say!(
        "download-room",
        free = decimal(catalogue.free as f64 / GB, 1),
        folder = catalogue.folder.display().to_string()
    );
    ui.label(RichText::new(text).small().weak());
    if catalogue.models.iter().all(|model| model.fit.is_none()) {
        let text = say!("download-no-gpu");
        ui.label(RichText::new(text).small().weak());
    }
}

fn model_ui(ui: &mut Ui, cx: &AppContext<'_>, model: &PublishedModel, free: u64) {
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(&model.name)
                .strong()
                .color(cx.tokens.text_strong),
        );
        if model.is_best {
            ui.label(
                RichText::new(say!("download-best"))
                    .small()
                    .color(cx.tokens.accent),
            );
        }
        if model.is_here {
            ui.label(
                RichText::new(say!("download-is-here"))
                    .small()
                    .color(cx.tokens.success),
            );
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            begin_ui(ui, cx, model, free);
        });
    });
    let text = say!(
        "download-about",
        about = sentence_start(&model.about),
        size = decimal(model.bytes as f64 / GB, 1),
        licence = model.licence
    );
    ui.label(RichText::new(text).small());
    match &model.fit {
        Some(Ok(how)) => {
            ui.label(RichText::new(say!("model-fits", how = how)).small().weak());
        }
        Some(Err(reason)) => {
            ui.label(
                RichText::new(sentence(reason))
                    .small()
                    .color(cx.tokens.error),
            );
        }
        None => {}
    }
}

fn begin_ui(ui: &mut Ui, cx: &AppContext<'_>, model: &PublishedModel, free: u64) {
    let own = cx.state.models.download.as_ref();
    if model.is_here || own.is_some_and(|download| download.name == model.name) {
        return;
    }
    let (text, label) = if model.is_begun {
        let label = say!("download-resume-model", model = model.name);
        (say!("button-resume"), label)
    } else {
        let label = say!("download-model", model = model.name);
        (say!("button-download"), label)
    };
    let enabled = own.is_none();
    if button_ui(ui, enabled, text, label) {
        let begin = ModelsCommand::Download(model.name.clone());
        cx.commands.send(begin);
    }
    if model.is_begun
        && button_ui(
            ui,
            own.is_none(),
            say!("button-delete"),
            say!("download-delete-model", model = model.name),
        )
    {
        let discard = ModelsCommand::DiscardDownload(model.name.clone());
        cx.commands.send(discard);
    }
    // The server knows better, and the download looks again.
    if !model.is_begun && free < model.bytes {
        ui.label(
            RichText::new(say!("download-no-room"))
                .small()
                .color(cx.tokens.error),
        );
    }
}

/// A button that says to a screen reader which model it is about.
fn button_ui(ui: &mut Ui, enabled: bool, text: &str, label: String) -> bool {
    let button = Button::new(text).min_size(egui::vec2(72.0, CONTROL_HEIGHT));
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &label));
    response.clicked()
}

fn download_ui(ui: &mut Ui, cx: &AppContext<'_>, download: &DownloadStatus) {
    let DownloadStatus { name, transfer, .. } = download;
    ui.label(status_text(download));
    let share = transfer.there as f32 / transfer.all.max(1) as f32;
    ui.add(
        ProgressBar::new(share)
            .desired_height(6.0)
            .fill(cx.tokens.accent),
    );
    if let DownloadPhase::Failed(reason) = &download.phase {
        ui.label(RichText::new(sentence(reason)).color(cx.tokens.error));
    }
    ui.horizontal(|ui| {
        let is_running = download.phase == DownloadPhase::Running;
        let is_idle = matches!(
            download.phase,
            DownloadPhase::Paused | DownloadPhase::Failed(_)
        );
        let button = |text| Button::new(text).min_size(egui::vec2(72.0, CONTROL_HEIGHT));
        let command = |command| cx.commands.send(command);
        if is_idle {
            if ui.add(button(say!("button-resume"))).clicked() {
                command(ModelsCommand::Download(name.clone()));
            }
        } else if ui
            .add_enabled(is_running, button(say!("button-pause")))
            .clicked()
        {
            command(ModelsCommand::PauseDownload);
        }
        let cancel = ui.add_enabled(is_running || is_idle, button(say!("button-cancel")));
        if cancel
            .on_hover_text(say!("download-cancel".tooltip))
            .clicked()
        {
            command(ModelsCommand::DiscardDownload(name.clone()));
        }
    });
}

/// "q4_k_m: 3.1 of 19.4 GB, 48 MB a second, 5 min 40 s left".
fn status_text(download: &DownloadStatus) -> String {
    let DownloadStatus {
        name,
        transfer,
        rate,
        phase,
    } = download;
    let far = match transfer.all {
        0 => String::new(),
        all => say!(
            "download-far",
            there = decimal(transfer.there as f64 / GB, 1),
            all = decimal(all as f64 / GB, 1)
        ),
    };
    let how = match (phase, rate) {
        (DownloadPhase::Running, _) if transfer.all == 0 => say!("download-asking").to_owned(),
        (DownloadPhase::Running, _) if transfer.checking => say!("download-checking").to_owned(),
        (DownloadPhase::Running, Some(rate)) => {
            let left = transfer.all.saturating_sub(transfer.there) as f64 / rate;
            let left = rounded(Duration::from_secs_f64(left.clamp(0.0, 1e9)));
            say!("download-rate", rate = decimal(rate / 1e6, 1), left = left)
        }
        (DownloadPhase::Running, None) => String::new(),
        (DownloadPhase::Pausing, _) => say!("download-pausing").to_owned(),
        (DownloadPhase::Paused, _) => say!("download-paused").to_owned(),
        (DownloadPhase::Discarding, _) => say!("download-discarding").to_owned(),
        (DownloadPhase::Failed(_), _) => say!("download-stopped").to_owned(),
    };
    say!("download-status", model = name, far = far, how = how)
}
