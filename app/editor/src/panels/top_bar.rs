use egui::{Align, Layout, MenuBar, ThemePreference, Ui};
use session::OpenSource;
use words::{say, say_key};

use super::language::language_menu;
use crate::action::{Action, FileAction, HelpAction, JobAction, LayersAction, ViewAction};
use crate::command::{Command, FileCommand};
use crate::state::AppContext;
use crate::widgets::{IconLook, action_icon, action_item, action_item_named};

/// Menus on the left, the most used actions on the right.
pub fn top_bar_ui(ui: &mut Ui, cx: &AppContext<'_>) {
    MenuBar::new().ui(ui, |ui| {
        ui.menu_button(say!("menu-file"), |ui| file_menu(ui, cx));
        ui.menu_button(say!("menu-edit"), |ui| edit_menu(ui, cx));
        ui.menu_button(say!("menu-layer"), |ui| layer_menu(ui, cx));
        ui.menu_button(say!("menu-view"), |ui| view_menu(ui, cx));
        ui.menu_button(say!("menu-help"), |ui| {
            items(
                ui,
                cx,
                &[
                    HelpAction::History,
                    HelpAction::Shortcuts,
                    HelpAction::About,
                ],
            );
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| tools(ui, cx));
    });
}

fn file_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    items(ui, cx, &[FileAction::Open]);
    recent_menu(ui, cx);
    items(ui, cx, &[FileAction::Paste]);
    ui.separator();
    items(ui, cx, &[FileAction::Save, FileAction::SaveAs]);
    ui.separator();
    items(
        ui,
        cx,
        &[
            FileAction::ExportPsd,
            FileAction::ExportPngs,
            FileAction::ExportFlattened,
        ],
    );
    ui.separator();
    items(ui, cx, &[FileAction::Quit]);
}

fn recent_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    let recent = &cx.state.settings.get().recent;
    ui.add_enabled_ui(!recent.is_empty(), |ui| {
        ui.menu_button(say!("menu-open-recent"), |ui| {
            for path in recent {
                let name = path.file_name().unwrap_or(path.as_os_str());
                let item = ui.button(name.to_string_lossy());
                if item.on_hover_text(path.to_string_lossy()).clicked() {
                    let source = OpenSource::File(path.clone());
                    cx.commands.send(FileCommand::Open(source));
                }
            }
        });
    });
}

fn edit_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    let history = cx.state.session.as_ref().map(|session| session.history());
    match history.and_then(|history| history.undo_label()) {
        Some(step) => {
            let name = say!("menu-undo", step = say_key(step));
            action_item_named(ui, cx, LayersAction::Undo, &name)
        }
        None => action_item(ui, cx, LayersAction::Undo),
    };
    match history.and_then(|history| history.redo_label()) {
        Some(step) => {
            let name = say!("menu-redo", step = say_key(step));
            action_item_named(ui, cx, LayersAction::Redo, &name)
        }
        None => action_item(ui, cx, LayersAction::Redo),
    };
    ui.separator();
    items(
        ui,
        cx,
        &[
            LayersAction::SelectAll,
            LayersAction::SelectNone,
            LayersAction::SelectAbove,
            LayersAction::SelectBelow,
        ],
    );
}

fn layer_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    items(
        ui,
        cx,
        &[
            JobAction::Decompose,
            JobAction::DecomposeCanvas,
            JobAction::Split,
        ],
    );
    ui.separator();
    items(
        ui,
        cx,
        &[
            LayersAction::Rename,
            LayersAction::Duplicate,
            LayersAction::Delete,
            LayersAction::AddText,
        ],
    );
    ui.separator();
    items(ui, cx, &[LayersAction::Group, LayersAction::Ungroup]);
    ui.separator();
    items(
        ui,
        cx,
        &[
            LayersAction::BringToFront,
            LayersAction::BringForward,
            LayersAction::SendBackward,
            LayersAction::SendToBack,
        ],
    );
    ui.separator();
    items(
        ui,
        cx,
        &[
            LayersAction::FlipHorizontal,
            LayersAction::FlipVertical,
            LayersAction::ResetTransform,
            LayersAction::ResetRecolor,
        ],
    );
}

fn view_menu(ui: &mut Ui, cx: &AppContext<'_>) {
    items(
        ui,
        cx,
        &[
            ViewAction::Fit,
            ViewAction::ActualSize,
            ViewAction::ZoomIn,
            ViewAction::ZoomOut,
        ],
    );
    ui.separator();
    items(ui, cx, &[ViewAction::CompareSplit, ViewAction::Difference]);
    ui.separator();
    ui.menu_button(say!("menu-theme"), |ui| {
        items(
            ui,
            cx,
            &[
                ViewAction::ThemeSystem,
                ViewAction::ThemeLight,
                ViewAction::ThemeDark,
            ],
        );
    });
    language_menu(ui, cx);
}

fn items(ui: &mut Ui, cx: &AppContext<'_>, actions: &[impl Into<Action> + Copy]) {
    for action in actions {
        action_item(ui, cx, *action);
    }
}

/// From the right edge inwards.
fn tools(ui: &mut Ui, cx: &AppContext<'_>) {
    let preference = ui.ctx().options(|options| options.theme_preference);
    let next_theme = match preference {
        ThemePreference::System if ui.visuals().dark_mode => ViewAction::ThemeLight,
        ThemePreference::System | ThemePreference::Light => ViewAction::ThemeDark,
        ThemePreference::Dark => ViewAction::ThemeLight,
    };
    action_icon(ui, cx, next_theme, IconLook::Normal);
    ui.separator();
    let split = match cx.state.is_on(ViewAction::CompareSplit) {
        true => IconLook::On,
        false => IconLook::Off,
    };
    action_icon(ui, cx, ViewAction::CompareSplit, split);
    let difference = match cx.state.is_on(ViewAction::Difference) {
        true => IconLook::On,
        false => IconLook::Off,
    };
    action_icon(ui, cx, ViewAction::Difference, difference);
    let hold = action_icon(ui, cx, ViewAction::CompareBefore, IconLook::Normal);
    if hold.is_pointer_button_down_on() != cx.state.source_button {
        cx.commands
            .send(Command::HoldSource(!cx.state.source_button));
    }
    action_icon(ui, cx, ViewAction::ActualSize, IconLook::Normal);
    action_icon(ui, cx, ViewAction::Fit, IconLook::Normal);
    ui.separator();
    action_icon(ui, cx, LayersAction::Redo, IconLook::Normal);
    action_icon(ui, cx, LayersAction::Undo, IconLook::Normal);
    ui.separator();
    action_icon(ui, cx, FileAction::ExportPsd, IconLook::Normal);
    action_icon(ui, cx, FileAction::Save, IconLook::Normal);
    action_icon(ui, cx, FileAction::Open, IconLook::Normal);
}
