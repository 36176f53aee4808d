use egui::{Button, Checkbox, ComboBox, RichText, TextEdit, Ui};
use engine::{BackendChoice, BackendStatus, CaptionLanguage, DecomposeRequest, Resolution};
use lucide_icons::Icon;

use super::progress::progress_ui;
use crate::action::Action;
use crate::command::Command;
use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID};
use crate::widgets::{
    IconLook, SliderLook, action_tooltip, heading, icon, icon_button, row_label, slider_row,
    wide_button,
};

/// Which backend runs and why, its controls, and the job.
pub fn decompose_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    heading(ui, cx, "Decompose");
    let mut request = cx.state.request.clone();
    let mut changed = backend_ui(ui, cx, &mut request);
    changed |= controls_ui(ui, cx, &mut request);
    if changed {
        cx.commands.send(Command::SetRequest(Box::new(request)));
    }
    ui.add_space(GRID);
    match &cx.state.job {
        Some(job) => progress_ui(ui, cx, job),
        None => start_ui(ui, cx),
    }
}

fn backend_ui(ui: &mut Ui, cx: &AppContext<'_>, request: &mut DecomposeRequest) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        let label = row_label(ui, "Engine");
        let text = match &request.backend {
            BackendChoice::Auto => "Automatic".to_owned(),
            BackendChoice::Named(_) => cx
                .state
                .chosen_backend()
                .map_or("Unknown", |b| b.backend.label)
                .to_owned(),
        };
        let combo = ComboBox::from_id_salt("engine")
            .width(ui.available_width())
            .truncate()
            .selected_text(text);
        let combo = combo.show_ui(ui, |ui| {
            let auto = ui.selectable_label(request.backend == BackendChoice::Auto, "Automatic");
            if auto
                .on_hover_text("The first of these that can run here")
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
            .on_hover_text("What splits the picture");
    });
    let sentence = match cx.state.chosen_backend() {
        Some(status) if status.ready => {
            format!("{} will run. {}", status.backend.label, status.reason)
        }
        Some(status) => format!("{} cannot run: {}", status.backend.label, status.reason),
        None => "No engine can run here.".to_owned(),
    };
    ui.label(RichText::new(sentence).small().weak());
    changed
}

fn backend_item(ui: &mut Ui, request: &mut DecomposeRequest, status: &BackendStatus) -> bool {
    let choice = BackendChoice::Named(status.backend.id.to_owned());
    let item = Button::selectable(request.backend == choice, status.backend.label);
    let item = ui.add_enabled(status.ready, item);
    let clicked = item.clicked();
    item.on_hover_text(&status.reason)
        .on_disabled_hover_text(&status.reason);
    if clicked {
        request.backend = choice;
    }
    clicked
}

/// Only what the backend heeds.
fn controls_ui(ui: &mut Ui, cx: &AppContext<'_>, request: &mut DecomposeRequest) -> bool {
    let heeded = cx
        .state
        .chosen_backend()
        .map(|status| status.controls)
        .unwrap_or_default();
    let mut layers = f64::from(request.layers);
    let look = SliderLook {
        range: 1.0..=16.0,
        decimals: 0,
        suffix: "",
        tooltip: "At most this many layers, background included; empty ones are dropped",
    };
    let mut changed = slider_row(ui, cx, "Layers", &mut layers, look).changed();
    request.layers = layers as u32;
    if heeded.resolution {
        changed |= resolution_ui(ui, request);
    }
    if heeded.steps {
        let mut steps = f64::from(request.steps);
        let look = SliderLook {
            range: 1.0..=100.0,
            decimals: 0,
            suffix: "",
            tooltip: "More steps take longer and come out cleaner",
        };
        changed |= slider_row(ui, cx, "Steps", &mut steps, look).changed();
        request.steps = steps as u32;
    }
    if heeded.guidance {
        let mut guidance = f64::from(request.guidance);
        let look = SliderLook {
            range: 1.0..=10.0,
            decimals: 1,
            suffix: "",
            tooltip: "How strongly the prompt steers; 1 is not at all",
        };
        changed |= slider_row(ui, cx, "Guidance", &mut guidance, look).changed();
        request.guidance = guidance as f32;
    }
    if heeded.seed {
        changed |= seed_ui(ui, cx, request);
    }
    if heeded.prompt {
        changed |= prompts_ui(ui, request);
    }
    let rebuild = Checkbox::new(&mut request.rebuild, "Layers in the picture's own size");
    let tooltip = "Brings the layers to the picture's size and colours; otherwise they stay as the engine made them";
    changed | ui.add(rebuild).on_hover_text(tooltip).changed()
}

