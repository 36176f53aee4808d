use std::time::Duration;

use egui::{Align, Button, Label, Layout, ProgressBar, RichText, ScrollArea, Ui};
use engine::Stage;
use lucide_icons::Icon;
use session::{plan_line, rounded, stage_name};
use words::{decimal, say};

use super::preview::preview_strip_ui;
use crate::action::{Action, JobAction};
use crate::command::JobCommand;
use crate::state::{AppContext, Job, StageProgress};
use crate::theme::GRID;
use crate::widgets::{IconLook, action_tooltip, icon, icon_button, wide_button};

/// Of the words of a caption that are in sight, in points.
const CAPTION_HEIGHT: f32 = 80.0;

/// The stages so far, the bar of the one that runs, the time left, and what there is to see.
pub fn progress_ui(ui: &mut Ui, cx: &AppContext<'_>, job: &Job) {
    if let Some(backend) = &job.backend {
        let name = &backend.backend.label;
        let text = match &job.plan {
            Some(plan) => say!("progress-runs-so", engine = name, plan = plan_line(plan)),
            None => say!("progress-runs", engine = name),
        };
        ui.label(RichText::new(text).small().weak());
    }
    let (running, finished) = match job.stages.split_last() {
        Some((running, finished)) => (Some(running), finished),
        None => (None, &[][..]),
    };
    for stage in finished {
        ui.horizontal(|ui| {
            ui.label(icon(Icon::Check).color(cx.tokens.success));
            ui.weak(stage_name(stage.stage));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let took = stage.reached.saturating_sub(stage.began);
                ui.label(RichText::new(took_text(took)).small().weak());
            });
        });
    }
    if job.target.is_layer() {
        let text = say!("progress-splitting", layer = job.name);
        ui.add(Label::new(RichText::new(text).small()).truncate());
    }
    ui.horizontal(|ui| {
        ui.add(egui::Spinner::new().size(16.0).color(cx.tokens.accent));
        ui.label(status_text(job, running));
    });
    let share = running.map_or(0.0, |stage| stage.step as f32 / stage.steps.max(1) as f32);
    ui.add(
        ProgressBar::new(share)
            .desired_height(6.0)
            .fill(cx.tokens.accent),
    );
    // Until it stands in the prompt.
    if let Some(caption) = job.caption.as_ref().filter(|_| job.captions_in.is_some()) {
        caption_ui(ui, caption);
    }
    if let Some(preview) = &job.preview {
        preview_strip_ui(ui, preview);
    }
    ui.add_space(GRID * 2.0);
}

/// The words so far; the newest are in sight.
fn caption_ui(ui: &mut Ui, caption: &str) {
    ScrollArea::vertical()
        .id_salt("caption")
        .max_height(CAPTION_HEIGHT)
        .stick_to_bottom(true)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(caption).small());
        });
}

/// The jobs after the one that runs.
pub fn waiting_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    for job in cx.state.jobs.iter().skip(1) {
        ui.horizontal(|ui| {
            let label = say!("progress-do-not-split", layer = job.name);
            let cancel = icon_button(ui, cx, Icon::X, &label, IconLook::Normal);
            if cancel.on_hover_text(&label).clicked() {
                cx.commands.send(JobCommand::Cancel(job.id));
            }
            ui.add(
                Label::new(RichText::new(say!("progress-waits", layer = job.name)).weak())
                    .truncate(),
            );
        });
    }
}

pub fn cancel_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let action = Action::from(JobAction::CancelDecompose);
    let info = action.info();
    let button = Button::new((icon(info.icon), info.text));
    let response = wide_button(ui, cx.state.can(action), button, info.text);
    if response.clicked() {
        cx.commands.action(action);
    }
    action_tooltip(response, action);
    ui.label(
        RichText::new(say!("progress-edit-meanwhile"))
            .small()
            .weak(),
    );
}

/// "Segment 3/8 · 4 s left".
fn status_text(job: &Job, running: Option<&StageProgress>) -> String {
    if job.cancelling {
        return say!("progress-stopping").to_owned();
    }
    let Some(stage) = running else {
        return say!("progress-waiting").to_owned();
    };
    let name = stage_name(stage.stage);
    if stage.stage == Stage::Caption {
        // Most captions end long before the limit.
        return say!("progress-caption", stage = name, tokens = stage.step);
    }
    let progress = match stage.steps {
        0 | 1 => name.to_owned(),
        steps => say!(
            "progress-step",
            stage = name,
            step = stage.step,
            steps = steps
        ),
    };
    match stage.left {
        Some(left) => say!("progress-left", progress = progress, left = rounded(left)),
        None => progress,
    }
}

/// "2.3 s", "2 min 10 s".
fn took_text(took: Duration) -> String {
    if took < Duration::from_secs(10) {
        say!("unit-seconds", seconds = decimal(took.as_secs_f64(), 1))
    } else {
        rounded(took)
    }
}
