//! The difference to the source, and its measure.

mod common;

use common::{CTRL, NONE, SHIFT, Window};
use egui::Key;
use engine::FakeBackend;

#[test]
fn the_status_bar_tells_how_near_the_layers_come() {
    let mut window = Window::with_picture(FakeBackend::new());
    assert!(!window.shows_text("The layers give the source exactly"));
    window.click_button("Where the layers differ from the source, 16 times as bright, and how much in the status bar");
    window.settle();
    assert!(window.shows_text("The layers give the source exactly"));
    window.key(NONE, Key::ArrowRight);
    window.settle();
    assert!(window.shows_text("Fidelity "), "measured anew");
    window.key(CTRL, Key::Z);
    window.settle();
    assert!(window.shows_text("The layers give the source exactly"));
    window.key(SHIFT, Key::Y);
    window.settle();
    assert!(!window.shows_text("The layers give the source exactly"));
}
