use egui::{Button, CentralPanel, ComboBox, Frame, Panel, RichText, ScrollArea, Ui};
use engine::{BackendChoice, BackendStatus, DecomposeRequest, DeviceEstimate, Estimate, gib};
use session::rounded;
use words::{decimal, say};

use super::controls::controls_ui;
use super::loras::loras_ui;
use super::model::model_ui;
use super::progress::{cancel_ui, progress_ui, waiting_ui};
use super::server::server_ui;
use crate::action::{Action, JobAction};
use crate::command::JobCommand;
use crate::notifications::sentence;
use crate::state::AppContext;
use crate::widgets::{
    action_tooltip, divider, heading, icon, row_label, sentence_start, wide_button,
};

/// Which backend runs and why, its model and its controls, and at the bottom the job.
pub fn decompose_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    // The button keeps its place while what is above it grows.
    bottom(ui, "job button", |ui| match cx.state.job() {
        Some(_) => cancel_ui(ui, cx),
        None => start_ui(ui, cx),
    });
    bottom(ui, "job progress", |ui| {
        divider(ui, cx);
        if let Some(job) = cx.state.job() {
            progress_ui(ui, cx, job);
            waiting_ui(ui, cx);
        }
    });
    CentralPanel::no_frame().show(ui, |ui| {
        ScrollArea::vertical().show(ui, |ui| settings_ui(ui, cx));
    });
}

fn bottom(ui: &mut Ui, name: &'static str, contents: impl FnOnce(&mut Ui)) {
    let shown = Panel::bottom(name)
        .frame(Frame::NONE)
        .resizable(false)
        .show_separator_line(false)
        .show(ui, contents);
    // A panel takes the room that it needed the last time; where that has changed, its neighbours would lie over it.
    let (id, height) = (ui.scope_id().with(name), shown.response.rect.height());
    let before = ui.data_mut(|data| {
        let before = data.get_temp::<f32>(id);
        data.insert_temp(id, height);
        before
    });
    if before.is_some_and(|before| before != height) {
        ui.ctx().request_discard("a panel's height changed");
    }
}

fn settings_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    heading(ui, cx, say!("decompose-heading"));
    let mut request = cx.state.request.clone();
    let mut changed = backend_ui(ui, cx, &mut request);
    server_ui(ui, cx);
    if let Some((backend, model)) = cx.state.model() {
        divider(ui, cx);
        model_ui(ui, cx, backend, model);
        divider(ui, cx);
    }
    let chosen = cx.state.chosen_backend();
    if let Some(strength) = chosen.and_then(|status| status.controls.loras.as_ref()) {
        loras_ui(ui, cx, strength);
        divider(ui, cx);
    }
    changed |= controls_ui(ui, cx, &mut request);
    estimate_ui(ui, cx);
    if changed {
        cx.commands.send(JobCommand::SetRequest(Box::new(request)));
    }
}

fn backend_ui(ui: &mut Ui, cx: &AppContext<'_>, request: &mut DecomposeRequest) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        let label = row_label(ui, say!("engine-label"));
        let text = match &request.backend {
            BackendChoice::Auto => say!("engine-automatic").to_owned(),
            BackendChoice::Named(_) => cx
                .state
                .chosen_backend()
                .map_or(say!("engine-unknown"), |b| &b.backend.label)
                .to_owned(),
        };
        let combo = ComboBox::from_id_salt("engine")
            .width(ui.available_width())
            .truncate()
            .selected_text(text);
        let combo = combo.show_ui(ui, |ui| {
            let auto = ui.selectable_label(
                request.backend == BackendChoice::Auto,
                say!("engine-automatic"),
            );
            if auto
                .on_hover_text(say!("engine-automatic".tooltip))
                .clicked()
            {
                (request.backend, changed) = (BackendChoice::Auto, true);
            }
            for status in &cx.state.backends {
                changed |= backend_item(ui, request, status);
            }
        });
        combo
            .response
            .labelled_by(label.id)
            .on_hover_text(say!("engine-label".tooltip));
    });
    let text = match cx.state.chosen_backend() {
        Some(status) if status.ready => {
            let reason = sentence(&status.reason);
            say!(
                "engine-will-run",
                engine = status.backend.label,
                reason = reason
            )
        }
        Some(status) => sentence(&say!(
            "engine-cannot-run",
            engine = status.backend.label,
            reason = status.reason
        )),
        None => say!("engine-none").to_owned(),
    };
    ui.label(RichText::new(text).small().weak());
    changed
}

fn backend_item(ui: &mut Ui, request: &mut DecomposeRequest, status: &BackendStatus) -> bool {
    let choice = BackendChoice::Named(status.backend.id.to_string());
    let item = Button::selectable(request.backend == choice, status.backend.label.as_ref());
    let item = ui.add_enabled(status.ready, item);
    let clicked = item.clicked();
    item.on_hover_text(&status.reason)
        .on_disabled_hover_text(&status.reason);
    if clicked {
        request.backend = choice;
    }
    clicked
}

fn start_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let action = Action::from(JobAction::Decompose);
    let info = action.info();
    let enabled = cx.state.can(action);
    let color = if enabled {
        cx.tokens.on_accent
    } else {
        cx.tokens.text_disabled
    };
    let text = RichText::new(info.text).color(color).strong();
    let mut button = Button::new((icon(info.icon).color(color), text));
    if enabled {
        button = button.fill(cx.tokens.accent);
    }
    let response = wide_button(ui, enabled, button, info.text);
    if response.clicked() {
        cx.commands.action(action);
    }
    action_tooltip(response, action);
    ui.label(RichText::new(hint(cx)).small().weak());
}

fn hint(cx: &AppContext<'_>) -> &'static str {
    match &cx.state.session {
        None => say!("decompose-open-first"),
        Some(session) if session.document().walk().count() > 1 => {
            say!("decompose-becomes-variant")
        }
        Some(_) => say!("decompose-replaces-picture"),
    }
}

/// What the job would take, or why it cannot run, as its backend tells.
fn estimate_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let Some(answer) = &cx.state.estimate.answer else {
        return;
    };
    let text = match answer {
        Ok(estimate) => RichText::new(text_of(estimate)).weak(),
        Err(error) => RichText::new(sentence(&error.to_string())).color(cx.tokens.error),
    };
    ui.label(text.small())
        .on_hover_text(say!("estimate-tooltip"));
}

/// "About 26 s. NVIDIA H100: 13.8 GiB.", and what streams from the computer's memory.
fn text_of(estimate: &Estimate) -> String {
    let device = |DeviceEstimate { device, bytes }: &DeviceEstimate| {
        say!(
            "estimate-device",
            device = sentence_start(device),
            size = decimal(gib(*bytes), 1)
        )
    };
    let seconds = std::time::Duration::from_secs_f64(estimate.seconds.clamp(1.0, 1e9));
    let mut sentences = vec![say!("estimate-time", time = rounded(seconds))];
    sentences.extend(estimate.devices.iter().map(device));
    if estimate.host_bytes > 0 {
        let size = decimal(gib(estimate.host_bytes), 1);
        sentences.push(say!("estimate-host", size = size));
    }
    sentences.join(" ")
}
