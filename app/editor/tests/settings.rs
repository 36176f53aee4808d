//! What the window remembers from one start to the next.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{CTRL, ScriptedDialogs, Window, stack};
use editor::EditorOptions;
use egui::{Key, Theme};
use engine::{FakeBackend, ModelSource};
use session::{Settings, SettingsStore, ThemeChoice, WindowPlace};

fn window_over(file: &Path, answers: impl IntoIterator<Item = PathBuf>) -> Window {
    let backend = FakeBackend::new().layers(stack());
    Window::start(EditorOptions {
        dialogs: Box::new(ScriptedDialogs::answering(answers)),
        settings: SettingsStore::at(file.to_owned()),
        ..EditorOptions::new(vec![Box::new(backend)])
    })
}

fn home() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("lamina").join("settings.json");
    (home, file)
}

fn export_psd(window: &mut Window) {
    window.click_button("Decompose");
    window.settle();
    window.key(CTRL, Key::E);
    window.click_button("Export");
    window.settle();
}

#[test]
fn the_theme_is_remembered() {
    let (_home, file) = home();
    let mut window = window_over(&file, []);
    assert_eq!(window.harness.ctx.theme(), Theme::Dark);
    window.click_button("Light theme");
    window.settle();
    assert_eq!(
        Settings::read(&file).unwrap().theme,
        Some(ThemeChoice::Light)
    );
    let mut window = window_over(&file, []);
    window.settle();
    assert_eq!(window.harness.ctx.theme(), Theme::Light);
}

#[test]
fn the_windows_place_is_remembered_with_the_size_before_it_was_maximised() {
    let (_home, file) = home();
    let mut window = window_over(&file, []);
    let place = |window: &mut Window, left: f32, maximized: bool| {
        let viewport = window
            .harness
            .input_mut()
            .viewports
            .entry(egui::ViewportId::ROOT)
            .or_default();
        let corner = egui::pos2(left, 20.0);
        viewport.outer_rect = Some(egui::Rect::from_min_size(corner, egui::vec2(1440.0, 920.0)));
        viewport.maximized = Some(maximized);
        window.settle();
    };
    place(&mut window, 40.0, false);
    place(&mut window, 0.0, true);
    let expected = WindowPlace {
        size: [1440, 900],
        position: Some([40, 20]),
        maximized: true,
    };
    assert_eq!(Settings::read(&file).unwrap().window, Some(expected));
}

#[test]
fn what_is_not_written_yet_is_written_when_the_window_closes() {
    let (_home, file) = home();
    let mut window = window_over(&file, []);
    window.click_button("Light theme");
    drop(window);
    assert_eq!(
        Settings::read(&file).unwrap().theme,
        Some(ThemeChoice::Light)
    );
}

#[test]
fn two_windows_keep_each_others_choices() {
    let (_home, file) = home();
    let (mut first, mut second) = (window_over(&file, []), window_over(&file, []));
    first.click_button("Light theme");
    first.settle();
    let path = second.picture("poster.png", 64, 48);
    second.drop_file(&path);
    second.settle();
    drop((first, second));
    let settings = Settings::read(&file).unwrap();
    assert_eq!(settings.theme, Some(ThemeChoice::Light));
    assert_eq!(settings.open_folder.as_deref(), path.parent());
}

#[test]
fn exports_go_where_the_last_went_unless_it_was_beside_its_picture() {
    let (_home, file) = home();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut window = window_over(&file, [elsewhere.path().join("first.psd")]);
    let path = window.picture("poster.png", 64, 48);
    window.drop_file(&path);
    window.settle();
    export_psd(&mut window);
    assert!(window.folder.path().join("poster.psd").exists());
    assert_eq!(Settings::read(&file).unwrap().export_folder, None);
    window.key(CTRL, Key::E);
    window.click_button("Browse…");
    window.settle();
    window.click_button("Export");
    window.settle();
    drop(window);

    let mut window = window_over(&file, []);
    let path = window.picture("other.png", 64, 48);
    window.drop_file(&path);
    window.settle();
    export_psd(&mut window);
    assert!(elsewhere.path().join("other.psd").exists());
}

#[test]
fn damaged_settings_are_said_once_and_replaced_by_the_defaults() {
    let (_home, file) = home();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "{\"theme\": \"purple\"").unwrap();
    let mut window = window_over(&file, []);
    window.settle();
    assert_eq!(window.messages().len(), 1, "{:?}", window.messages());
    assert!(window.has_message("settings.json are damaged"));
    window.click_button("Dismiss");
    window.click_button("Light theme");
    window.settle();
    assert!(window.messages().is_empty());
    assert_eq!(
        Settings::read(&file).unwrap().theme,
        Some(ThemeChoice::Light)
    );
}

#[test]
fn settings_that_cannot_be_written_are_said_once() {
    let home = tempfile::tempdir().unwrap();
    let blocked = home.path().join("file");
    fs::write(&blocked, "").unwrap();
    let mut window = window_over(&blocked.join("settings.json"), []);
    window.settle();
    for theme in ["Light theme", "Dark theme"] {
        window.click_button(theme);
        window.settle();
    }
    let told = |message: &&String| message.contains("will not be remembered");
    assert_eq!(window.messages().iter().filter(told).count(), 1);
}

#[test]
fn a_file_of_another_version_keeps_what_is_known() {
    let (_home, file) = home();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, r#"{"theme": "dark", "from_the_future": [1, 2]}"#).unwrap();
    let settings = Settings::read(&file).unwrap();
    assert_eq!(
        settings,
        Settings {
            theme: Some(ThemeChoice::Dark),
            ..Settings::default()
        }
    );
}

#[test]
fn a_path_that_json_cannot_hold_does_not_lose_the_rest() {
    use std::os::unix::ffi::OsStrExt;
    let (_home, file) = home();
    let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"/m\xff"));
    let settings = Settings {
        model: Some(ModelSource::Folder(odd.clone())),
        comfyui_folder: Some(odd),
        open_folder: Some("/pictures".into()),
        ..Settings::default()
    };
    settings.write(&file).unwrap();
    let read = Settings::read(&file).unwrap();
    assert_eq!(read.model, None);
    assert_eq!(read.open_folder.as_deref(), Some(Path::new("/pictures")));
}
