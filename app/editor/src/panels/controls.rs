use egui::{Checkbox, Label, RichText, Role, Ui, WidgetInfo};
use engine::{Choice, Controls, DecomposeRequest, Layers, Number, Unit};
use lucide_icons::Icon;
use words::say;

use super::prompts::prompts_ui;
use crate::state::AppContext;
use crate::theme::CONTROL_HEIGHT;
use crate::widgets::{IconLook, SliderLook, icon_button, row_label, slider_cells, slider_row};

/// Only what the backend heeds, in the ranges that it tells.
pub fn controls_ui(ui: &mut Ui, cx: &AppContext<'_>, request: &mut DecomposeRequest) -> bool {
    let controls = cx.state.chosen_backend().map(|status| &status.controls);
    let controls = &controls.cloned().unwrap_or_default();
    let diffusion = &mut request.diffusion;
    let mut changed = layers_ui(ui, cx, controls, &mut request.layers);
    if let Some(control) = &controls.resolution {
        let tooltip = say!("control-resolution".tooltip);
        let resolution = &mut diffusion.resolution;
        changed |= choice_ui(
            ui,
            say!("control-resolution"),
            resolution,
            control,
            |side| side.to_string(),
            tooltip,
        );
    }
    if let Some(control) = &controls.steps {
        let tooltip = say!("control-steps".tooltip);
        changed |= number_ui(
            ui,
            cx,
            say!("control-steps"),
            &mut diffusion.steps,
            control,
            tooltip,
        );
    }
    if let Some(control) = &controls.step_cache {
        changed |= step_cache_ui(ui, &mut diffusion.step_cache, control);
    }
    if let Some(control) = &controls.guidance {
        changed |= guidance_ui(ui, cx, request, control, controls.normalize.is_some());
    }
    if let Some(control) = &controls.seed {
        changed |= seed_ui(ui, cx, &mut request.seed, control);
    }
    changed |= prompts_ui(ui, cx, request, controls);
    let rebuild = Checkbox::new(&mut request.rebuild, say!("control-rebuild"));
    let tooltip = say!("control-rebuild".tooltip);
    changed | ui.add(rebuild).on_hover_text(tooltip).changed()
}

/// "Auto", or a number beside it.
fn layers_ui(ui: &mut Ui, cx: &AppContext<'_>, controls: &Controls, layers: &mut Layers) -> bool {
    let before = *layers;
    let control = &controls.layers;
    ui.horizontal(|ui| {
        let label = row_label(ui, say!("control-layers"));
        let auto = ui.selectable_label(*layers == Layers::Auto, say!("control-layers-auto"));
        let name = say!("control-layers-auto".label);
        auto.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, *layers == Layers::Auto, name)
        });
        let auto = auto.on_hover_text(match controls.auto_layers {
            Some(_) => say!("control-layers-auto".published),
            None => say!("control-layers-auto".found),
        });
        if auto.clicked() {
            *layers = match *layers {
                Layers::Auto => Layers::AtMost(control.default),
                Layers::AtMost(_) => Layers::Auto,
            };
        }
        match layers {
            Layers::Auto => {
                let found = || say!("control-layers-auto".shown).to_owned();
                let text = controls
                    .auto_layers
                    .map_or_else(found, |count| count.to_string());
                ui.add(Label::new(RichText::new(text).weak()).truncate());
            }
            Layers::AtMost(count) => {
                let mut value = f64::from(*count);
                let tooltip = say!("control-layers".tooltip);
                slider_cells(ui, cx, &label, &mut value, look(control, tooltip));
                // Another engine may make fewer.
                *count = (value as u32).clamp(*control.range.start(), *control.range.end());
            }
        }
    });
    *layers != before
}

/// As far as is of use.
fn look<T: Copy + Into<f64>>(control: &Number<T>, tooltip: &'static str) -> SliderLook {
    SliderLook {
        range: (*control.usual.start()).into()..=(*control.usual.end()).into(),
        decimals: decimals(control.unit),
        suffix: suffix(Some(control.unit)),
        tooltip,
    }
}

