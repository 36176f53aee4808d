use egui::{Checkbox, Label, RichText, Role, Ui, WidgetInfo};
use engine::{Controls, DecomposeRequest, Diffusion, Layers, Resolution};
use lucide_icons::Icon;

use super::cost;
use super::prompts::prompts_ui;
use crate::state::AppContext;
use crate::theme::CONTROL_HEIGHT;
use crate::widgets::{IconLook, SliderLook, icon_button, row_label, slider_cells, slider_row};

/// A number to begin with where the engine names none.
const LAYERS: u32 = 8;

/// Only what the backend heeds.
pub fn controls_ui(ui: &mut Ui, cx: &AppContext<'_>, request: &mut DecomposeRequest) -> bool {
    let heeded = cx
        .state
        .chosen_backend()
        .map(|status| status.controls)
        .unwrap_or_default();
    let mut changed = layers_ui(ui, cx, heeded, &mut request.layers);
    if heeded.resolution {
        changed |= resolution_ui(ui, heeded, request);
    }
    if heeded.steps {
        let tooltip = "num_inference_steps: more take longer and come out cleaner";
        changed |= count_ui(ui, cx, "Steps", &mut request.diffusion.steps, 100, tooltip);
        changed |= step_cache_ui(ui, request);
    }
    if heeded.guidance {
        changed |= guidance_ui(ui, cx, request);
    }
    if heeded.seed {
        changed |= seed_ui(ui, cx, request);
    }
    if heeded.prompt {
        changed |= prompts_ui(ui, cx, request);
    }
    let rebuild = Checkbox::new(&mut request.rebuild, "Layers in the picture's own size");
    let tooltip = "Brings the layers to the picture's size and colours; otherwise they stay as the engine made them";
    changed | ui.add(rebuild).on_hover_text(tooltip).changed()
}

/// "Auto", or a number beside it.
fn layers_ui(ui: &mut Ui, cx: &AppContext<'_>, heeded: Controls, layers: &mut Layers) -> bool {
    let before = *layers;
    let most = heeded.max_layers;
    ui.horizontal(|ui| {
        let label = row_label(ui, "Layers");
        let auto = ui.selectable_label(*layers == Layers::Auto, "Auto");
        let name = "Automatic number of layers";
        auto.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, *layers == Layers::Auto, name)
        });
        let auto = auto.on_hover_text(match heeded.auto_layers {
            Some(_) => "The number that the model was published with",
            None => "As many as the engine finds",
        });
        if auto.clicked() {
            *layers = match *layers {
                Layers::Auto => Layers::AtMost(heeded.auto_layers.unwrap_or(LAYERS)),
                Layers::AtMost(_) => Layers::Auto,
            };
        }
        match layers {
            Layers::Auto => {
                let found = || "all that it finds".to_owned();
                let text = heeded
                    .auto_layers
                    .map_or_else(found, |count| count.to_string());
                ui.add(Label::new(RichText::new(text).weak()).truncate());
            }
            Layers::AtMost(count) => {
                let mut value = f64::from(*count);
                let tooltip =
                    "At most this many layers, background included; empty ones are dropped";
                slider_cells(ui, cx, &label, &mut value, SliderLook::count(most, tooltip));
                // Another engine may make fewer.
                *count = (value as u32).clamp(1, most);
            }
        }
    });
    *layers != before
}

/// A whole number from 1 to `most`.
fn count_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    text: &str,
    count: &mut u32,
    most: u32,
    tooltip: &'static str,
) -> bool {
    let mut value = f64::from(*count);
    let look = SliderLook::count(most, tooltip);
    let changed = slider_row(ui, cx, text, &mut value, look).changed();
    *count = value as u32;
    changed
}

fn step_cache_ui(ui: &mut Ui, request: &mut DecomposeRequest) -> bool {
    let mut reuses = request.diffusion.step_cache.is_some();
    let reuse = Checkbox::new(&mut reuses, "Reuse similar steps");
    let tooltip = "First-block cache: a step that begins nearly as the last one is not computed; faster, and the layers differ a little";
    let changed = ui.add(reuse).on_hover_text(tooltip).changed();
    if changed {
        request.diffusion.step_cache = reuses.then_some(Diffusion::STEP_CACHE);
    }
    changed
}

/// Without a negative prompt there is nothing to steer away from.
fn guidance_ui(ui: &mut Ui, cx: &AppContext<'_>, request: &mut DecomposeRequest) -> bool {
    let guides = request.diffusion.negative_prompt.is_some();
    ui.add_enabled_ui(guides, |ui| {
        let mut guidance = f64::from(request.diffusion.guidance);
        let look = SliderLook {
            range: 1.0..=10.0,
            decimals: 1,
            suffix: "",
            tooltip: "true_cfg_scale: how strongly the prompt steers; at 1 not at all, and a step takes half the time",
        };
        let mut changed = slider_row(ui, cx, "Guidance", &mut guidance, look).changed();
        request.diffusion.guidance = guidance as f32;
        let normalize = Checkbox::new(&mut request.diffusion.normalize, "Normalise guidance");
        let tooltip = "cfg_normalize: guidance turns the prediction but does not make it stronger";
        changed |= ui
            .add_enabled(request.diffusion.guidance > 1.0, normalize)
            .on_hover_text(tooltip)
            .changed();
        changed
    })
    .inner
}

fn resolution_ui(ui: &mut Ui, heeded: Controls, request: &mut DecomposeRequest) -> bool {
    let changed = ui
        .horizontal(|ui| {
            row_label(ui, "Works at");
            let small = ui.selectable_value(
                &mut request.diffusion.resolution,
                Resolution::R640,
                "640 px",
            );
            let large = ui.selectable_value(
                &mut request.diffusion.resolution,
                Resolution::R1024,
                "1024 px",
            );
            small.on_hover_text("Quicker, needs less memory").changed()
                | large
                    .on_hover_text("Finer details, needs more memory")
                    .changed()
        })
        .inner;
    let layers = request.layers.or(heeded.auto_layers.unwrap_or(LAYERS));
    let cost = cost::sentence(request.diffusion.resolution, layers);
    ui.label(RichText::new(cost).small().weak())
        .on_hover_text("In all: the layers, their composite, and the picture itself");
    changed
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
