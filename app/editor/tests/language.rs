//! A second language: what its file has is said in it, all else stays English.

mod common;

use common::{CTRL, Window};
use egui::Key;

/// With what a translator may get wrong: an argument that nothing gives.
const GERMAN: &str = "
menu-file = Datei
layers-hide = { $name } verbergen
layers-lock = { $nobody } sperren
properties-layers =
    { $count ->
        [0] Keine Ebene ist ausgewählt
       *[other] { $count } Ebenen
    }
";

#[test]
fn a_language_file_changes_what_it_has_and_the_rest_stays_english() {
    words::speak(words::Catalogue::default().preferring("de", GERMAN));
    let mut window = Window::decomposed();
    assert!(window.has_button("Datei"));
    assert!(!window.has_button("File"));
    assert!(window.has_button("Edit"));
    assert!(window.has_button("Background verbergen"));
    assert!(!window.has_button("Hide Background"));
    assert!(window.has_button("Lock Background"));
    window.key(CTRL, Key::A);
    assert!(window.shows_text("2 Ebenen"));
}