fn decimals(unit: Unit) -> usize {
    match unit {
        Unit::Count | Unit::Pixels | Unit::Seed => 0,
        Unit::Factor => 1,
        Unit::Share => 2,
    }
}

fn suffix(unit: Option<Unit>) -> &'static str {
    match unit {
        Some(Unit::Pixels) => say!("unit-pixels"),
        Some(Unit::Count | Unit::Factor | Unit::Share | Unit::Seed) | None => "",
    }
}

fn number_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    text: &str,
    number: &mut u32,
    control: &Number<u32>,
    tooltip: &'static str,
) -> bool {
    let mut value = f64::from(*number);
    let changed = slider_row(ui, cx, text, &mut value, look(control, tooltip)).changed();
    *number = value as u32;
    changed
}

/// All of them side by side.
pub fn choice_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    text: &str,
    chosen: &mut T,
    control: &Choice<T>,
    name: impl Fn(T) -> String,
    tooltip: &str,
) -> bool {
    ui.horizontal(|ui| {
        row_label(ui, text);
        let mut changed = false;
        for item in &control.all {
            let name = name(*item) + suffix(control.unit);
            let button = ui.selectable_value(chosen, *item, name);
            changed |= button.on_hover_text(tooltip).changed();
        }
        changed
    })
    .inner
}

fn step_cache_ui(ui: &mut Ui, threshold: &mut Option<f32>, control: &Number<f32>) -> bool {
    let mut reuses = threshold.is_some();
    let reuse = Checkbox::new(&mut reuses, say!("control-step-cache"));
    let tooltip = say!("control-step-cache".tooltip);
    let changed = ui.add(reuse).on_hover_text(tooltip).changed();
    if changed {
        *threshold = reuses.then_some(control.default);
    }
    changed
}

/// Without a negative prompt there is nothing to steer away from.
fn guidance_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    request: &mut DecomposeRequest,
    control: &Number<f32>,
    can_normalize: bool,
) -> bool {
    let guides = request.diffusion.negative_prompt.is_some();
    ui.add_enabled_ui(guides, |ui| {
        let mut guidance = f64::from(request.diffusion.guidance);
        let tooltip = say!("control-guidance".tooltip);
        let look = look(control, tooltip);
        let mut changed =
            slider_row(ui, cx, say!("control-guidance"), &mut guidance, look).changed();
        request.diffusion.guidance = guidance as f32;
        if can_normalize {
            let normalize =
                Checkbox::new(&mut request.diffusion.normalize, say!("control-normalize"));
            let tooltip = say!("control-normalize".tooltip);
            changed |= ui
                .add_enabled(request.diffusion.guidance > 1.0, normalize)
                .on_hover_text(tooltip)
                .changed();
        }
        changed
    })
    .inner
}

fn seed_ui(ui: &mut Ui, cx: &AppContext<'_>, seed: &mut u64, control: &Number<u64>) -> bool {
    ui.horizontal(|ui| {
        let label = row_label(ui, say!("control-seed"));
        let width = ui.available_width() - CONTROL_HEIGHT - ui.spacing().item_spacing.x;
        let field = egui::DragValue::new(seed)
            .range(control.range.clone())
            .speed(1.0)
            .update_while_editing(false);
        let field = ui
            .add_sized([width, CONTROL_HEIGHT], field)
            .labelled_by(label.id);
        let mut changed = field.on_hover_text(say!("control-seed".tooltip)).changed();
        let dice = icon_button(
            ui,
            cx,
            Icon::Dices,
            say!("control-seed-random"),
            IconLook::Normal,
        );
        if dice
            .on_hover_text(say!("control-seed-random".tooltip))
            .clicked()
        {
            let next = next_seed(*seed, ui.input(|input| input.time));
            *seed = next % control.usual.end().saturating_add(1).max(1);
            changed = true;
        }
        changed
    })
    .inner
}

/// A scramble of the last seed and the time (SplitMix64's output function).
fn next_seed(seed: u64, time: f64) -> u64 {
    let mut x = (seed ^ time.to_bits()).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
