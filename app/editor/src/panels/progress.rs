use std::time::Duration;

use egui::{Button, ProgressBar, RichText, Ui};
use lucide_icons::Icon;

use crate::action::Action;
use crate::state::{AppContext, Job, StageProgress};
use crate::theme::GRID;
use crate::widgets::{action_tooltip, icon, wide_button};

/// The stages so far, the bar of the one that runs, the time left, Cancel.
pub fn progress_ui(ui: &mut Ui, cx: &AppContext<'_>, job: &Job) {
    if let Some(backend) = &job.backend {
        ui.label(
            RichText::new(format!("{} runs.", backend.backend.label))
                .small()
                .weak(),
        );
    }
    let (running, finished) = match job.stages.split_last() {
        Some((running, finished)) => (Some(running), finished),
        None => (None, &[][..]),
    };
    for stage in finished {
        ui.horizontal(|ui| {
            ui.label(icon(Icon::Check).color(cx.tokens.success));
            ui.weak(stage.stage.label());
        });
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
    cancel_ui(ui, cx);
}

fn cancel_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    ui.add_space(GRID);
    let info = Action::CancelDecompose.info();
    let button = Button::new((icon(info.icon), info.text));
    let response = wide_button(ui, cx.state.can(Action::CancelDecompose), button, info.text);
    if response.clicked() {
        cx.commands.action(Action::CancelDecompose);
    }
    action_tooltip(response, Action::CancelDecompose);
    ui.label(
        RichText::new("You can go on editing meanwhile.")
            .small()
            .weak(),
    );
}

/// "Segment 3/8 · 4 s left".
fn status_text(job: &Job, running: Option<&StageProgress>) -> String {
    if job.cancelling {
        return "Stopping…".to_owned();
    }
    let Some(stage) = running else {
        return "Waiting to start…".to_owned();
    };
    let mut text = stage.stage.label().to_owned();
    if stage.steps > 1 {
        text += &format!(" {}/{}", stage.step, stage.steps);
    }
    if let Some(left) = stage.left {
        text += &format!(" · {} left", rounded(left));
    }
    text
}

/// "4 s", "2 min 10 s", "1 h 5 min".
fn rounded(left: Duration) -> String {
    match left.as_secs_f64().round() as u64 {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
