//! The results of several runs: which one is shown, and what is taken from the others.

use egui::{Align, ComboBox, Layout, Role, ScrollArea, Ui, Vec2, WidgetInfo};
use lucide_icons::Icon;
use session::Session;
use words::say;

use crate::command::LayersCommand;
use crate::state::AppContext;
use crate::theme::{CONTROL_HEIGHT, GRID};
use crate::widgets::{IconLook, icon, icon_button};

/// Nothing while there is nothing to choose from.
pub fn variants_ui(ui: &mut Ui, cx: &AppContext<'_>, session: &Session) {
    if session.document().variants().all.len() < 2 {
        return;
    }
    // From the right edge inwards, so that the list takes what is left.
    let size = Vec2::new(ui.available_width(), CONTROL_HEIGHT);
    let layout = Layout::right_to_left(Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        let label = say!("variants-delete");
        let delete = icon_button(ui, cx, Icon::Trash2, label, IconLook::Normal);
        if delete
            .on_hover_text(say!("variants-delete".tooltip))
            .clicked()
        {
            cx.commands.send(LayersCommand::DeleteVariant);
        }
        take_ui(ui, cx, session);
        choose_ui(ui, cx, session);
    });
    ui.add_space(GRID);
}

fn choose_ui(ui: &mut Ui, cx: &AppContext<'_>, session: &Session) {
    let variants = session.document().variants();
    let shown = variants.all.get(variants.chosen);
    let shown = shown.map_or("", |variant| variant.name.as_str());
    let combo = ComboBox::from_id_salt("variant")
        .width(ui.available_width())
        .truncate()
        .selected_text(shown)
        .show_ui(ui, |ui| {
            for (index, variant) in variants.all.iter().enumerate() {
                let chosen = index == variants.chosen;
                if ui.selectable_label(chosen, &variant.name).clicked() {
                    cx.commands.send(LayersCommand::ChooseVariant(index));
                }
            }
        });
    combo.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, true, say!("variants-label"));
        info.current_text_value = Some(shown.to_owned());
        info
    });
    combo.response.on_hover_text(say!("variants-label".tooltip));
}

fn take_ui(ui: &mut Ui, cx: &AppContext<'_>, session: &Session) {
    let label = say!("variants-copy-layer");
    let menu = ui.menu_button(icon(Icon::CopyPlus), |ui| {
        for (name, layers) in session.other_variants() {
            ui.menu_button(name, |ui| {
                ScrollArea::vertical().show(ui, |ui| {
                    for layer in layers.iter().rev() {
                        if ui.button(&layer.name).clicked() {
                            cx.commands.send(LayersCommand::TakeFromVariant(layer.id));
                            ui.close();
                        }
                    }
                });
            });
        }
    });
    menu.response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    menu.response.on_hover_text(label);
}
