use egui::{Align, Layout, MenuBar, ThemePreference, Ui};
use session::OpenSource;

use crate::action::Action;
use crate::command::Command;
use crate::state::AppContext;
use crate::widgets::{IconLook, action_icon, action_item, action_item_named};

/// Menus on the left, the most used actions on the right.
pub fn top_bar_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    MenuBar::new().ui(ui, |ui| {
        ui.menu_button("File", |ui| file_menu(ui, cx));
        ui.menu_button("Edit", |ui| edit_menu(ui, cx));
        ui.menu_button("Layer", |ui| layer_menu(ui, cx));
        ui.menu_button("View", |ui| view_menu(ui, cx));
        ui.menu_button("Help", |ui| {
            items(ui, cx, &[Action::History, Action::Shortcuts, Action::About]);
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| tools(ui, cx));
    });
}

fn file_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    items(ui, cx, &[Action::Open]);
    recent_menu(ui, cx);
    items(ui, cx, &[Action::Paste]);
    ui.separator();
    items(ui, cx, &[Action::Save, Action::SaveAs]);
    ui.separator();
    items(
        ui,
        cx,
        &[
            Action::ExportPsd,
            Action::ExportPngs,
            Action::ExportFlattened,
        ],
    );
    ui.separator();
    items(ui, cx, &[Action::Quit]);
}

fn recent_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    let recent = &cx.state.settings.get().recent;
    ui.add_enabled_ui(!recent.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            for path in recent {
                let name = path.file_name().unwrap_or(path.as_os_str());
                let item = ui.button(name.to_string_lossy());
                if item.on_hover_text(path.to_string_lossy()).clicked() {
                    let source = OpenSource::File(path.clone());
                    cx.commands.send(Command::Open(source));
                }
            }
        });
    });
}

fn edit_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    let history = cx.state.session.as_ref().map(|session| session.history());
    let named = |verb: &str, label: Option<&str>| match label {
        Some(label) => format!("{verb} {label}"),
        None => verb.to_owned(),
    };
    let undo = named("Undo", history.and_then(|history| history.undo_label()));
    let redo = named("Redo", history.and_then(|history| history.redo_label()));
    action_item_named(ui, cx, Action::Undo, &undo);
    action_item_named(ui, cx, Action::Redo, &redo);
    ui.separator();
    items(
        ui,
        cx,
        &[
            Action::SelectAll,
            Action::SelectNone,
            Action::SelectAbove,
            Action::SelectBelow,
        ],
    );
}

fn layer_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    items(
        ui,
        cx,
        &[Action::Decompose, Action::DecomposeCanvas, Action::Split],
    );
    ui.separator();
    items(
        ui,
        cx,
        &[
            Action::Rename,
            Action::Duplicate,
            Action::Delete,
            Action::AddText,
        ],
    );
    ui.separator();
    items(ui, cx, &[Action::Group, Action::Ungroup]);
    ui.separator();
    items(
        ui,
        cx,
        &[
            Action::BringToFront,
            Action::BringForward,
            Action::SendBackward,
            Action::SendToBack,
        ],
    );
    ui.separator();
    items(
        ui,
        cx,
        &[
            Action::FlipHorizontal,
            Action::FlipVertical,
            Action::ResetTransform,
            Action::ResetRecolor,
        ],
    );
}

fn view_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    items(
        ui,
        cx,
        &[
            Action::Fit,
            Action::ActualSize,
            Action::ZoomIn,
            Action::ZoomOut,
        ],
    );
    ui.separator();
    items(ui, cx, &[Action::CompareSplit, Action::Difference]);
    ui.separator();
    ui.menu_button("Theme", |ui| {
        items(
            ui,
            cx,
            &[Action::ThemeSystem, Action::ThemeLight, Action::ThemeDark],
        );
    });
}

fn items(ui: &mut Ui, cx: &AppContext<'_>, actions: &[Action]) {
    for action in actions {
        action_item(ui, cx, *action);
    }
}

/// From the right edge inwards.
fn tools(ui: &mut Ui, cx: &AppContext<'_>) {
    let preference = ui.ctx().options(|options| options.theme_preference);
    let next_theme = match preference {
        ThemePreference::System if ui.visuals().dark_mode => Action::ThemeLight,
        ThemePreference::System | ThemePreference::Light => Action::ThemeDark,
        ThemePreference::Dark => Action::ThemeLight,
    };
    action_icon(ui, cx, next_theme, IconLook::Normal);
    ui.separator();
    let split = match cx.state.is_on(Action::CompareSplit) {
        true => IconLook::On,
        false => IconLook::Off,
    };
    action_icon(ui, cx, Action::CompareSplit, split);
    let difference = match cx.state.is_on(Action::Difference) {
        true => IconLook::On,
        false => IconLook::Off,
    };
    action_icon(ui, cx, Action::Difference, difference);
    let hold = action_icon(ui, cx, Action::CompareBefore, IconLook::Normal);
    if hold.is_pointer_button_down_on() != cx.state.source_button {
        cx.commands
            .send(Command::HoldSource(!cx.state.source_button));
    }
    action_icon(ui, cx, Action::ActualSize, IconLook::Normal);
    action_icon(ui, cx, Action::Fit, IconLook::Normal);
    ui.separator();
    action_icon(ui, cx, Action::Redo, IconLook::Normal);
    action_icon(ui, cx, Action::Undo, IconLook::Normal);
    ui.separator();
    action_icon(ui, cx, Action::ExportPsd, IconLook::Normal);
    action_icon(ui, cx, Action::Save, IconLook::Normal);
    action_icon(ui, cx, Action::Open, IconLook::Normal);
}
