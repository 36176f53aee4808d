//! The unfinished layers that a backend shows while it runs.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{CTRL, Window, stack};
use crossbeam_channel::{Sender, bounded};
use egui::Key;
use engine::FakeBackend;

/// A job that shows its layers after each step; it stands still after the first.
fn previewing() -> (Window, Sender<()>) {
    let (step, gate) = bounded(0);
    let backend = FakeBackend::new().layers(stack()).previews().gate(gate);
    let mut window = Window::with_picture(backend);
    window.click_button("Decompose");
    step.send(()).unwrap();
    window.until("a preview shows", |window| {
        window.shows_text("Preview, step 1 of 4")
    });
    (window, step)
}

fn shows_any(window: &Window) -> bool {
    window.shows_text("Preview") || window.shows_text("Unfinished layer")
}

#[test]
fn a_preview_shows_the_latest_step_and_each_layer() {
    let (mut window, step) = previewing();
    assert!(window.shows_text("Unfinished layer 1") && window.shows_text("Unfinished layer 2"));
    step.send(()).unwrap();
    window.until("the next one shows", |window| {
        window.shows_text("Preview, step 2 of 4")
    });
    assert_eq!(window.names(), ["Source"], "the layers are as they were");
}

#[test]
fn a_preview_is_gone_with_its_job_and_no_undo_step() {
    let (mut window, step) = previewing();
    drop(step);
    window.settle();
    assert!(!shows_any(&window));
    assert_eq!(window.names().len(), 2);
    window.key(CTRL, Key::Z);
    assert_eq!(window.names(), ["Source"], "one step back is the source");
    assert!(!window.is_enabled("Take back the last step"));
}

#[test]
fn a_preview_is_gone_when_the_job_is_cancelled() {
    let (mut window, _step) = previewing();
    window.click_button("Cancel");
    window.settle();
    assert!(!shows_any(&window));
    assert_eq!(window.names(), ["Source"]);
}

#[test]
fn a_hidden_preview_lets_the_layers_be_edited() {
    let (mut window, _step) = previewing();
    let middle = window.canvas_center();
    let aside = middle + egui::vec2(60.0, 0.0);
    window.drag(middle, aside);
    assert_eq!(
        window.top_bounds().left,
        0,
        "what is seen is not what would be moved"
    );
    window.click_button("Hide preview");
    assert!(window.shows_text("Preview is hidden"));
    window.drag(middle, aside);
    assert!(window.top_bounds().left > 0);
    window.click_button("Show preview");
    assert!(window.shows_text("Preview, step 1 of 4"));
}
