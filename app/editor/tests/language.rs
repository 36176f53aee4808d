//! The language: chosen in a running window, and remembered. What its file lacks stays English.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::{CTRL, NONE, Window, stack};
use document::BlendMode;
use editor::EditorOptions;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use engine::FakeBackend;
use session::{Settings, SettingsStore};
use words::Languages;

/// With what a translator may get wrong: an argument that nothing gives.
const FRENCH: &str = "
language-name = Français
menu-file = Fichier
menu-view = Affichage
layers-hide = Masquer { $name }
layers-lock = Verrouiller { $nobody }
properties-layers =
    { $count ->
        [0] Aucun calque
       *[other] { $count } calques
    }
";

/// All of a program speaks one language: these tests wait for each other, and begin in English.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static SPEAKS: Mutex<()> = Mutex::new(());
    let turn = SPEAKS.lock().unwrap_or_else(PoisonError::into_inner);
    words::speak(words::Catalogue::default());
    turn
}

/// With two layers, settings in `home`, and French among its languages.
fn window(home: &Path, asked: Option<&str>) -> Window {
    fs::write(home.join("fr.ftl"), FRENCH).unwrap();
    let (languages, _) = Languages::found(asked.map(ToOwned::to_owned), Some(home));
    let settings = SettingsStore::at(home.join("settings.json"));
    let chosen = settings.get().language.clone();
    words::speak(languages.catalogue(chosen.as_deref().or(Some("en"))));
    let backend = FakeBackend::new().layers(stack());
    let mut window = Window::start(EditorOptions {
        settings,
        languages,
        ..EditorOptions::new(vec![Box::new(backend)])
    });
    let path = window.picture("poster.png", 64, 48);
    window.drop_file(&path);
    window.settle();
    window.click_button("Decompose");
    window.settle();
    window
}

fn choose(window: &mut Window, view: &str, language: &str) {
    window.click_button(view);
    let languages = ["Language", "Sprache"];
    let shown = languages.into_iter().find(|name| window.has_button(name));
    window.click_button(shown.unwrap());
    window.click_menu_item(language);
    window.settle();
}

#[test]
fn a_language_is_chosen_in_the_running_window_and_remembered() {
    let _turn = one_at_a_time();
    let home = tempfile::tempdir().unwrap();
    let mut first = window(home.path(), None);
    let layers = first.names();
    choose(&mut first, "View", "Français");
    assert!(first.has_button("Fichier"));
    assert!(!first.has_button("File"));
    assert_eq!(first.names(), layers);
    let remembered = || Settings::read(&home.path().join("settings.json")).unwrap();
    assert_eq!(remembered().language.as_deref(), Some("fr"));

    let mut second = window(home.path(), None);
    assert!(second.has_button("Fichier"));
    choose(&mut second, "Affichage", "English");
    assert!(second.has_button("File"));
    assert_eq!(remembered().language.as_deref(), Some("en"));
    choose(&mut second, "View", "Same as system");
    assert_eq!(remembered().language, None);
}

#[test]
fn kinds_and_steps_are_named_in_the_language_of_the_moment() {
    let _turn = one_at_a_time();
    let home = tempfile::tempdir().unwrap();
    let mut window = window(home.path(), None);
    let shows = |window: &mut Window, menu: &str, item: &str| {
        window.click_button(menu);
        let found = window.harness.query_by_role_and_label(Role::MenuItem, item);
        assert!(found.is_some(), "{item}");
        window.key(NONE, Key::Escape);
    };
    choose(&mut window, "View", "Deutsch");
    window.choose("Füllmethode", "Negativ multiplizieren");
    assert_eq!(window.top().blend, BlendMode::Screen);
    shows(&mut window, "Bearbeiten", "Rückgängig: Füllmethode ändern");
    choose(&mut window, "Ansicht", "English");
    shows(&mut window, "Edit", "Undo Change blend mode");
}

#[test]
fn a_number_is_typed_with_the_sign_of_the_language() {
    let _turn = one_at_a_time();
    let home = tempfile::tempdir().unwrap();
    let mut window = window(home.path(), None);
    choose(&mut window, "View", "Deutsch");
    let left = |window: &Window| {
        let field = window.harness.get_by_role_and_label(Role::SpinButton, "X");
        field.accesskit_node().numeric_value().unwrap()
    };
    for (text, number) in [("3,5", 3.5), ("4.5", 4.5)] {
        window
            .harness
            .get_by_role_and_label(Role::SpinButton, "X")
            .click();
        window.frames(4);
        window.key(CTRL, Key::A);
        window.type_text(text);
        window.key(NONE, Key::Enter);
        window.frames(4);
        assert!((left(&window) - number).abs() < 1e-6, "{}", left(&window));
    }
}

#[test]
fn nothing_is_chosen_where_the_environment_names_the_language() {
    let _turn = one_at_a_time();
    let home = tempfile::tempdir().unwrap();
    let mut window = window(home.path(), Some("fr"));
    assert!(window.has_button("Fichier"));
    window.click_button("Affichage");
    window.click_button("Language");
    for language in ["Same as system", "English", "Français"] {
        let item = window
            .harness
            .get_by_role_and_label(Role::MenuItem, language);
        assert!(item.accesskit_node().is_disabled(), "{language}");
    }
}

#[test]
fn a_language_file_changes_what_it_has_and_the_rest_stays_english() {
    let _turn = one_at_a_time();
    let home = tempfile::tempdir().unwrap();
    let mut window = window(home.path(), Some("fr"));
    assert!(window.has_button("Edit"));
    assert!(window.has_button("Masquer Background"));
    assert!(!window.has_button("Hide Background"));
    assert!(window.has_button("Lock Background"));
    window.key(CTRL, Key::A);
    assert!(window.shows_text("2 calques"));
}
