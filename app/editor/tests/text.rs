//! What is written on a layer, as data.

mod common;

use common::{CTRL, NONE, Window};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

fn with_text() -> Window {
    let mut window = Window::decomposed();
    window.click_button("Layer");
    window.click_menu_item("Say what is written");
    window
}

#[test]
fn a_layer_is_given_words_and_its_pixels_stay() {
    let mut window = with_text();
    let look = document::composite(window.document());
    let name = window.top().name.clone();
    assert_eq!(window.text_in("Text on the layer"), name);
    window.write_into("Text on the layer", "Hello");
    window.click_row(&name, NONE);
    let text = window.top().text().unwrap();
    assert_eq!((text.words.as_str(), text.confidence), ("Hello", 1.0));
    assert!(document::composite(window.document()) == look);
    window.key(CTRL, Key::Z);
    assert_eq!(window.top().text().unwrap().words, name);
    window.key(CTRL, Key::Z);
    assert!(window.top().text().is_none());
}

#[test]
fn size_and_family_are_set() {
    let mut window = with_text();
    window
        .harness
        .get_by_role_and_label(Role::SpinButton, "Height of the letters")
        .set_value_accesskit(7.5);
    window.frames(4);
    assert_eq!(window.top().text().unwrap().size, 7.5);
    let name = window.top().name.clone();
    window
        .harness
        .get_by_role_and_label(Role::TextInput, "Font family")
        .focus();
    window.frames(2);
    window.type_text("Noto Sans");
    window.click_row(&name, NONE);
    let family = window.top().text().unwrap().family.clone();
    assert_eq!(family.as_deref(), Some("Noto Sans"));
}

#[test]
fn words_are_forgotten() {
    let mut window = with_text();
    window.click_button("Remove text");
    assert!(window.top().text().is_none());
    window.key(CTRL, Key::Z);
    assert!(window.top().text().is_some());
}
