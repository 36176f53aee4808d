use std::path::PathBuf;

use egui::{Align, Checkbox, Layout, Ui};
use engine::{ModelRole, Number};
use lucide_icons::Icon;
use session::ListedLora;
use words::say;

use super::model::item_ui;
use crate::models::ModelsCommand;
use crate::question::PathQuestion;
use crate::state::AppContext;
use crate::theme::ICON_BUTTON_SIZE;
use crate::widgets::{IconLook, SliderLook, heading, icon, icon_button, slider_cells};

/// What is to become of a LoRA's place in the list.
enum Change {
    Remove(usize),
    Swap(usize, usize),
}

/// The LoRAs that are listed, each with its strength.
pub fn loras_ui(ui: &mut Ui, cx: &AppContext<'_>, strength: &Number<f32>) {
    ui.horizontal(|ui| {
        heading(ui, cx, say!("loras-heading"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| add_ui(ui, cx));
    });
    let before = &cx.state.settings.get().loras;
    let mut loras = before.clone();
    let (mut change, last) = (None, loras.len().saturating_sub(1));
    for (index, listed) in loras.iter_mut().enumerate() {
        ui.push_id(index, |ui| {
            if let Some(asked) = row_ui(ui, cx, listed, index, last) {
                change = Some(asked);
            }
            strength_ui(ui, cx, listed, strength);
        });
    }
    match change {
        Some(Change::Remove(index)) => drop(loras.remove(index)),
        Some(Change::Swap(a, b)) => loras.swap(a, b),
        None => {}
    }
    if loras != *before {
        cx.commands.send(ModelsCommand::SetLoras(loras));
    }
}

/// Those that were found, and the desktop's dialog.
fn add_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    let listed = &cx.state.settings.get().loras;
    let is_new = |path: &PathBuf| listed.iter().all(|listed| listed.lora.file != *path);
    let found = cx.state.models.found.iter();
    let found = found.filter(|file| file.role == ModelRole::Lora && is_new(&file.path));
    let asked = PathQuestion::File(ModelRole::Lora);
    let menu = ui.menu_button(icon(Icon::Plus), |ui| {
        for file in found {
            if item_ui(ui, cx, file, false) {
                let choice = ModelsCommand::Choose(asked, file.path.clone());
                cx.commands.send(choice);
                ui.close();
            }
        }
        if ui.button(say!("loras-choose-file")).clicked() {
            cx.commands.send(ModelsCommand::Browse(asked));
            ui.close();
        }
    });
    let response = menu.response;
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, say!("loras-add")));
    response.on_hover_text(say!("loras-add".tooltip));
}

fn row_ui(
    ui: &mut Ui,
    cx: &AppContext<'_>,
    listed: &mut ListedLora,
    index: usize,
    last: usize,
) -> Option<Change> {
    let mut change = None;
    ui.horizontal(|ui| {
        let name = name(listed);
        let icons = 3.0 * (ICON_BUTTON_SIZE + ui.spacing().item_spacing.x);
        let size = egui::vec2(ui.available_width() - icons, ICON_BUTTON_SIZE);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(size.x);
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
            ui.add(Checkbox::new(&mut listed.on, &name))
                .on_hover_text(listed.lora.file.display().to_string());
        });
        let mut button = |enabled, icon, text: &str, label: String, asked| {
            let button = ui.add_enabled_ui(enabled, |ui| {
                icon_button(ui, cx, icon, &label, IconLook::Normal)
            });
            if button.inner.on_hover_text(text).clicked() {
                change = Some(asked);
            }
        };
        let (up, down) = (index.saturating_sub(1), index + 1);
        button(
            index > 0,
            Icon::ChevronUp,
            say!("loras-move-up"),
            say!("loras-move-up".label, name = name),
            Change::Swap(index, up),
        );
        button(
            index < last,
            Icon::ChevronDown,
            say!("loras-move-down"),
            say!("loras-move-down".label, name = name),
            Change::Swap(index, down),
        );
        button(
            true,
            Icon::X,
            say!("loras-remove"),
            say!("loras-remove".label, name = name),
            Change::Remove(index),
        );
    });
    change
}

fn strength_ui(ui: &mut Ui, cx: &AppContext<'_>, listed: &mut ListedLora, strength: &Number<f32>) {
    ui.add_enabled_ui(listed.on, |ui| {
        ui.horizontal(|ui| {
            let label = ui.weak(say!("loras-strength"));
            let named = say!("loras-strength-of", name = name(listed));
            label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &named));
            let mut value = f64::from(listed.lora.strength);
            let look = SliderLook {
                range: (*strength.usual.start()).into()..=(*strength.usual.end()).into(),
                decimals: 2,
                suffix: "",
                tooltip: say!("loras-strength".tooltip),
            };
            slider_cells(ui, cx, &label, &mut value, look);
            listed.lora.strength = value as f32;
        });
    });
}

/// Of its file, without the ending.
fn name(listed: &ListedLora) -> String {
    let stem = listed.lora.file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}
