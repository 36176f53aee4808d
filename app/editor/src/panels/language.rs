use egui::{Button, Role, Ui, Vec2, WidgetInfo};
use words::say;

use crate::command::Command;
use crate::state::AppContext;
use crate::theme;

/// The languages that there are, by their own names.
pub fn language_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    ui.menu_button(say!("menu-language"), |ui| {
        let system = say!("menu-language".system);
        item(ui, cx, None, system, say!("menu-language".system_tooltip));
        ui.separator();
        for language in cx.state.languages.all() {
            let tooltip = say!("menu-language".tooltip);
            item(ui, cx, Some(&language.id), &language.name, tooltip);
        }
    });
}

fn item(ui: &mut Ui, cx: &AppContext<'_>, language: Option<&str>, name: &str, tooltip: &str) {
    let asked = cx.state.languages.asked();
    let spoken = asked.or(cx.state.settings.get().language.as_deref());
    let button =
        Button::selectable(spoken == language, name).min_size(Vec2::new(theme::MENU_WIDTH, 0.0));
    let response = ui.add_enabled(asked.is_none(), button);
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, ui.is_enabled(), name));
    if response.clicked() {
        let language = language.map(ToOwned::to_owned);
        cx.commands.send(Command::ChooseLanguage(language));
        ui.close();
    }
    let response = response.on_hover_text(tooltip);
    if let Some(asked) = asked {
        let why = say!("menu-language".asked, language = asked);
        response.on_disabled_hover_text(why);
    }
}
