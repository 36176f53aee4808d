//! What is written on a layer, as data.

mod common;

use common::{CTRL, NONE, ScriptedDialogs, Window, stack};
use egui::accesskit::Role;
use egui::{Key, MissingGlyphPolicy};
use egui_kittest::kittest::Queryable;
use engine::FakeBackend;

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

/// The button shows what the screen does, and what is picked there becomes the document's own number.
#[test]
fn a_color_is_picked_as_the_profile_shows_it() {
    let mut window = Window::with(
        vec![Box::new(FakeBackend::new().layers(stack()))],
        ScriptedDialogs::default(),
    );
    let path = window.folder.path().join("p3.png");
    std::fs::copy("../import/tests/fixtures/p3.png", &path).unwrap();
    window.drop_file(&path);
    window.settle();
    window.click_button("Decompose");
    window.settle();
    window.click_button("Layer");
    window.click_menu_item("Say what is written");
    let profile = window.document().metadata().profile.clone().unwrap();
    let to_srgb = import::ToSrgb::new(&profile).unwrap();
    let before = window.top().text().unwrap().colour;
    let [r, g, b] = to_srgb.colour(before);
    assert_ne!([r, g, b], before);
    let harness = &mut window.harness;
    let label = format!("Colour of the letters, #{r:02X}{g:02X}{b:02X}");
    harness
        .get_by_role_and_label(Role::ColorWell, &label)
        .click();
    // One of the picker's signs is in no font that comes with the window.
    harness
        .ctx
        .set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    window.frames(4);
    window
        .harness
        .get_by_role_and_label(Role::SpinButton, "G")
        .set_value_accesskit(200.0);
    window.frames(4);
    let picked = window.top().text().unwrap().colour;
    for (shown, chosen) in to_srgb.colour(picked).into_iter().zip([r, 200, b]) {
        assert!(shown.abs_diff(chosen) <= 2, "{picked:?} of {r} 200 {b}");
    }
    let label = format!("Colour of the letters, #{r:02X}C8{b:02X}");
    window
        .harness
        .get_by_role_and_label(Role::ColorWell, &label);
}

#[test]
fn words_are_forgotten() {
    let mut window = with_text();
    window.click_button("Remove text");
    assert!(window.top().text().is_none());
    window.key(CTRL, Key::Z);
    assert!(window.top().text().is_some());
}
