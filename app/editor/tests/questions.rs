//! Questions in the middle of the window, by keyboard.

mod common;

use common::{CTRL, NONE, Window};
use egui::Key;
use egui_kittest::kittest::Queryable;

#[test]
fn a_path_is_typed_at_once_and_entered() {
    let mut window = Window::empty();
    let path = window.picture("typed.png", 9, 4);
    window.key(CTRL, Key::O);
    window.settle();
    window.type_text(path.to_str().unwrap());
    window.key(NONE, Key::Enter);
    window.settle();
    assert_eq!(window.document().width(), 9);
}

#[test]
fn enter_exports_and_escape_does_not() {
    let mut window = Window::decomposed();
    let path = window.folder.path().join("poster.psd");
    window.key(CTRL, Key::E);
    window.frames(4);
    window.key(NONE, Key::Escape);
    window.settle();
    assert!(!path.exists());
    // Nothing keeps the focus that the arrows would need.
    let before = window.top_bounds().left;
    window.key(NONE, Key::ArrowRight);
    assert_eq!(window.top_bounds().left, before + 1);
    window.key(CTRL, Key::E);
    window.frames(4);
    window.key(NONE, Key::Enter);
    window.settle();
    assert!(path.exists());
}

#[test]
fn the_list_of_shortcuts_is_as_high_after_a_small_question() {
    let mut window = Window::decomposed();
    window.key(CTRL, Key::E);
    window.frames(10);
    window.key(NONE, Key::Escape);
    window.frames(10);
    window.key(NONE, Key::F1);
    window.frames(10);
    let first = window.harness.get_by_label("Ctrl+O").rect().top();
    let close = window.harness.get_by_label("Close").rect().top();
    assert!(close - first > 400.0, "{first} to {close}");
}

#[test]
fn a_success_goes_by_itself_and_an_error_stays() {
    let mut window = Window::decomposed();
    assert!(window.has_message("2 layers by"), "{:?}", window.messages());
    window.drop_file(&window.folder.path().join("missing.png"));
    window.settle();
    window.frames(60 * 21);
    let messages = window.messages();
    let [error] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert!(error.contains("missing.png"));
}