fn resolution_ui(ui: &mut Ui, request: &mut DecomposeRequest) -> bool {
    ui.horizontal(|ui| {
        row_label(ui, "Works at");
        let small = ui.selectable_value(&mut request.resolution, Resolution::R640, "640 px");
        let large = ui.selectable_value(&mut request.resolution, Resolution::R1024, "1024 px");
        small.on_hover_text("Quicker, needs less memory").changed()
            | large
                .on_hover_text("Finer details, needs more memory")
                .changed()
    })
    .inner
}

fn seed_ui(ui: &mut Ui, cx: &AppContext<'_>, request: &mut DecomposeRequest) -> bool {
    ui.horizontal(|ui| {
        let label = row_label(ui, "Seed");
        let width = ui.available_width() - CONTROL_HEIGHT - ui.spacing().item_spacing.x;
        let field = egui::DragValue::new(&mut request.seed)
            .speed(1.0)
            .update_while_editing(false);
        let field = ui
            .add_sized([width, CONTROL_HEIGHT], field)
            .labelled_by(label.id);
        let mut changed = field
            .on_hover_text("The same seed gives the same layers")
            .changed();
        let dice = icon_button(ui, cx, Icon::Dices, "Random seed", IconLook::Normal);
        if dice.on_hover_text("Take another seed").clicked() {
            request.seed = next_seed(request.seed, ui.input(|input| input.time));
            changed = true;
        }
        changed
    })
    .inner
}

/// A scramble of the last seed and the time (SplitMix64's output function), short enough to be read out.
fn next_seed(seed: u64, time: f64) -> u64 {
    let mut x = (seed ^ time.to_bits()).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) % 1_000_000_000
}

fn prompts_ui(ui: &mut Ui, request: &mut DecomposeRequest) -> bool {
    let mut changed = text_area(
        ui,
        "Prompt",
        &mut request.prompt,
        "What the picture shows; empty: the model looks",
        3,
    );
    if request.prompt.trim().is_empty() {
        changed |= language_ui(ui, request);
    }
    let mut negative = request.negative_prompt.clone().unwrap_or_default();
    if text_area(
        ui,
        "Negative prompt",
        &mut negative,
        "What to keep away from",
        2,
    ) {
        request.negative_prompt = Some(if negative.is_empty() {
            " ".to_owned()
        } else {
            negative
        });
        changed = true;
    }
    changed
}

fn text_area(ui: &mut Ui, name: &str, text: &mut String, hint: &str, rows: usize) -> bool {
    let label = ui.label(name);
    let edit = TextEdit::multiline(text)
        .hint_text(hint)
        .desired_rows(rows)
        .desired_width(f32::INFINITY);
    ui.add(edit)
        .labelled_by(label.id)
        .on_hover_text(hint)
        .changed()
}

fn language_ui(ui: &mut Ui, request: &mut DecomposeRequest) -> bool {
    ui.horizontal(|ui| {
        row_label(ui, "Caption in");
        let language = &mut request.caption_language;
        let english = ui.selectable_value(language, CaptionLanguage::English, "English");
        let chinese = ui.selectable_value(language, CaptionLanguage::Chinese, "中文");
        let tooltip = "Language in which the model describes the picture to itself";
        english.on_hover_text(tooltip).changed() | chinese.on_hover_text(tooltip).changed()
    })
    .inner
}

fn start_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let info = Action::Decompose.info();
    let enabled = cx.state.can(Action::Decompose);
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
        cx.commands.action(Action::Decompose);
    }
    action_tooltip(response, Action::Decompose);
    ui.label(RichText::new(hint(cx)).small().weak());
}

fn hint(cx: &AppContext<'_>) -> &'static str {
    match &cx.state.session {
        None => "Open a picture first.",
        Some(session) if session.document().walk().count() > 1 => {
            "Decomposing again replaces all layers; Undo brings them back."
        }
        Some(_) => "The layers take the picture's place; Undo brings it back.",
    }
}
